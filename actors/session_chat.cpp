#include <algorithm>

#include "actors/session_parts.hpp"
#include "protocol/names.hpp"

namespace uod::session_parts {

void submit(self_pointer self, std::uint32_t request, storage::message_change change) {
  self->state.submitting.push_back({request, std::move(change)});
}

void refuse_change(self_pointer self, std::uint32_t request, const error& why) {
  self->state.node->room.give_back(1);
  answer_failure(self, request, why);
}

namespace {

/// What a person sees of a chat, once it is certain to exist.
void answer_chat(self_pointer self, std::uint32_t request, const chat_id& chat) {
  self->request(reader_of(self), caf::infinite, read_chat{chat, self->state.account.id})
      .then(
          [self, request](chat_read& read) {
            if (read.value) {
              answer(self, lane::chat, request, chat_opened{std::move(*read.value)});
            } else {
              answer_failure(self, request, read.value.error());
            }
            flush(self);
          },
          [self, request](const caf::error&) {
            answer_failure(self, request, store_gone());
            flush(self);
          });
}

void make_chat(self_pointer self, std::uint32_t request, const account_id& other) {
  const account_id me = self->state.account.id;
  std::vector<account_id> members{me};
  if (other != me) members.push_back(other);  // alone: notes to oneself
  // Taken only now: a session that ends while it waits for the reader would never give it back.
  self->state.node->room.take_anyway();
  submit(self, request, storage::create_chat{direct_chat_id(me, other), std::move(members)});
}

/// A chat with somebody new is counted as a contact is, and so is a name that nobody has: else
/// opening chats would be the quick way to find out who is here, and to write to all of them. Both
/// are refused alike, before anything is told.
std::optional<error> stranger_refusal(self_pointer self) {
  return rate_refusal(self, limited::contact);
}

/// Gives the chat with an account where there is one already, and else makes it.
void open_with(self_pointer self, std::uint32_t request, const account_id& other) {
  const account_id me = self->state.account.id;
  self->request(reader_of(self), caf::infinite, read_chat{direct_chat_id(me, other), me})
      .then(
          [self, request, other](chat_read& read) {
            if (read.value) {
              answer(self, lane::chat, request, chat_opened{std::move(*read.value)});
            } else if (read.value.error().code != errc::no_such_chat) {
              answer_failure(self, request, read.value.error());
            } else if (const auto why = stranger_refusal(self)) {
              answer_failure(self, request, *why);
            } else {
              make_chat(self, request, other);
            }
            flush(self);
          },
          [self, request](const caf::error&) {
            answer_failure(self, request, store_gone());
            flush(self);
          });
}

void refuse_unknown(self_pointer self, std::uint32_t request, const std::string& name) {
  const auto why = stranger_refusal(self);
  answer_failure(self, request, why ? *why : error{errc::no_such_account, name});
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const open_chat& asked) {
  const auto name = parse_name(asked.name);
  if (!name) return refuse_unknown(self, request, asked.name);
  self->request(reader_of(self), caf::infinite, read_account_by_name{name->key})
      .then(
          [self, request, shown = name->shown](const account_found& found) {
            if (!found.value) {
              answer_failure(self, request, found.value.error());
            } else if (const auto& other = *found.value) {
              open_with(self, request, other->id);
            } else {
              refuse_unknown(self, request, shown);
            }
            flush(self);
          },
          [self, request](const caf::error&) {
            answer_failure(self, request, store_gone());
            flush(self);
          });
}

void handle(self_pointer self, std::uint32_t request, send_message& asked) {
  const auto bytes_max = self->state.node->config.limits.message_bytes_max;
  if (asked.body.size() > bytes_max) {
    const error why{errc::too_large, std::to_string(asked.body.size()) +
                                         " octets; a message holds at most " +
                                         std::to_string(bytes_max)};
    if (self->state.node->traces.armed()) trace_refused(self, asked.id, why);
    return refuse_change(self, request, why);
  }
  if (asked.id.is_nil()) return refuse_change(self, request, error{errc::malformed, "id"});
  submit(self, request,
         storage::new_message{asked.id, asked.chat, self->state.account.id, asked.content,
                              std::move(asked.body)});
}

void handle(self_pointer self, std::uint32_t request, const mark_chat& asked) {
  submit(
      self, request,
      storage::new_mark{asked.chat, self->state.account.id, asked.delivered_seq, asked.read_seq});
}

void take_settled(self_pointer self, settled_change& settled) {
  if (!settled.result) return answer_failure(self, settled.request, settled.result.error());
  if (const auto* sent = std::get_if<storage::message_stored>(&*settled.result)) {
    const message& stored = sent->stored;
    answer(self, lane::chat, settled.request,
           message_sent{stored.id, stored.chat, stored.seq, stored.position, stored.sent_at_ms});
    if (self->state.node->traces.armed()) trace_pushed(self, stored.id, trace_point::answered);
  } else if (const auto* opened = std::get_if<storage::chat_stored>(&*settled.result)) {
    answer_chat(self, settled.request, opened->chat->id);
  } else if (const auto* told = std::get_if<storage::broadcast_stored>(&*settled.result)) {
    const broadcast& stored = told->stored;
    answer(self, lane::chat, settled.request,
           broadcast_sent{stored.id, stored.seq, stored.sent_at_ms});
  } else {
    answer(self, lane::chat, settled.request, done{});
  }
}

void handle(self_pointer self, std::uint32_t request, const list_chats& asked) {
  auto& state = self->state;
  state.bulk_in_flight = true;
  self->request(reader_of(self), caf::infinite,
                read_chats{state.account.id, asked.after, page_rows(self, asked.limit)})
      .then(
          [self, request](chats_read& read) {
            if (!read.value) return finish_bulk(self, request, tl::unexpected(read.value.error()));
            finish_bulk(self, request,
                        chats_listed{std::move(read.value->chats), std::move(read.value->next)});
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

void handle(self_pointer self, std::uint32_t request, const fetch_history& asked) {
  auto& state = self->state;
  state.bulk_in_flight = true;
  fetch_history query = asked;
  query.limit = page_rows(self, asked.limit);
  self->request(reader_of(self), caf::infinite,
                read_history{state.account.id, query, state.node->config.limits.page_bytes_max})
      .then(
          [self, request](history_read& read) {
            if (!read.value) return finish_bulk(self, request, tl::unexpected(read.value.error()));
            finish_bulk(self, request, history{std::move(read.value->messages), read.value->more});
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

}  // namespace uod::session_parts
