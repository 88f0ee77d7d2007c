#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/administration/execute.hpp"

/// What the commands share while they are carried out. One file a subject: accounts, an account's
/// export, premium codes and mail.
namespace uod::administration {

struct work {
  administration_host& host;
  const row_sink& sink;
  caller who;
  std::vector<audit::field> facts;  ///< for the audit log, beside the arguments

  /// `interrupted` when nobody takes it.
  [[nodiscard]] outcome<void> tell(const row& told) const;
  /// A line of its own in the audit log, about something that was made or ended by its id.
  void note(std::string_view event, const uuid& id) const;
};

/// The account that people call by this name. `no_such_account` for a deleted one, and for what
/// cannot be a name. Notes its id for the audit log.
outcome<storage::account_record> find_account(work& now, const std::string& name);

/// As lists show it.
outcome<row> account_row(work& now, const storage::account_record& account);
row device_row(const storage::device_record& device);
row mail_row(const storage::outbox_row& mail);

/// A time for a row; null for 0.
row time_value(std::uint64_t unix_ms);

/// Calls `take` with every mail in the outbox.
outcome<void> for_each_mail(work& now,
                            const std::function<outcome<void>(const storage::outbox_row&)>& take);

outcome<void> carry_out(work& now, const list_accounts& wanted);
outcome<void> carry_out(work& now, const show_account& wanted);
outcome<void> carry_out(work& now, const lock_account& wanted);
outcome<void> carry_out(work& now, const release_account& wanted);
outcome<void> carry_out(work& now, const set_account_premium& wanted);
outcome<void> carry_out(work& now, const delete_account& wanted);
outcome<void> carry_out(work& now, const export_account& wanted);
outcome<void> carry_out(work& now, const create_premium_codes& wanted);
outcome<void> carry_out(work& now, const list_premium_codes& wanted);
outcome<void> carry_out(work& now, const revoke_premium_code& wanted);
outcome<void> carry_out(work& now, const list_outbox& wanted);
outcome<void> carry_out(work& now, const retry_outbox& wanted);
outcome<void> carry_out(work& now, const trace_message& wanted);
outcome<void> carry_out(work& now, const trace_next& wanted);

}  // namespace uod::administration
