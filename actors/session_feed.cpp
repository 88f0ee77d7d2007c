#include <algorithm>

#include "actors/session_parts.hpp"

namespace uod::session_parts {
namespace {

void read_on(self_pointer self);

/// Adds a chat before its first message on this connection.
void tell_chat(self_pointer self, const storage::chat_members& chat, messages_arrived& event) {
  auto& announced = self->state.announced;
  if (announced.count(chat.id) != 0) return;
  if (announced.size() >= announced_chats_max) announced.clear();
  announced.insert(chat.id);
  event.chats.push_back({.id = chat.id, .members = chat.members, .last_seq = 0, .unread = 0});
}

void take_page(self_pointer self, feed_read& read) {
  auto& state = self->state;
  if (!read.value) {
    // The client still has what it had; its next connection tries again.
    self->send(self, close_session{read.value.error()});
    return;
  }
  auto& page = *read.value;
  if (!page.messages.empty()) {
    state.fed_position = page.messages.back().position;
    messages_arrived event;
    for (const auto& chat : page.chats) tell_chat(self, *chat, event);
    event.messages = std::move(page.messages);
    // The same lane as live events, whose order they must keep.
    push(self, lane::chat, 0, std::move(event));
    flush(self);
  }
  if (page.more || state.missed_position > state.fed_position) return read_on(self);
  state.feed = feed_phase::live;
}

void read_on(self_pointer self) {
  auto& state = self->state;
  if (state.closing) return;
  if (saturated(self)) {
    state.feed = feed_phase::behind;
    return;
  }
  state.feed = feed_phase::catching_up;
  const auto& limits = state.node->config.limits;
  self->request(reader_of(self), caf::infinite,
                read_feed{state.account.id, state.fed_position, limits.page_rows_max,
                          limits.page_bytes_max})
      .then([self](feed_read& read) { take_page(self, read); },
            [self](const caf::error&) { self->send(self, close_session{store_gone()}); });
}

/// Only when the directory has confirmed may the store be read: whatever is committed after that
/// is announced, and whatever was before is found.
void begin(self_pointer self, std::vector<account_id> contacts) {
  auto& state = self->state;
  self->request(state.node->directory, caf::infinite,
                go_online{state.account.id, self, std::move(contacts)})
      .then(
          [self](went_online) {
            read_on(self);
            begin_home(self);
          },
          [self](const caf::error&) { self->send(self, close_session{store_gone()}); });
}

void begin_at(self_pointer self, std::uint32_t request, std::uint64_t position) {
  auto& state = self->state;
  state.fed_position = position;
  state.counted_subscribed.take(state.node->counters.sessions_subscribed);
  answer(self, lane::chat, request, subscribed{position, state.home_seq});
  flush(self);
  self->request(reader_of(self), caf::infinite, read_mutual_contacts{state.account.id})
      .then(
          [self](mutual_contacts_read& read) {
            std::vector<account_id> contacts;
            if (read.value) {
              for (const auto& row : *read.value) contacts.push_back(row.id);
            }
            begin(self, std::move(contacts));
          },
          [self](const caf::error&) { self->send(self, close_session{store_gone()}); });
}

void not_begun(self_pointer self, std::uint32_t request, const error& why) {
  self->state.feed = feed_phase::off;
  answer_failure(self, request, why);
  flush(self);
}

/// Where the chats' stream begins: where the client says, or with what was not delivered yet.
void find_position(self_pointer self, std::uint32_t request, const subscribe& asked) {
  if (asked.after_position) return begin_at(self, request, *asked.after_position);
  self->request(reader_of(self), caf::infinite, read_undelivered_position{self->state.account.id})
      .then(
          [self, request](const position_read& read) {
            if (read.value) return begin_at(self, request, *read.value);
            not_begun(self, request, read.value.error());
          },
          [self, request](const caf::error&) { not_begun(self, request, store_gone()); });
}

/// A client may be ahead of a store that was restored from a backup. It goes on from the store's
/// end then; else it would hear nothing until there is as much again.
void begin_within(self_pointer self, std::uint32_t request, subscribe asked, const store_end& end) {
  if (asked.after_position) asked.after_position = std::min(*asked.after_position, end.position);
  if (asked.after_broadcast) {
    self->state.home_seq = std::min(*asked.after_broadcast, end.broadcast);
    return find_position(self, request, asked);
  }
  self->request(reader_of(self), caf::infinite, read_device{self->state.device})
      .then(
          [self, request, asked](const device_found& read) {
            if (!read.value) return not_begun(self, request, read.value.error());
            if (*read.value) self->state.home_seq = (*read.value)->home_seq;
            find_position(self, request, asked);
          },
          [self, request](const caf::error&) { not_begun(self, request, store_gone()); });
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const subscribe& asked) {
  auto& state = self->state;
  if (state.feed != feed_phase::off) {
    return answer_failure(self, request, error{errc::not_allowed, "already subscribed"});
  }
  state.feed = feed_phase::starting;
  self->request(reader_of(self), caf::infinite, read_store_end{})
      .then(
          [self, request, asked](const store_end_read& read) {
            if (!read.value) return not_begun(self, request, read.value.error());
            begin_within(self, request, asked, *read.value);
          },
          [self, request](const caf::error&) { not_begun(self, request, store_gone()); });
}

namespace {

/// What became of a commit's messages here, while a trace is armed.
void trace_commit(self_pointer self, const messages_committed& committed, trace_point point) {
  if (!self->state.node->traces.armed()) return;
  for (const auto index : committed.indexes) {
    trace_pushed(self, committed.commit->messages[index].stored.id, point);
  }
}

}  // namespace

void take_commit(self_pointer self, const messages_committed& committed) {
  auto& state = self->state;
  const auto& messages = committed.commit->messages;
  const std::uint64_t newest = messages[committed.indexes.back()].stored.position;
  if (state.feed != feed_phase::live || saturated(self)) {
    if (state.feed == feed_phase::live) {
      state.feed = feed_phase::behind;
      ++state.node->counters.events_deferred;
    }
    state.missed_position = std::max(state.missed_position, newest);
    return trace_commit(self, committed, trace_point::left_to_store);
  }
  messages_arrived event;
  event.messages.reserve(committed.indexes.size());
  for (const auto index : committed.indexes) {
    const auto& item = messages[index];
    // Already read from the store while this was on its way.
    if (item.stored.position <= state.fed_position) continue;
    tell_chat(self, *item.chat, event);
    event.messages.push_back(item.stored);
  }
  if (event.messages.empty()) return trace_commit(self, committed, trace_point::left_to_store);
  state.fed_position = newest;
  push(self, lane::chat, 0, std::move(event));
  trace_commit(self, committed, trace_point::pushed);
}

void resume_feed(self_pointer self) {
  if (self->state.feed == feed_phase::behind) read_on(self);
}

}  // namespace uod::session_parts
