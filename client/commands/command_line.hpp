#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/commands/arguments.hpp"

namespace uod::client {

/// The parser and the values that it fills in.
class command_line {
 public:
  command_line();
  outcome<std::variant<invocation, told>> parse(std::vector<std::string> words);

 private:
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& does,
                const std::string& example);
  /// The words of a text, one of them or more.
  static CLI::Option* add_text(CLI::App& sub);
  void add_global_options();
  void add_account_commands();
  void add_device_commands();
  void add_email_commands();
  void add_password_commands();
  void add_contact_commands();
  void add_identity_commands();
  void add_chat_commands();
  void add_home_commands();
  /// Makes a finished command of what was filled in; how depends on the subcommand.
  template <class Arguments>
  void makes(CLI::App* sub, Arguments& filled) {
    sub->callback([this, &filled] { chosen_ = filled; });
  }
  [[nodiscard]] outcome<void> check();
  [[nodiscard]] tl::unexpected<error> wrong(const std::string& what) const;

  CLI::App app_{"uod, a secure messenger", "uod"};
  global_options global_;
  std::optional<command> chosen_;

  register_arguments register_;
  login_arguments login_;
  logout_arguments logout_;
  whoami_arguments whoami_;
  devices_list_arguments devices_list_;
  devices_revoke_arguments devices_revoke_;
  premium_redeem_arguments premium_redeem_;
  email_confirm_arguments email_confirm_;
  email_change_arguments email_change_;
  email_send_code_arguments email_send_code_;
  password_change_arguments password_change_;
  password_forgot_arguments password_forgot_;
  password_reset_arguments password_reset_;
  unlock_arguments unlock_;
  contacts_list_arguments contacts_list_;
  contacts_search_arguments contacts_search_;
  contacts_add_arguments contacts_add_;
  contacts_remove_arguments contacts_remove_;
  contacts_verify_arguments contacts_verify_;
  identity_recover_arguments identity_recover_;
  identity_renew_arguments identity_renew_;
  search_arguments search_;
  chats_arguments chats_;
  send_arguments send_;
  save_arguments save_;
  history_arguments history_;
  listen_arguments listen_;
  broadcast_arguments broadcast_;
  home_arguments home_;
  std::string after_cursor_;
  CLI::Option* text_ = nullptr;            ///< of `send`
  CLI::Option* broadcast_text_ = nullptr;  ///< of `broadcast`
  CLI::Option* search_text_ = nullptr;     ///< of `contacts search`
  CLI::Option* history_text_ = nullptr;    ///< of `search`
};

}  // namespace uod::client
