#include "protocol/sealing/sealed_message.hpp"

#include "protocol/password.hpp"
#include "protocol/sealing/octets.hpp"

namespace uod {
namespace {

constexpr std::size_t head_octets = 1 + 16 + 4;

bytes bound_to(const chat_key& key, const message_id& id, std::uint32_t counter) {
  constexpr bytes_view label = "uod/1 message";
  bytes bound;
  bound.reserve(label.size() + 16 * 4 + 4);
  // The sender is the maker: nobody else seals in an epoch.
  bound.append(label).append(key.chat().view()).append(key.maker().view()).append(id.view());
  bound.append(key.epoch().view());
  sealing::put(bound, counter);
  return bound;
}

}  // namespace

outcome<sealed_message_head> parse_sealed_message(bytes_view sealed) {
  if (const auto good = sealing::check_version(sealed); !good) return tl::unexpected(good.error());
  // The shortest content is one octet of type.
  if (sealed.size() < head_octets + aead_overhead_octets + 1) return fail(errc::sealed_damaged);
  sealing::octet_reader from(sealed.substr(1));
  sealed_message_head head;
  head.epoch = from.thing<epoch_id>();
  head.counter = from.number<std::uint32_t>();
  if (head.epoch.is_nil() || head.counter == 0 || head.counter > messages_per_epoch_max) {
    return fail(errc::sealed_damaged);
  }
  return head;
}

outcome<bytes> seal_message(const chat_key& key, const message_id& id, std::uint32_t counter,
                            const content& what) {
  if (counter == 0 || counter > messages_per_epoch_max) {
    return fail(errc::internal, "a message's counter");
  }
  const auto plaintext = encode_content(what);
  if (!plaintext) return tl::unexpected(plaintext.error());
  bytes head;
  head.reserve(sealed_message_overhead_octets + plaintext->size());
  head.append(1, sealing::version).append(key.epoch().view());
  sealing::put(head, counter);
  return key.cipher().seal(std::move(head), random_bytes(aead_nonce_octets),
                           bound_to(key, id, counter), plaintext->view());
}

outcome<content> open_message(const chat_key& key, const message_origin& said, bytes_view sealed) {
  const auto head = parse_sealed_message(sealed);
  if (!head) return tl::unexpected(head.error());
  if (head->epoch != key.epoch()) return fail(errc::chat_key_unknown);
  // What is bound is what the key is for, so these two have to be compared.
  if (said.chat != key.chat()) return fail(errc::sealed_damaged, "chat");
  if (said.sender != key.maker()) return fail(errc::sealed_damaged, "sender");
  const auto plaintext =
      key.cipher().open(sealed.substr(head_octets), bound_to(key, said.id, head->counter));
  if (!plaintext) return tl::unexpected(plaintext.error());
  return parse_content(plaintext->view());
}

}  // namespace uod
