#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/state/cursor.hpp"
#include "config/client_config.hpp"
#include "protocol/errors.hpp"

/// The command line of `uod` as values. Pure: nothing is read but the words given.
namespace uod::client {

inline constexpr std::uint64_t rows_default = 50;  ///< a screenful

struct register_arguments {
  std::string user;
  std::string email;
  std::string premium_code;  ///< empty: none; `-`: the first line of stdin
  bool password_stdin = false;
};
struct login_arguments {
  std::string user;
  bool password_stdin = false;
};
struct logout_arguments {
  bool all_devices = false;
};
struct whoami_arguments {};
struct devices_list_arguments {};
struct devices_revoke_arguments {
  std::string device;  ///< its id, or how that begins
};
struct premium_redeem_arguments {
  std::string code;  ///< `-`: a line of stdin
};
struct email_confirm_arguments {
  bool code_stdin = false;
};
struct email_change_arguments {
  std::string email;
  bool password_stdin = false;
};
struct email_send_code_arguments {};
struct password_change_arguments {
  bool keep_devices = false;
  bool password_stdin = false;  ///< a line for the present one, a line for the new one
};
struct password_forgot_arguments {
  std::string user;
};
struct password_reset_arguments {
  std::string user;
  bool code_stdin = false;  ///< its line comes before the password's
  bool password_stdin = false;
};
struct unlock_arguments {
  std::string user;
  bool code_stdin = false;
};
struct contacts_list_arguments {};
struct contacts_search_arguments {
  std::string text;
  std::uint64_t limit = rows_default;
  bool all = false;
};
struct contacts_add_arguments {
  std::string name;
};
struct contacts_remove_arguments {
  std::string name;
};
struct contacts_verify_arguments {
  std::string name;
  bool confirm = false;  ///< a person has compared
};
struct identity_recover_arguments {
  bool code_stdin = false;  ///< its line comes before the password's
  bool password_stdin = false;
};
struct identity_renew_arguments {
  bool yes = false;  ///< a person knows what it means
  bool password_stdin = false;
};
struct search_arguments {
  std::string text;
  std::uint64_t limit = rows_default;
};
struct chats_arguments {};
struct send_arguments {
  std::string name;
  std::string text;
  bool from_stdin = false;  ///< each line of it is a message
  std::string file;         ///< instead of text: a path
};
struct save_arguments {
  std::string name;
  std::uint64_t seq = 0;
  std::string output;  ///< a directory or a file; empty: the current directory
  bool force = false;  ///< replaces what is there
};
struct history_arguments {
  std::string name;
  std::uint64_t limit = rows_default;
  std::optional<std::uint64_t> before_seq;
  std::optional<std::uint64_t> after_seq;
  bool keep_unread = false;
};
struct listen_arguments {
  std::optional<stream_place> after;
  std::optional<std::uint64_t> count;  ///< ends after so many messages and broadcasts
};
struct broadcast_arguments {
  std::string text;
  bool from_stdin = false;  ///< each line of it is a broadcast
};
struct home_arguments {
  std::uint64_t limit = rows_default;
  std::optional<std::uint64_t> before_seq;
  std::optional<std::uint64_t> after_seq;
};

using command =
    std::variant<register_arguments, login_arguments, logout_arguments, whoami_arguments,
                 devices_list_arguments, devices_revoke_arguments, premium_redeem_arguments,
                 email_confirm_arguments, email_change_arguments, email_send_code_arguments,
                 password_change_arguments, password_forgot_arguments, password_reset_arguments,
                 unlock_arguments, contacts_list_arguments, contacts_search_arguments,
                 contacts_add_arguments, contacts_remove_arguments, contacts_verify_arguments,
                 identity_recover_arguments, identity_renew_arguments, search_arguments,
                 chats_arguments, send_arguments, save_arguments, history_arguments,
                 listen_arguments, broadcast_arguments, home_arguments>;

struct global_options {
  client_overrides overrides;
  bool trust_on_first_use = false;
  bool json = false;
  bool no_input = false;
  bool quiet = false;
  bool verbose = false;
};

struct invocation {
  global_options global;
  command what;
};

/// Text for a person instead of a command: the help or version that was asked for, or the help
/// because no command was given.
struct told {
  std::string text;
  bool asked_for = true;
};

/// Reads the words behind the program's name. Error: `usage`, with what was wrong and where the
/// help is.
outcome<std::variant<invocation, told>> parse_arguments(std::vector<std::string> words);

/// Whether the words ask for JSON, also where they cannot be read otherwise.
bool asks_for_json(const std::vector<std::string>& words);

}  // namespace uod::client
