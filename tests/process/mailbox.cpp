#include "tests/process/mailbox.hpp"

#include <regex>

#include "tests/process/must.hpp"

namespace uod::process {

std::string take_mail(server& home, const std::string& kind) {
  const auto line = home.process().await_message([&](const std::string& each) {
    return each.find("mail.delivered") != std::string::npos && each.ends_with("kind=" + kind);
  });
  std::smatch found;
  must(std::regex_search(line, found, std::regex("mail=([0-9a-f-]{36})")), line);
  return content_of(home.data_dir() / "mail/new" / (found[1].str() + ".eml"));
}

std::string code_of(const std::string& mail) {
  std::smatch found;
  static const std::regex code("\\b([0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5})\\b");
  must(std::regex_search(mail, found, code), "no code in: " + mail);
  return found[1].str();
}

}  // namespace uod::process
