#pragma once

#include <cstddef>

#include "tests/replay/attempt.hpp"

namespace uod::replaying {

/// Tells on stdout what came of each replay: a line for people, or a JSON object.
class report {
 public:
  explicit report(bool json) : json_(json) {}

  void add(const finding& found);
  /// The last line.
  void finish() const;

  /// Every replay was ignored, and where it could be looked at: counted and logged.
  [[nodiscard]] bool all_good() const { return good_ == count_; }
  /// Whether each was counted and logged could be looked at.
  [[nodiscard]] bool all_seen() const { return seen_ == count_; }

 private:
  bool json_;
  std::size_t count_ = 0;
  std::size_t good_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace uod::replaying
