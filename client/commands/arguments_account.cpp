#include "client/commands/command_line.hpp"

/// The subcommands for accounts and what belongs to them.
namespace uod::client {

void command_line::add_account_commands() {
  auto* sub = add(app_, "register", "Make an account and log in",
                  "uod register --user alice --email alice@example.org");
  sub->add_option("--user", register_.user, "Name of the new account")
      ->required()
      ->type_name("NAME");
  sub->add_option("--email", register_.email, "Where warnings go")->required()->type_name("ADDR");
  sub->add_option("--premium-code", register_.premium_code,
                  "Become a premium member; - reads it from stdin, before the password")
      ->type_name("CODE");
  sub->add_flag("--password-stdin", register_.password_stdin, "Read the password from stdin");
  makes(sub, register_);

  sub = add(app_, "login", "Log in on this device", "uod login --user alice");
  sub->add_option("--user", login_.user, "Name of the account")->required()->type_name("NAME");
  sub->add_flag("--password-stdin", login_.password_stdin, "Read the password from stdin");
  makes(sub, login_);

  sub = add(app_, "logout", "Revoke this device's log-in", "uod logout --all-devices");
  sub->add_flag("--all-devices", logout_.all_devices, "Log out everywhere");
  makes(sub, logout_);

  sub = add(app_, "whoami", "Show account, device and server", "uod whoami --json");
  makes(sub, whoami_);
}

void command_line::add_device_commands() {
  auto* devices = add(app_, "devices",
                      "Where this account is logged in: list (the default), revoke", "uod devices");
  devices->require_subcommand(0, 1);
  devices->callback([this, devices] {
    if (devices->get_subcommands().empty()) chosen_ = devices_list_;
  });

  auto* sub = add(*devices, "list", "List the devices that are logged in", "uod devices list");
  makes(sub, devices_list_);

  sub = add(*devices, "revoke", "Log another device out", "uod devices revoke 0198c0de-0000");
  sub->add_option("ID", devices_revoke_.device,
                  "Its id, or the first characters of it: 8 or more, that no other begins with")
      ->required();
  makes(sub, devices_revoke_);

  auto* premium =
      add(app_, "premium", "Premium membership: redeem", "uod premium redeem 4J8Q-K7QF-…-9ZKD");
  premium->require_subcommand(1);
  sub = add(*premium, "redeem", "Become a premium member by a code",
            "uod premium redeem 4J8Q-K7QF-…-9ZKD\n  uod premium redeem - < code.txt");
  sub->add_option("CODE", premium_redeem_.code, "As it was given out; - reads it from stdin")
      ->required();
  makes(sub, premium_redeem_);
}

void command_line::add_email_commands() {
  auto* email = add(app_, "email", "The address that warnings go to: confirm, change, send-code",
                    "uod email confirm");
  email->require_subcommand(1);

  auto* sub = add(*email, "confirm", "Show that the address is yours, by the code from the mail",
                  "uod email confirm");
  sub->add_flag("--code-stdin", email_confirm_.code_stdin, "Read the code from stdin");
  makes(sub, email_confirm_);

  sub = add(*email, "change", "Ask for another address; it is taken once it is confirmed",
            "uod email change alice@example.net");
  sub->add_option("ADDR", email_change_.email, "The new address")->required();
  sub->add_flag("--password-stdin", email_change_.password_stdin, "Read the password from stdin");
  makes(sub, email_change_);

  sub = add(*email, "send-code", "Ask for a new code to confirm the address with",
            "uod email send-code");
  makes(sub, email_send_code_);
}

void command_line::add_password_commands() {
  auto* password =
      add(app_, "password", "The password: change, forgot, reset", "uod password change");
  password->require_subcommand(1);

  auto* sub = add(*password, "change", "Change the password, and log the other devices out",
                  "uod password change --keep-devices");
  sub->add_flag("--keep-devices", password_change_.keep_devices,
                "Leave the other devices logged in");
  sub->add_flag("--password-stdin", password_change_.password_stdin,
                "Read the present password from stdin, and the new one from the next line");
  makes(sub, password_change_);

  sub = add(*password, "forgot", "Ask for a code by mail to set a new password with",
            "uod password forgot --user alice");
  sub->add_option("--user", password_forgot_.user, "Name of the account")
      ->required()
      ->type_name("NAME");
  makes(sub, password_forgot_);

  sub = add(*password, "reset", "Set a new password by the code, and log in on this device only",
            "uod password reset --user alice");
  sub->add_option("--user", password_reset_.user, "Name of the account")
      ->required()
      ->type_name("NAME");
  sub->add_flag("--code-stdin", password_reset_.code_stdin,
                "Read the code from stdin, before the password");
  sub->add_flag("--password-stdin", password_reset_.password_stdin,
                "Read the new password from stdin");
  makes(sub, password_reset_);

  sub = add(app_, "unlock", "End the lock after failed log-ins, by the code from the warning mail",
            "uod unlock --user alice");
  sub->add_option("--user", unlock_.user, "Name of the account")->required()->type_name("NAME");
  sub->add_flag("--code-stdin", unlock_.code_stdin, "Read the code from stdin");
  makes(sub, unlock_);
}

}  // namespace uod::client
