#include "actors/account_mails.hpp"

#include "protocol/codes.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace {

constexpr std::uint64_t minute_ms = 60'000;

storage::outbox_mail mail_to(const storage::account_record& account, std::string kind,
                             std::uint64_t now_ms) {
  storage::outbox_mail mail;
  mail.id = storage::mail_id(random_uuid_v7(now_ms));
  mail.to = account.email;
  mail.to_stranger = !account.email_confirmed;
  mail.kind = std::move(kind);
  mail.fields["name"] = account.name;
  mail.written_at_ms = now_ms;
  return mail;
}

void put_scene(storage::outbox_mail& mail, const scene& at) {
  mail.fields["time_ms"] = std::to_string(at.now_ms);
  mail.fields["address"] = at.address;
  mail.fields["device"] = at.device.empty() ? "without a name" : at.device;
  mail.fields["place"] = at.place.empty() ? "not known" : at.place;
}

void put_code(storage::outbox_mail& mail, const std::string& code, std::uint64_t good_for_ms) {
  mail.fields["code"] = code;
  mail.fields["minutes"] = std::to_string(good_for_ms / minute_ms);
}

std::string_view word_of(storage::code_purpose purpose) {
  switch (purpose) {
    case storage::code_purpose::confirm_email:
      return "confirm e-mail";
    case storage::code_purpose::unlock:
      return "unlock";
    case storage::code_purpose::reset_password:
      return "reset password";
    case storage::code_purpose::move_email:
      return "move e-mail";
  }
  return "";
}

}  // namespace

storage::outbox_mail welcome_mail(const storage::account_record& to, const std::string& code,
                                  std::uint64_t now_ms) {
  auto mail = mail_to(to, "welcome", now_ms);
  put_code(mail, code, confirm_code_ms);
  return mail;
}

storage::outbox_mail confirm_email_mail(const storage::account_record& to, const std::string& email,
                                        const std::string& code, std::uint64_t now_ms,
                                        const server_mail& config) {
  auto mail = mail_to(to, "confirm_email", now_ms);
  mail.to = email;
  mail.to_stranger = true;
  put_code(mail, code, confirm_code_ms);
  mail.expires_at_ms = now_ms + confirm_code_ms;
  mail.per_day_max = config.codes_per_day_max;
  return mail;
}

storage::outbox_mail email_changed_mail(const storage::account_record& to,
                                        const std::string& new_email, const scene& at) {
  auto mail = mail_to(to, "email_changed", at.now_ms);
  put_scene(mail, at);
  mail.fields["new_email"] = new_email;
  return mail;
}

storage::outbox_mail password_changed_mail(const storage::account_record& to, const scene& at,
                                           bool devices_kept) {
  auto mail =
      mail_to(to, devices_kept ? "password_changed_devices_kept" : "password_changed", at.now_ms);
  put_scene(mail, at);
  return mail;
}

storage::outbox_mail identity_replaced_mail(const storage::account_record& to, const scene& at) {
  auto mail = mail_to(to, "identity_replaced", at.now_ms);
  put_scene(mail, at);
  return mail;
}

storage::outbox_mail password_forgotten_mail(const storage::account_record& to,
                                             const std::string& code, const scene& at,
                                             const server_mail& config) {
  auto mail = mail_to(to, "password_forgotten", at.now_ms);
  put_scene(mail, at);
  put_code(mail, code, reset_code_ms);
  mail.expires_at_ms = at.now_ms + reset_code_ms;
  mail.per_day_max = config.codes_per_day_max;
  return mail;
}

storage::outbox_mail locked_mail(const storage::account_record& to, const std::string& code,
                                 const scene& at, const server_config& config) {
  auto mail = mail_to(to, "locked", at.now_ms);
  put_scene(mail, at);
  put_code(mail, code, unlock_code_ms);
  mail.fields["attempts"] = std::to_string(config.lockout.failures_max);
  mail.expires_at_ms = at.now_ms + unlock_code_ms;
  mail.per_day_max = config.mail.lock_warnings_per_day_max;
  return mail;
}

storage::outbox_mail new_location_mail(const storage::account_record& to, const device_id& device,
                                       const scene& at, const server_mail& config) {
  auto mail = mail_to(to, "new_location", at.now_ms);
  put_scene(mail, at);
  mail.fields["device_id"] = to_text(device);
  mail.per_day_max = config.place_warnings_per_day_max;
  return mail;
}

fresh_code make_code(bytes_view secret, const account_id& account, storage::code_purpose purpose,
                     std::uint64_t expires_at_ms) {
  fresh_code made;
  made.shown = make_mail_code();
  made.kept.purpose = purpose;
  made.kept.stored = *stored_code(secret, account, purpose, made.shown);
  made.kept.expires_at_ms = expires_at_ms;
  return made;
}

outcome<bytes> stored_code(bytes_view secret, const account_id& account,
                           storage::code_purpose purpose, std::string_view typed) {
  const auto bare = parse_code(typed, mail_code_characters, errc::code_wrong);
  if (!bare) return tl::unexpected(bare.error());
  return stored_mail_code(secret, account, word_of(purpose), *bare);
}

}  // namespace uod
