#include "actors/session_parts.hpp"

/// Sealed files. Like pages they are worked on aside, one request of a session at a time, so that
/// neither chat nor the file store's queue fills with one session's segments.
namespace uod::session_parts {
namespace {

/// A place in the file store's queue; without one the request is refused and nothing happens.
bool took_room(self_pointer self, std::uint32_t request) {
  if (self->state.node->file_room.take()) return true;
  answer_failure(self, request,
                 error{errc::overloaded, "too many files are on their way", file_retry_ms});
  return false;
}

template <class Answer>
server_body body_of(Answer&& result) {
  return std::forward<Answer>(result);
}
server_body body_of(nothing) { return done{}; }

template <class Answer, class Asked>
void ask_file_store(self_pointer self, std::uint32_t request, Asked asked) {
  if (!took_room(self, request)) return;
  self->state.bulk_in_flight = true;
  self->request(self->state.node->file_store, caf::infinite, std::move(asked))
      .then(
          [self, request](answered<Answer>& told) {
            if (!told.value) {
              return finish_bulk(self, request, tl::unexpected(told.value.error()));
            }
            finish_bulk(self, request, body_of(std::move(*told.value)));
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const begin_file& asked) {
  if (asked.id.is_nil()) return answer_failure(self, request, error{errc::malformed, "id"});
  ask_file_store<file_begun>(self, request, begin_file_for{self->state.account.id, asked});
}

void handle(self_pointer self, std::uint32_t request, put_file_segment& asked) {
  ask_file_store<nothing>(self, request, put_segment_for{self->state.account.id, std::move(asked)});
}

void handle(self_pointer self, std::uint32_t request, const fetch_file_segment& asked) {
  ask_file_store<file_segment>(self, request, fetch_segment_for{self->state.account.id, asked});
}

}  // namespace uod::session_parts
