#pragma once

#include <cstdint>
#include <deque>

#include "protocol/ids.hpp"

namespace uod {

/// Of whom devices were logged out lately. Whoever reads the store and then lets somebody in on the
/// word of what was read asks here whether that account was spoken of in between, and if so reads
/// again.
class revocations {
 public:
  /// Accounts that are remembered: more than can be logged out while one look at the store takes.
  /// What is further back counts as all accounts.
  static constexpr std::size_t remembered_max = 4'096;

  /// To be kept before the store is read.
  [[nodiscard]] std::uint64_t now() const { return first_ + recent_.size(); }

  void note(const account_id& account) {
    recent_.push_back(account);
    if (recent_.size() <= remembered_max) return;
    recent_.pop_front();
    ++first_;
  }

  /// Whether devices of this account were logged out after `then`.
  [[nodiscard]] bool since(std::uint64_t then, const account_id& account) const {
    if (then < first_) return true;
    for (auto at = then; at < now(); ++at) {
      if (recent_[static_cast<std::size_t>(at - first_)] == account) return true;
    }
    return false;
  }

 private:
  std::uint64_t first_ = 0;  ///< the number of the oldest that is remembered
  std::deque<account_id> recent_;
};

}  // namespace uod
