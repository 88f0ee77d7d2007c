#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/client_config.hpp"
#include "protocol/errors.hpp"

/// The command line of `uod` as values. Pure: nothing is read but the words given.
namespace uod::client {

inline constexpr std::uint64_t rows_default = 50;  ///< a screenful

struct register_arguments {
  std::string user;
  std::string email;
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
struct chats_arguments {};
struct send_arguments {
  std::string name;
  std::string text;
  bool from_stdin = false;  ///< each line of it is a message
};
struct history_arguments {
  std::string name;
  std::uint64_t limit = rows_default;
  std::optional<std::uint64_t> before_seq;
  std::optional<std::uint64_t> after_seq;
  bool keep_unread = false;
};
struct listen_arguments {
  std::optional<std::uint64_t> after_position;
  std::optional<std::uint64_t> count;  ///< ends after so many messages
};

using command = std::variant<register_arguments, login_arguments, logout_arguments,
                             whoami_arguments, contacts_list_arguments, contacts_search_arguments,
                             contacts_add_arguments, contacts_remove_arguments, chats_arguments,
                             send_arguments, history_arguments, listen_arguments>;

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
