#include "tests/storage/household.hpp"

#include <algorithm>
#include <cstdlib>

namespace uod::storage::contract {

temporary_directory::temporary_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "uod-storage-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

uuid counted_id(std::uint8_t kind, std::uint64_t number) {
  uuid id;
  id.octets[0] = kind;
  for (std::size_t i = 0; i < 8; ++i) {
    id.octets[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return id;
}

account_id nth_account(std::uint64_t number) { return account_id(counted_id(1, number)); }
device_id nth_device(std::uint64_t number) { return device_id(counted_id(2, number)); }
chat_id nth_chat(std::uint64_t number) { return chat_id(counted_id(3, number)); }
message_id nth_message(std::uint64_t number) { return message_id(counted_id(4, number)); }
mail_id nth_mail(std::uint64_t number) { return mail_id(counted_id(5, number)); }

create_account registration(std::uint64_t number, const std::string& name) {
  create_account wanted;
  wanted.account.id = nth_account(number);
  wanted.account.name = name;
  wanted.account.name_key = name;
  wanted.account.name_skeleton = name;
  wanted.account.email = name + "@Example.org";
  wanted.account.email_key = name + "@example.org";
  wanted.account.salt = bytes("salt\0with\xff zero", 15);
  wanted.account.argon2 = {65'536, 3};
  wanted.account.stored_auth_key = first_key_of(wanted.account.id);
  wanted.account.created_at_ms = 500 + number;
  wanted.device.id = nth_device(number);
  wanted.device.account = wanted.account.id;
  wanted.device.name = name + "'s laptop";
  wanted.device.address = "192.0.2.1";
  wanted.device.stored_token = bytes(32, '\0');
  wanted.device.created_at_ms = 500 + number;
  wanted.device.last_seen_ms = 500 + number;
  wanted.seen = {"192.0.2.0/24", wanted.device.name, wanted.account.created_at_ms};
  return wanted;
}

bytes first_key_of(const account_id& account) {
  return bytes(32, static_cast<char>(account.octets[15]));
}

device_id first_device_of(const account_id& account) { return nth_device(account.octets[15]); }

put_device log_in(const device_record& device) {
  return {device,
          first_key_of(device.account),
          {"192.0.2.0/24", device.name, device.last_seen_ms},
          std::nullopt};
}

replace_password same_password(const account_id& account, std::vector<outbox_mail> mails) {
  return {.account = account,
          .expected_auth_key = first_key_of(account),
          .salt = "salt",
          .argon2 = {},
          .stored_auth_key = first_key_of(account),
          .device = first_device_of(account),
          .stored_token = "token",
          .keep_devices = true,
          .sealed_by_password = {},
          .mails = std::move(mails)};
}

outbox_mail letter(std::uint64_t number, const std::string& kind, std::uint64_t written_at_ms) {
  outbox_mail mail;
  mail.id = nth_mail(number);
  mail.to = "alice@example.org";
  mail.kind = kind;
  mail.written_at_ms = written_at_ms;
  return mail;
}

household::household(const database_maker& make) : owned_(make()), database_(owned_.get()) {
  open();
}

household::household(database& shared) : database_(&shared) { open(); }

void household::open() {
  opened = must(database_->open());
  accounts = must(opened->make_account_writer());
  messages = must(opened->make_message_writer());
  reads = must(opened->make_reader());
}

void household::reopen() {
  reads.reset();
  messages.reset();
  accounts.reset();
  opened.reset();
  open();
}

account_id household::person(const std::string& name) {
  const create_account wanted = registration(++people_, name);
  must(change(account_change(wanted)));
  return wanted.account.id;
}

chat_id household::chat(const std::vector<account_id>& members) {
  const chat_id id = nth_chat(++chats_);
  must(change(message_change(create_chat{id, members})));
  return id;
}

outcome<change_result> household::change(account_change change) {
  const std::vector<account_change> changes{std::move(change)};
  auto results = must(accounts->commit(changes));
  BOOST_REQUIRE_EQUAL(results.size(), 1U);
  return std::move(results[0]);
}

outcome<message_result> household::change(message_change change, std::uint64_t now_ms) {
  std::vector<message_change> changes;
  changes.push_back(std::move(change));
  auto results = must(messages->commit(std::move(changes), now_ms));
  BOOST_REQUIRE_EQUAL(results.size(), 1U);
  return std::move(results[0]);
}

outcome<message_stored> household::send(const message_id& id, const chat_id& chat,
                                        const account_id& sender, const bytes& body,
                                        std::uint64_t now_ms) {
  auto result = change(new_message{id, chat, sender, content_type::text, body}, now_ms);
  if (!result) return tl::unexpected<error>(result.error());
  return std::get<message_stored>(std::move(*result));
}

message household::say(const chat_id& chat, const account_id& sender, const bytes& body,
                       std::uint64_t now_ms) {
  return must(send(nth_message(++said_), chat, sender, body, now_ms)).stored;
}

outcome<mark_stored> household::mark(const chat_id& chat, const account_id& who,
                                     std::uint64_t delivered, std::uint64_t read) {
  auto result = change(message_change(new_mark{chat, who, delivered, read}));
  if (!result) return tl::unexpected<error>(result.error());
  return std::get<mark_stored>(std::move(*result));
}

broadcast_stored household::announce(const message_id& id, const account_id& sender,
                                     const bytes& body, std::uint64_t now_ms) {
  return std::get<broadcast_stored>(
      must(change(message_change(new_broadcast{id, sender, body}), now_ms)));
}

std::vector<bytes> bodies(const std::vector<message>& messages) {
  std::vector<bytes> found;
  for (const message& one : messages) found.push_back(one.body);
  return found;
}

std::vector<std::uint64_t> seqs(const std::vector<message>& messages) {
  std::vector<std::uint64_t> found;
  for (const message& one : messages) found.push_back(one.seq);
  return found;
}

}  // namespace uod::storage::contract
