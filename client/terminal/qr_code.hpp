#pragma once

#include <string>

/// The only door to libqrencode.
namespace uod::terminal {

/// A QR code (ISO/IEC 18004) of a text, drawn with half blocks, two rows of modules a line, and
/// the quiet border that scanners need; light modules are drawn, because terminals are dark more
/// often. Empty for what does not fit into one.
std::string qr_code(const std::string& text);

}  // namespace uod::terminal
