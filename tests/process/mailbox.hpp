#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/process/house.hpp"

/// Mails as their readers get them.
namespace uod::process {

/// The code in a mail, on a line of its own; gives up where there is none.
std::string code_in(const std::string& mail);

/// A Maildir into which a server writes.
class mailbox {
 public:
  /// The one that a node has by default, below its data directory.
  explicit mailbox(const server& of);
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox();

  /// Waits for a mail to this address whose subject holds this, and gives each mail once.
  std::string takes(std::string_view to, std::string_view subject);
  /// How many such mails have come until now, those that were taken too.
  [[nodiscard]] std::size_t count(std::string_view to, std::string_view subject) const;

 private:
  std::filesystem::path arrivals_;
  int watch_ = -1;  ///< inotify
  std::set<std::filesystem::path> taken_;
};

}  // namespace uod::process
