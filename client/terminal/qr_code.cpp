#include "client/terminal/qr_code.hpp"

#include <qrencode.h>

#include <memory>

namespace uod::terminal {
namespace {

constexpr int border_modules = 4;  // ISO/IEC 18004, 6.3.8

struct release {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

std::string qr_code(const std::string& text) {
  const std::unique_ptr<QRcode, release> code(
      QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L));
  if (!code) return {};
  const int width = code->width;
  const auto dark = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= width) return false;
    return (code->data[y * width + x] & 1) != 0;
  };
  std::string drawn;
  for (int y = -border_modules; y < width + border_modules; y += 2) {
    for (int x = -border_modules; x < width + border_modules; ++x) {
      const bool upper = dark(x, y);
      const bool lower = dark(x, y + 1);
      drawn += upper ? (lower ? " " : "▄") : (lower ? "▀" : "█");
    }
    drawn += "\n";
  }
  return drawn;
}

}  // namespace uod::terminal
