#pragma once

#include <string>

#include "actors/node_context.hpp"
#include "actors/places.hpp"

/// The mails that accounts are sent: to whom, with which fields, how many a day, for how long they
/// are worth anything. What they say stands in config/mail. Pure but for new ids.
namespace uod {

inline constexpr std::uint64_t confirm_code_ms = 24ULL * 3'600'000;
inline constexpr std::uint64_t unlock_code_ms = 24ULL * 3'600'000;
inline constexpr std::uint64_t reset_code_ms = 10ULL * 60'000;

/// Where something happened, as a mail tells it.
struct scene {
  std::string address;
  std::string device;
  std::string place;  ///< empty: not known
  std::uint64_t now_ms = 0;
};

storage::outbox_mail welcome_mail(const storage::account_record& to, const std::string& code,
                                  std::uint64_t now_ms);
storage::outbox_mail confirm_email_mail(const storage::account_record& to, const std::string& email,
                                        const std::string& code, std::uint64_t now_ms,
                                        const server_mail& config);
storage::outbox_mail email_changed_mail(const storage::account_record& to,
                                        const std::string& new_email, const scene& at);
/// `devices_kept`: the other devices stay logged in, and the mail says so.
storage::outbox_mail password_changed_mail(const storage::account_record& to, const scene& at,
                                           bool devices_kept = false);
storage::outbox_mail identity_replaced_mail(const storage::account_record& to, const scene& at);
storage::outbox_mail password_forgotten_mail(const storage::account_record& to,
                                             const std::string& code, const scene& at,
                                             const server_mail& config);
/// Its field `until_ms` is the store's to fill in.
storage::outbox_mail locked_mail(const storage::account_record& to, const std::string& code,
                                 const scene& at, const server_config& config);
storage::outbox_mail new_location_mail(const storage::account_record& to, const device_id& device,
                                       const scene& at, const server_mail& config);

/// A code from a mail and what the store keeps of it.
struct fresh_code {
  std::string shown;
  storage::account_code kept;
};
fresh_code make_code(bytes_view secret, const account_id& account, storage::code_purpose purpose,
                     std::uint64_t expires_at_ms);
/// What the store keeps of a code that somebody typed. `code_wrong`.
outcome<bytes> stored_code(bytes_view secret, const account_id& account,
                           storage::code_purpose purpose, std::string_view typed);

}  // namespace uod
