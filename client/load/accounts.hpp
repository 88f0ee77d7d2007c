#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "protocol/crypto_identity.hpp"
#include "protocol/messages.hpp"

namespace uod::load {

/// What is kept of an account to log in again.
struct kept_account {
  std::string name;
  account_id id;
  device_id device;
  bytes token;
  std::uint32_t identity = 0;  ///< which of the shared ones it has

  bool operator==(const kept_account&) const = default;
};

/// Accounts of one server, kept for the next run, and the identities that they share. Each program
/// that runs at once has a set of its own. Files are 0600. Nothing here goes over the network.
class account_book {
 public:
  /// Sets of accounts that may be in use at once: more generators than any machine has cores.
  static constexpr int sets_max = 64;
  /// Making one takes up to a second; a few are enough, since nobody compares them.
  static constexpr std::uint32_t identities_count = 3;

  /// Takes the first set of this server that nobody uses. Makes identities where there are none,
  /// which takes a second. Errors: those of files; `overloaded` when all sets are in use.
  static outcome<account_book> open(const std::filesystem::path& directory,
                                    const std::string& fingerprint,
                                    std::vector<std::string>& warnings);
  account_book(account_book&&) noexcept;
  account_book& operator=(account_book&&) = delete;
  ~account_book();

  std::vector<kept_account>& accounts() { return accounts_; }
  [[nodiscard]] const std::vector<kept_account>& accounts() const { return accounts_; }
  [[nodiscard]] const identity_private& identity(std::uint32_t number) const {
    return identities_[number % identities_.size()];
  }
  /// Writes what was added. Errors: those of files.
  outcome<void> save();

 private:
  account_book() = default;
  outcome<void> take_set(const std::filesystem::path& directory);
  outcome<void> read_accounts(std::vector<std::string>& warnings);
  outcome<void> read_identities(const std::filesystem::path& directory,
                                std::vector<std::string>& warnings);
  [[nodiscard]] std::filesystem::path file_of(std::size_t part) const;

  std::filesystem::path set_;  ///< without its ending
  int lock_ = -1;
  std::vector<kept_account> accounts_;
  std::size_t saved_ = 0;
  std::vector<identity_private> identities_;
};

/// One account as a line, and back; nothing for a line that is none.
std::string account_line(const kept_account& account);
std::optional<kept_account> account_of_line(std::string_view line);

}  // namespace uod::load
