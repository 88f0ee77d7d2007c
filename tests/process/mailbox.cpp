#include "tests/process/mailbox.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <regex>

#include "tests/process/must.hpp"

namespace uod::process {
namespace {

/// A header's line, without what it begins with.
std::string header_of(const std::string& mail, const std::string& name) {
  const auto at = mail.find("\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 3;
  return mail.substr(begin, mail.find('\r', begin) - begin);
}

bool is_meant(const std::string& mail, std::string_view to, std::string_view subject) {
  return header_of(mail, "To").find(to) != std::string::npos &&
         header_of(mail, "Subject").find(subject) != std::string::npos;
}

}  // namespace

std::string code_in(const std::string& mail) {
  static const std::regex code("\r?\n +([0-9A-Z]{5}-[0-9A-Z]{5})\r?\n");
  std::smatch found;
  must(std::regex_search(mail, found, code), "no code in:\n" + mail);
  return found[1];
}

mailbox::mailbox(const server& of)
    : arrivals_(of.data_dir() / "mail" / "new"), watch_(::inotify_init1(IN_CLOEXEC)) {
  must(::inotify_add_watch(watch_, arrivals_.c_str(), IN_MOVED_TO | IN_CREATE) >= 0,
       "no mail can come to " + arrivals_.string());
}

mailbox::~mailbox() { ::close(watch_); }

std::string mailbox::takes(std::string_view to, std::string_view subject) {
  for (;;) {
    for (const auto& entry : std::filesystem::directory_iterator(arrivals_)) {
      auto mail = content_of(entry.path());
      if (!is_meant(mail, to, subject) || !taken_.insert(entry.path()).second) continue;
      return mail;
    }
    pollfd watched{watch_, POLLIN, 0};
    must(::poll(&watched, 1, wait_ms_max) == 1,
         "no mail came to " + std::string(to) + " about " + std::string(subject));
    char events[4096];
    must(::read(watch_, events, sizeof events) > 0, "arrivals cannot be watched");
  }
}

std::size_t mailbox::count(std::string_view to, std::string_view subject) const {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(arrivals_)) {
    found += is_meant(content_of(entry.path()), to, subject) ? 1 : 0;
  }
  return found;
}

}  // namespace uod::process
