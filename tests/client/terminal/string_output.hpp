#pragma once

#include <string>

#include "client/terminal/output.hpp"

namespace uod::terminal {

/// Takes what is written into a string; may be closed in the middle of the story.
struct string_output final : output {
  std::string text;
  bool gone = false;

  bool write(std::string_view piece) override {
    if (!gone) text.append(piece);
    return !gone;
  }
  [[nodiscard]] bool closed() const override { return gone; }
};

}  // namespace uod::terminal
