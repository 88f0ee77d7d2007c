#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "storage/store.hpp"

namespace uod::storage::contract {

/// What a store should do, in the plainest way: everything in maps, nothing clever. Knows
/// positions only as an order, since an engine may leave gaps between them.
class model {
 public:
  struct chat_state {
    std::set<account_id> members;
    std::vector<std::size_t> messages;                                    ///< indexes into `all`
    std::map<account_id, std::pair<std::uint64_t, std::uint64_t>> marks;  ///< delivered, read
  };

  std::set<account_id> accounts;
  std::map<chat_id, chat_state> chats;
  std::vector<message> all;  ///< in the order of positions
  std::map<message_id, std::size_t> by_id;
  std::set<std::pair<account_id, account_id>> contacts;

  /// The expected result, as text: "stored 3 text", "repeated 3 text", "moved 2 1" (delivered,
  /// read), "chat" or an error's name.
  std::string apply(const message_change& change, std::uint64_t now_ms);
  std::string apply(const account_change& change);

  [[nodiscard]] std::uint64_t unread(const chat_id& chat, const account_id& viewer) const;
  /// Indexes into `all` of what the account's chats hold.
  [[nodiscard]] std::vector<std::size_t> feed(const account_id& account) const;
  /// The chats with messages, newest first.
  [[nodiscard]] std::vector<chat_id> listing(const account_id& account) const;
  /// Index into `all` of the first message that was not delivered; `all.size()` if none.
  [[nodiscard]] std::size_t undelivered(const account_id& account) const;

 private:
  std::string apply_one(const create_chat& wanted);
  std::string apply_one(const new_message& sent, std::uint64_t now_ms);
  std::string apply_one(const new_mark& mark);
};

/// What a store answered, in the model's words.
std::string describe(const outcome<message_result>& result);
std::string describe(const outcome<change_result>& result);

}  // namespace uod::storage::contract
