#include "actors/session_parts.hpp"
#include "protocol/sealing/chat_key_record.hpp"

/// Identities and chat keys, as they are looked up and stored. Nothing is opened here: there is no
/// key to open it with.
namespace uod::session_parts {
namespace {

void reply(self_pointer self, std::uint32_t request, outcome<server_body> result) {
  if (result) {
    answer(self, lane::chat, request, std::move(*result));
  } else {
    answer_failure(self, request, result.error());
  }
  flush(self);
}

/// Asks the store for what goes to the client as it is.
template <class Value, class Asked>
void ask_reader(self_pointer self, std::uint32_t request, Asked asked) {
  self->request(reader_of(self), caf::infinite, std::move(asked))
      .then(
          [self, request](answered<Value>& read) {
            if (!read.value) return reply(self, request, tl::unexpected(read.value.error()));
            reply(self, request, std::move(*read.value));
          },
          [self, request](const caf::error&) {
            reply(self, request, tl::unexpected(store_gone()));
          });
}

/// What the store is asked to keep, if it is a key of this session's own account.
outcome<storage::add_chat_key> wanted_of(self_pointer self, const put_chat_key& asked) {
  const auto read = parse_chat_key(asked.record);
  if (!read) return fail(errc::malformed, "record");
  const auto& about = read->about;
  if (about.maker != self->state.account.id) {
    return fail(errc::not_allowed, "a key is stored by whoever made it");
  }
  storage::add_chat_key wanted;
  wanted.epoch = about.epoch;
  wanted.chat = about.chat;
  wanted.maker = about.maker;
  for (const auto& each : read->members) {
    wanted.holders.push_back({each.account, bytes{each.fingerprint.view()}});
  }
  wanted.record = asked.record;
  wanted.now_ms = self->state.node->clock.unix_ms();
  return wanted;
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const get_identity&) {
  ask_reader<identity_shown>(self, request, read_own_identity{self->state.account.id});
}

void handle(self_pointer self, std::uint32_t request, const find_identity& asked) {
  ask_reader<identity_found>(self, request, read_public_key{asked});
}

void handle(self_pointer self, std::uint32_t request, const put_chat_key& asked) {
  auto wanted = wanted_of(self, asked);
  if (!wanted) return answer_failure(self, request, wanted.error());
  self->request(self->state.node->account_store, caf::infinite, change_account{std::move(*wanted)})
      .then(
          [self, request](const account_changed& stored) {
            if (stored.value) return reply(self, request, done{});
            reply(self, request, tl::unexpected(stored.value.error()));
          },
          [self, request](const caf::error&) {
            reply(self, request, tl::unexpected(store_gone()));
          });
}

void handle(self_pointer self, std::uint32_t request, const fetch_chat_keys& asked) {
  auto& state = self->state;
  state.bulk_in_flight = true;
  self->request(reader_of(self), caf::infinite, read_chat_keys{state.account.id, asked})
      .then(
          [self, request](chat_keys_read& read) {
            if (!read.value) return finish_bulk(self, request, tl::unexpected(read.value.error()));
            finish_bulk(self, request, chat_keys{std::move(*read.value)});
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

}  // namespace uod::session_parts
