#include <algorithm>

#include "actors/session_parts.hpp"
#include "protocol/names.hpp"

/// Broadcasts, and the home page as it comes to a client. It has a place of its own beside the
/// chats: a number of the last broadcast that is out. Live broadcasts and the pages that catch up
/// share the lane of bulk, so that they keep their order and chat never waits for them.
namespace uod::session_parts {
namespace {

void read_home(self_pointer self);

void take_home(self_pointer self, home_read& read) {
  auto& state = self->state;
  if (!read.value) {
    // The client still has what it had; its next connection tries again.
    self->send(self, close_session{read.value.error()});
    return;
  }
  auto& page = *read.value;
  if (!page.broadcasts.empty()) {
    state.home_seq = page.broadcasts.back().seq;
    push(self, lane::bulk, 0, broadcasts_arrived{std::move(page.broadcasts)});
    flush(self);
  }
  if (page.more || state.missed_home_seq > state.home_seq) return read_home(self);
  state.home = feed_phase::live;
}

void read_home(self_pointer self) {
  auto& state = self->state;
  if (state.closing) return;
  if (saturated(self)) {
    state.home = feed_phase::behind;
    return;
  }
  state.home = feed_phase::catching_up;
  const auto& limits = state.node->config.limits;
  self->request(reader_of(self), caf::infinite,
                read_home_behind{state.home_seq, limits.page_rows_max, limits.page_bytes_max})
      .then([self](home_read& read) { take_home(self, read); },
            [self](const caf::error&) { self->send(self, close_session{store_gone()}); });
}

}  // namespace

void begin_home(self_pointer self) { read_home(self); }

void resume_home(self_pointer self) {
  if (self->state.home == feed_phase::behind) read_home(self);
}

void take_broadcast(self_pointer self, const broadcast_committed& committed) {
  auto& state = self->state;
  const auto& told = *committed.told;
  if (told.seq <= state.home_seq) return;  // read from the store while this was on its way
  if (state.home != feed_phase::live || saturated(self)) {
    if (state.home == feed_phase::live) state.home = feed_phase::behind;
    state.missed_home_seq = std::max(state.missed_home_seq, told.seq);
    return;
  }
  if (told.seq != state.home_seq + 1) {  // one before it was left to the store
    state.missed_home_seq = std::max(state.missed_home_seq, told.seq);
    return read_home(self);
  }
  state.home_seq = told.seq;
  state.pushing.push_back({lane::bulk, told.frame, 0});
}

void handle(self_pointer self, std::uint32_t request, send_broadcast& asked) {
  const auto bytes_max = self->state.node->config.limits.broadcast_bytes_max;
  if (asked.body.size() > bytes_max) {
    return refuse_change(self, request,
                         error{errc::too_large, std::to_string(asked.body.size()) +
                                                    " octets; a broadcast holds at most " +
                                                    std::to_string(bytes_max)});
  }
  if (asked.id.is_nil()) return refuse_change(self, request, error{errc::malformed, "id"});
  if (asked.body.empty()) return refuse_change(self, request, error{errc::malformed, "body"});
  if (!is_utf8(asked.body)) return refuse_change(self, request, error{errc::text_invalid});
  submit(self, request,
         storage::new_broadcast{asked.id, self->state.account.id, std::move(asked.body)});
}

void handle(self_pointer self, std::uint32_t request, const fetch_home& asked) {
  auto& state = self->state;
  state.bulk_in_flight = true;
  fetch_home query = asked;
  query.limit = page_rows(self, asked.limit);
  self->request(reader_of(self), caf::infinite,
                uod::read_home{query, state.node->config.limits.page_bytes_max})
      .then(
          [self, request](home_read& read) {
            if (!read.value) return finish_bulk(self, request, tl::unexpected(read.value.error()));
            finish_bulk(self, request, home{std::move(read.value->broadcasts), read.value->more});
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

}  // namespace uod::session_parts
