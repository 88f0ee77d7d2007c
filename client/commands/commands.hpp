#pragma once

#include "client/commands/arguments.hpp"
#include "client/commands/context.hpp"

/// The commands: each connects, does its work, prints rows and says goodbye. An error is what
/// the program ends with; its exit code follows from `exit_code_of`.
namespace uod::client {

outcome<void> run(context& with, const register_arguments& what);
outcome<void> run(context& with, const login_arguments& what);
outcome<void> run(context& with, const logout_arguments& what);
outcome<void> run(context& with, const whoami_arguments& what);

outcome<void> run(context& with, const devices_list_arguments& what);
outcome<void> run(context& with, const devices_revoke_arguments& what);

outcome<void> run(context& with, const email_confirm_arguments& what);
outcome<void> run(context& with, const email_change_arguments& what);
outcome<void> run(context& with, const email_send_code_arguments& what);
outcome<void> run(context& with, const premium_redeem_arguments& what);

outcome<void> run(context& with, const password_change_arguments& what);
outcome<void> run(context& with, const password_forgot_arguments& what);
outcome<void> run(context& with, const password_reset_arguments& what);
outcome<void> run(context& with, const unlock_arguments& what);

outcome<void> run(context& with, const contacts_list_arguments& what);
outcome<void> run(context& with, const contacts_search_arguments& what);
outcome<void> run(context& with, const contacts_add_arguments& what);
outcome<void> run(context& with, const contacts_remove_arguments& what);

outcome<void> run(context& with, const contacts_verify_arguments& what);
outcome<void> run(context& with, const identity_recover_arguments& what);
outcome<void> run(context& with, const identity_renew_arguments& what);

outcome<void> run(context& with, const search_arguments& what);
outcome<void> run(context& with, const chats_arguments& what);
outcome<void> run(context& with, const history_arguments& what);
outcome<void> run(context& with, const send_arguments& what);
outcome<void> run(context& with, const save_arguments& what);
outcome<void> run(context& with, const listen_arguments& what);

outcome<void> run(context& with, const broadcast_arguments& what);
outcome<void> run(context& with, const home_arguments& what);

}  // namespace uod::client
