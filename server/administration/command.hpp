#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/errors.hpp"

/// What administrators ask of a node. One struct a command, with its name on the command line and
/// its arguments; the same on the way through the node's socket.
namespace uod::administration {

/// All accounts, in the order of their names; `limit` 0: to the end.
struct list_accounts {
  static constexpr std::string_view name = "account list";
  std::uint64_t limit = 0;

  void fields(auto&& each) { each("limit", limit); }
  bool operator==(const list_accounts&) const = default;
};
/// One account with its devices. `no_such_account`, as for all that follow.
struct show_account {
  static constexpr std::string_view name = "account show";
  std::string account;

  void fields(auto&& each) { each("account", account); }
  bool operator==(const show_account&) const = default;
};
/// Closes it: nobody gets in, no device either, and who is in is put out.
struct lock_account {
  static constexpr std::string_view name = "account lock";
  std::string account;

  void fields(auto&& each) { each("account", account); }
  bool operator==(const lock_account&) const = default;
};
/// Opens it again, and ends a lock that wrong passwords have brought.
struct release_account {
  static constexpr std::string_view name = "account unlock";
  std::string account;

  void fields(auto&& each) { each("account", account); }
  bool operator==(const release_account&) const = default;
};
struct set_account_premium {
  static constexpr std::string_view name = "account premium";
  std::string account;
  bool premium = false;

  void fields(auto&& each) {
    each("account", account);
    each("premium", premium);
  }
  bool operator==(const set_account_premium&) const = default;
};
/// Removes it with all that belongs to it. What it said to others stays, said by nobody.
struct delete_account {
  static constexpr std::string_view name = "account delete";
  std::string account;

  void fields(auto&& each) { each("account", account); }
  bool operator==(const delete_account&) const = default;
};
/// Everything of an account but secrets.
struct export_account {
  static constexpr std::string_view name = "account export";
  std::string account;

  void fields(auto&& each) { each("account", account); }
  bool operator==(const export_account&) const = default;
};
/// Makes codes, which are shown this once. `expires_at_ms` 0: never.
struct create_premium_codes {
  static constexpr std::string_view name = "premium-code create";
  std::uint64_t count = 1;
  std::uint64_t uses = 1;
  std::uint64_t expires_at_ms = 0;

  void fields(auto&& each) {
    each("count", count);
    each("uses", uses);
    each("expires_at_ms", expires_at_ms);
  }
  bool operator==(const create_premium_codes&) const = default;
};
struct list_premium_codes {
  static constexpr std::string_view name = "premium-code list";

  void fields(auto&&) {}
  bool operator==(const list_premium_codes&) const = default;
};
/// `no_such_code`.
struct revoke_premium_code {
  static constexpr std::string_view name = "premium-code revoke";
  std::string code;  ///< its id

  void fields(auto&& each) { each("code", code); }
  bool operator==(const revoke_premium_code&) const = default;
};
struct list_outbox {
  static constexpr std::string_view name = "outbox list";

  void fields(auto&&) {}
  bool operator==(const list_outbox&) const = default;
};
/// One mail, or all of them when `mail` is empty. `no_such_message`.
struct retry_outbox {
  static constexpr std::string_view name = "outbox retry";
  std::string mail;  ///< its id

  void fields(auto&& each) { each("mail", mail); }
  bool operator==(const retry_outbox&) const = default;
};

/// Follows one message through the running node: rows of type `step` as it passes, and `traced` at
/// the end. `timed_out` when it does not come; `server_unreachable` where no node runs.
struct trace_message {
  static constexpr std::string_view name = "trace message";
  std::string message;  ///< its id
  std::uint64_t wait_s = 30;

  void fields(auto&& each) {
    each("message", message);
    each("wait_s", wait_s);
  }
  bool operator==(const trace_message&) const = default;
};
/// The same of the next message from an account, in a chat, or both; of any when both are empty.
struct trace_next {
  static constexpr std::string_view name = "trace next";
  std::string from;
  std::string chat;  ///< its id
  std::uint64_t wait_s = 30;

  void fields(auto&& each) {
    each("from", from);
    each("chat", chat);
    each("wait_s", wait_s);
  }
  bool operator==(const trace_next&) const = default;
};

using command =
    std::variant<list_accounts, show_account, lock_account, release_account, set_account_premium,
                 delete_account, export_account, create_premium_codes, list_premium_codes,
                 revoke_premium_code, list_outbox, retry_outbox, trace_message, trace_next>;

/// `account lock`
std::string_view name_of(const command& what);

/// One line, without the line feed: `{"command":"account lock","arguments":{"account":"bob"}}`.
std::string to_line(const command& what);
/// Takes exactly what `to_line` writes (fields in any order). Error: `malformed`.
outcome<command> command_from_line(std::string_view line);

}  // namespace uod::administration
