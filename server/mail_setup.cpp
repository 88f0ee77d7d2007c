#include "server/mail_setup.hpp"

#include "actors/mail/composer.hpp"
#include "actors/mail/maildir_transport.hpp"
#include "actors/mail/smtp_transport.hpp"
#include "config/private_file.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace {

mail::smtp_security security_of(const std::string& name) {
  if (name == "tls") return mail::smtp_security::tls;
  if (name == "none") return mail::smtp_security::none;
  return mail::smtp_security::starttls;
}

/// The first line of a file.
outcome<std::string> read_password(const std::filesystem::path& file) {
  auto content = read_secret_file(file);
  if (!content) return tl::unexpected(content.error());
  std::string password = content->substr(0, content->find_first_of("\r\n"));
  wipe(*content);
  return password;
}

outcome<std::unique_ptr<mail::transport>> make_smtp(const server_config& config) {
  const auto& mail = config.mail;
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

outcome<std::unique_ptr<mail::transport>> make_transport(const server_config& config) {
  if (config.mail.transport != "maildir") return make_smtp(config);
  return mail::make_maildir_transport(config.data_dir / "mail", config.mail.from_address,
                                      config.mail.from_name);
}

outcome<mail::templates> load_templates(const server_config& config) {
  std::optional<std::filesystem::path> directory;
  if (!config.mail.template_dir.empty()) directory = config.mail.template_dir;
  return mail::templates::load(directory);
}

}  // namespace

outcome<mail_equipment> set_up_mail(const server_config& config) {
  auto templates = load_templates(config);
  if (!templates) return tl::unexpected(templates.error());
  auto transport = make_transport(config);
  if (!transport) return tl::unexpected(transport.error());
  return mail_equipment{std::move(*transport),
                        std::make_shared<const mail::templates>(std::move(*templates))};
}

outcome<void> check_mail(const server_config& config) {
  if (auto templates = load_templates(config); !templates) {
    return tl::unexpected(templates.error());
  }
  if (config.mail.transport == "maildir") {
    const auto sender = mail::composer::make(config.mail.from_address, config.mail.from_name);
    if (!sender) return tl::unexpected(sender.error());
    return {};
  }
  if (auto transport = make_smtp(config); !transport) return tl::unexpected(transport.error());
  return {};
}

}  // namespace uod
