#include "server/mail_setup.hpp"

#include "actors/mail/maildir_transport.hpp"
#include "actors/mail/smtp_transport.hpp"
#include "protocol/password.hpp"
#include "server/private_file.hpp"

namespace uod {
namespace {

mail::smtp_security security_of(const std::string& name) {
  if (name == "tls") return mail::smtp_security::tls;
  if (name == "none") return mail::smtp_security::none;
  return mail::smtp_security::starttls;
}

/// The first line of a file.
outcome<std::string> read_password(const std::filesystem::path& file) {
  auto content = read_private_file(file);
  if (!content) return tl::unexpected(content.error());
  std::string password = content->substr(0, content->find_first_of("\r\n"));
  wipe(*content);
  return password;
}

outcome<std::unique_ptr<mail::transport>> make_transport(const server_config& config) {
  const auto& mail = config.mail;
  if (mail.transport == "maildir") {
    return mail::make_maildir_transport(config.data_dir / "mail", mail.from_address,
                                        mail.from_name);
  }
  mail::smtp_settings settings;
  settings.host = mail.smtp_host;
  settings.port = static_cast<std::uint16_t>(mail.smtp_port);
  settings.security = security_of(mail.smtp_security);
  settings.user = mail.smtp_user;
  settings.ca_file = mail.smtp_ca_file;
  settings.from_address = mail.from_address;
  settings.from_name = mail.from_name;
  settings.timeout_ms = mail.smtp_timeout_ms;
  if (!mail.smtp_password_file.empty()) {
    auto password = read_password(mail.smtp_password_file);
    if (!password) return tl::unexpected(password.error());
    settings.password = *password;
    wipe(*password);
  }
  return mail::make_smtp_transport(std::move(settings));
}

}  // namespace

outcome<mail_equipment> set_up_mail(const server_config& config) {
  std::optional<std::filesystem::path> directory;
  if (!config.mail.template_dir.empty()) directory = config.mail.template_dir;
  auto templates = mail::templates::load(directory);
  if (!templates) return tl::unexpected(templates.error());
  auto transport = make_transport(config);
  if (!transport) return tl::unexpected(transport.error());
  return mail_equipment{std::move(*transport),
                        std::make_shared<const mail::templates>(std::move(*templates))};
}

}  // namespace uod
