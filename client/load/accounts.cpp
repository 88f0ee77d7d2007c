#include "client/load/accounts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "client/state/json_fields.hpp"
#include "config/private_file.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

namespace uod::load {
namespace {

/// Lines of some 150 octets: a file stays below what a private file may have.
constexpr std::size_t accounts_a_file = 4'096;

/// A fingerprint as a file's name: its base64 has slashes.
std::string file_name_of(std::string fingerprint) {
  std::replace(fingerprint.begin(), fingerprint.end(), '/', '_');
  std::replace(fingerprint.begin(), fingerprint.end(), ':', '-');
  return fingerprint;
}

}  // namespace

std::string account_line(const kept_account& account) {
  return account.name + " " + to_text(account.id) + " " + to_text(account.device) + " " +
         client::to_hex(account.token) + " " + std::to_string(account.identity) + "\n";
}

std::optional<kept_account> account_of_line(std::string_view line) {
  std::istringstream from{std::string(line)};
  kept_account made;
  std::string id;
  std::string device;
  std::string token;
  if (!(from >> made.name >> id >> device >> token >> made.identity)) return std::nullopt;
  const auto account = uuid_from_text(id);
  const auto of_device = uuid_from_text(device);
  auto octets = client::from_hex(token);
  if (!parse_name(made.name) || !account || !of_device || !octets) return std::nullopt;
  if (octets->size() != token_octets) return std::nullopt;
  made.id = account_id(*account);
  made.device = device_id(*of_device);
  made.token = std::move(*octets);
  return made;
}

account_book::account_book(account_book&& other) noexcept
    : set_(std::move(other.set_)),
      lock_(std::exchange(other.lock_, -1)),
      accounts_(std::move(other.accounts_)),
      saved_(other.saved_),
      identities_(std::move(other.identities_)) {}

account_book::~account_book() {
  for (auto& each : accounts_) wipe(each.token);
  if (lock_ >= 0) ::close(lock_);
}

outcome<account_book> account_book::open(const std::filesystem::path& directory,
                                         const std::string& fingerprint,
                                         std::vector<std::string>& warnings) {
  account_book made;
  const auto of_server = directory / file_name_of(fingerprint);
  if (auto good = make_private_directory(of_server, warnings); !good) {
    return tl::unexpected(good.error());
  }
  if (auto good = made.read_identities(directory, warnings); !good) {
    return tl::unexpected(good.error());
  }
  if (auto good = made.take_set(of_server); !good) return tl::unexpected(good.error());
  if (auto good = made.read_accounts(warnings); !good) return tl::unexpected(good.error());
  return made;
}

outcome<void> account_book::take_set(const std::filesystem::path& directory) {
  for (int number = 0; number < sets_max; ++number) {
    const auto set = directory / ("set-" + std::to_string(number));
    const std::string lock = set.string() + ".lock";
    const int opened = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0) return fail(errc::io_failed, lock);
    if (::flock(opened, LOCK_EX | LOCK_NB) == 0) {
      lock_ = opened;
      set_ = set;
      return {};
    }
    ::close(opened);
  }
  return fail(errc::overloaded, "all " + std::to_string(sets_max) + " sets of accounts in " +
                                    directory.string() + " are in use");
}

std::filesystem::path account_book::file_of(std::size_t part) const {
  return set_.string() + "-" + std::to_string(part) + ".accounts";
}

outcome<void> account_book::read_accounts(std::vector<std::string>& warnings) {
  for (std::size_t part = 0;; ++part) {
    auto content = read_private_file(file_of(part), warnings);
    if (!content) return tl::unexpected(content.error());
    if (!*content) break;
    std::istringstream lines(**content);
    for (std::string line; std::getline(lines, line);) {
      auto read = account_of_line(line);
      if (!read) {
        return fail(errc::io_failed, file_of(part).string() +
                                         ": a line that is no account; remove the file, and new "
                                         "accounts are made");
      }
      accounts_.push_back(std::move(*read));
    }
    wipe(**content);
    if (accounts_.size() < (part + 1) * accounts_a_file) break;
  }
  saved_ = accounts_.size();
  return {};
}

outcome<void> account_book::save() {
  const std::size_t first = std::min(saved_, accounts_.size()) / accounts_a_file;
  for (std::size_t part = first; part * accounts_a_file < accounts_.size(); ++part) {
    bytes content;
    const std::size_t end = std::min(accounts_.size(), (part + 1) * accounts_a_file);
    for (std::size_t at = part * accounts_a_file; at < end; ++at) {
      content += account_line(accounts_[at]);
    }
    auto written = write_private_file(file_of(part), content);
    wipe(content);
    if (!written) return written;
  }
  // Behind a full file the next one has to be no older than this set.
  const std::size_t files = (accounts_.size() + accounts_a_file - 1) / accounts_a_file;
  saved_ = accounts_.size();
  return remove_private_file(file_of(files));
}

outcome<void> account_book::read_identities(const std::filesystem::path& directory,
                                            std::vector<std::string>& warnings) {
  // Two that begin at once must not make different ones.
  auto held = file_lock::take(directory / "identities.lock");
  if (!held) return tl::unexpected(held.error());
  for (std::uint32_t number = 0; number < identities_count; ++number) {
    const auto file = directory / ("identity-" + std::to_string(number));
    auto content = read_private_file(file, warnings);
    if (!content) return tl::unexpected(content.error());
    auto identity = *content ? identity_private::parse(**content) : make_identity();
    if (!identity) return tl::unexpected(identity.error());
    if (!*content) {
      const auto octets = identity->octets();
      if (!octets) return tl::unexpected(octets.error());
      if (auto written = write_private_file(file, octets->view()); !written) return written;
    } else {
      wipe(**content);
    }
    identities_.push_back(std::move(*identity));
  }
  return {};
}

}  // namespace uod::load
