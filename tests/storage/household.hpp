#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.hpp"
#include "tests/storage/contract.hpp"

/// What the stories need: people by name, chats between them, and one-line ways to do things.
namespace uod::storage::contract {

/// A directory that goes with its object.
class temporary_directory {
 public:
  temporary_directory();
  ~temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Ids that count: the same in every run. `kind` keeps those of different things apart.
uuid counted_id(std::uint8_t kind, std::uint64_t number);
account_id nth_account(std::uint64_t number);
device_id nth_device(std::uint64_t number);
chat_id nth_chat(std::uint64_t number);
message_id nth_message(std::uint64_t number);
mail_id nth_mail(std::uint64_t number);

/// Takes the value out, or fails the test with the error.
template <class T>
T must(outcome<T> result) {
  if (!result) BOOST_FAIL(to_text(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The error's code; fails the test when there is none.
template <class T>
errc code_of(const outcome<T>& result) {
  if (result) BOOST_FAIL("expected an error");
  return result.error().code;
}

/// An account and its first device, all fields filled. Numbers from 1.
create_account registration(std::uint64_t number, const std::string& name);
/// The key that somebody registered with, and their first device.
bytes first_key_of(const account_id& account);
device_id first_device_of(const account_id& account);
/// A log-in by the first password from the network of everybody's first device.
put_device log_in(const device_record& device);
/// The first password set once more at the first device, with mails that tell of it.
replace_password same_password(const account_id& account, std::vector<outbox_mail> mails);
/// A mail to alice, without fields.
outbox_mail letter(std::uint64_t number, const std::string& kind = "warning",
                   std::uint64_t written_at_ms = 1'000);

/// A store that is open, with both writers and a reader.
class household {
 public:
  explicit household(const database_maker& make);
  /// On a database of somebody else's.
  explicit household(database& shared);

  /// As after a restart of the server.
  void reopen();

  /// Registers somebody (the name is also the key and the skeleton).
  account_id person(const std::string& name);
  /// The chat of these, made when it is not there.
  chat_id chat(const std::vector<account_id>& members);

  outcome<change_result> change(account_change change);
  outcome<message_result> change(message_change change, std::uint64_t now_ms = 1'000);

  outcome<message_stored> send(const message_id& id, const chat_id& chat, const account_id& sender,
                               const bytes& body, std::uint64_t now_ms = 1'000);
  /// With an id of its own; must succeed.
  message say(const chat_id& chat, const account_id& sender, const bytes& body,
              std::uint64_t now_ms = 1'000);
  outcome<mark_stored> mark(const chat_id& chat, const account_id& who, std::uint64_t delivered,
                            std::uint64_t read);

  /// The broadcast is new or repeated; must not fail.
  broadcast_stored announce(const message_id& id, const account_id& sender, const bytes& body,
                            std::uint64_t now_ms = 1'000);
  /// All mails that wait, whenever they are due.
  std::vector<outbox_row> waiting() { return must(reads->due_mails(~std::uint64_t{0}, 500)); }

  std::unique_ptr<store> opened;
  std::unique_ptr<account_writer> accounts;
  std::unique_ptr<message_writer> messages;
  std::unique_ptr<reader> reads;

 private:
  void open();

  std::unique_ptr<database> owned_;
  database* database_;
  std::uint64_t people_ = 0;
  std::uint64_t chats_ = 0;
  std::uint64_t said_ = 1'000'000;
};

/// The bodies, for comparing.
std::vector<bytes> bodies(const std::vector<message>& messages);

/// The seqs, for comparing.
std::vector<std::uint64_t> seqs(const std::vector<message>& messages);

inline constexpr std::size_t no_byte_bound = 64 * 1024 * 1024;

}  // namespace uod::storage::contract

namespace uod {

// For Boost.Test's messages.
inline std::ostream& operator<<(std::ostream& out, errc code) { return out << code_name(code); }
inline std::ostream& operator<<(std::ostream& out, const uuid& id) { return out << to_text(id); }

}  // namespace uod
