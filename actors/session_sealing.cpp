#include "actors/session_parts.hpp"

/// Identities and chat keys. The store has no place for them yet, so they are refused.
namespace uod::session_parts {
namespace {

void refuse(self_pointer self, std::uint32_t request) {
  answer_failure(self, request, error{errc::not_allowed, "this server keeps no identities"});
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const put_identity&) {
  refuse(self, request);
}

void handle(self_pointer self, std::uint32_t request, const get_identity&) {
  refuse(self, request);
}

void handle(self_pointer self, std::uint32_t request, const find_identity&) {
  refuse(self, request);
}

void handle(self_pointer self, std::uint32_t request, const put_chat_key&) {
  refuse(self, request);
}

void handle(self_pointer self, std::uint32_t request, const fetch_chat_keys&) {
  refuse(self, request);
}

}  // namespace uod::session_parts
