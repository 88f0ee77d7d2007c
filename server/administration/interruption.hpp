#pragma once

#include <csignal>

namespace uod::administration {

/// While it lives, the first SIGINT or SIGTERM is only noted, so that long work can end by itself
/// and leave nothing half made behind. A second one ends the process. One at a time.
class interruption {
 public:
  interruption();
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  [[nodiscard]] bool came() const;

 private:
  struct sigaction int_before_ {};
  struct sigaction term_before_ {};
};

}  // namespace uod::administration
