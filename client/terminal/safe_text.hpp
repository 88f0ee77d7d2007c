#pragma once

#include "protocol/safe_text.hpp"

/// Where the renderers find what makes text from others harmless.
namespace uod::terminal {

using uod::safe_lines;
using uod::safe_text;

}  // namespace uod::terminal
