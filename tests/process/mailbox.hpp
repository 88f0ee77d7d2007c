#pragma once

#include <string>

#include "tests/process/house.hpp"

namespace uod::process {

/// Waits until the server's next mail of this kind lies in its Maildir; its octets.
std::string take_mail(server& home, const std::string& kind);

/// The code that a mail carries: ten characters in two groups.
std::string code_of(const std::string& mail);

/// `take_mail`, and its code.
inline std::string take_code(server& home, const std::string& kind) {
  return code_of(take_mail(home, kind));
}

}  // namespace uod::process
