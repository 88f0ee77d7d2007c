#include <algorithm>

#include "client/terminal/qr_code.hpp"
#include "client/terminal/renderer.hpp"
#include "client/terminal/safe_text.hpp"
#include "client/terminal/times.hpp"

namespace uod::terminal {
namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view plain = "\x1b[0m";

/// Continuation lines of a message stand under its text, away from where our rows begin.
constexpr std::size_t text_indent = 6;

class text_renderer final : public renderer {
 public:
  text_renderer(output& to, bool color) : to_(to), color_(color) {}

  bool show(const account_row& it) override {
    return line(paint(bold, safe_text(it.user)) + (it.premium ? "  premium" : "") +
                "\n  account      " + to_text(it.account) + "\n  device       " +
                to_text(it.device) + address(it) + "\n  server       " + safe_text(it.server) +
                "\n  fingerprint  " + safe_text(it.server_fingerprint) +
                (it.identity_fingerprint.empty()
                     ? ""
                     : "\n  identity     " + safe_text(it.identity_fingerprint)));
  }
  /// The id first: it has one width, and is what a device is revoked by.
  bool show(const device_row& it) override {
    return line(paint(dim, to_text(it.device)) + "  " + paint(bold, safe_text(it.name)) + "  " +
                safe_text(it.address) + "  last seen " + local_time(it.last_seen_ms) +
                ", logged in since " + local_time(it.created_at_ms) +
                (it.current ? paint(green, "  this device") : ""));
  }
  bool show(const account_found_row& it) override { return line(safe_text(it.user)); }

  bool show(const contact_row& it) override {
    return line(presence(it.user, it.online, it.last_seen_ms) +
                (it.verified ? paint(green, "  verified") : "") + changed(it.key_changed));
  }
  bool show(const safety_number_row& it) override;
  bool show(const recovery_code_row& it) override {
    return line(paint(bold, "recovery code") + "  " + safe_text(it.recovery_code));
  }
  static std::string of_sender(const std::string& name) {
    return name.empty() ? std::string{} : " of " + safe_text(name);
  }
  bool show(const gap_row& it) override {
    return line(paint(yellow, "⚠ " + counted(it.missing, "message") + of_sender(it.from) +
                                  " before #" + std::to_string(it.before_seq) +
                                  " did not come: withheld, or never stored"));
  }
  bool show(const chat_row& it) override {
    std::string text = paint(bold, safe_text(it.chat)) + "  " + counted(it.last_seq, "message");
    if (it.unread != 0) text += ", " + paint(green, std::to_string(it.unread) + " unread");
    return line(text + changed(it.key_changed));
  }
  bool show(const message_row& it) override {
    return line(
        paint(dim, std::string("#") + std::to_string(it.seq) + "  " + local_time(it.sent_at_ms)) +
        "  " + paint(bold, safe_text(it.from)) + paint(dim, " → ") + safe_text(it.to) + ": " +
        said(it));
  }
  bool show(const broadcast_row& it) override {
    return line(
        paint(green, "home") +
        paint(dim, std::string(" #") + std::to_string(it.seq) + "  " + local_time(it.sent_at_ms)) +
        "  " + paint(bold, safe_text(it.from)) + ": " + safe_lines(it.text, text_indent));
  }
  bool show(const receipt_row& it) override {
    return line(paint(dim, std::string("✓ ") + safe_text(it.by) + " has received up to #" +
                               std::to_string(it.delivered_seq) + ", read up to #" +
                               std::to_string(it.read_seq)));
  }
  bool show(const presence_row& it) override {
    return line(presence(it.user, it.online, it.last_seen_ms));
  }
  bool show(const sent_row&) override { return !to_.closed(); }
  bool show(const saved_row&) override { return !to_.closed(); }
  bool show(const broadcast_sent_row&) override { return !to_.closed(); }
  bool show(const connection_row&) override { return !to_.closed(); }
  bool show(const error&) override { return !to_.closed(); }

 private:
  std::string paint(std::string_view with, std::string text) const {
    if (!color_) return text;
    return std::string(with) + text + std::string(plain);
  }

  static std::string address(const account_row& it) {
    if (it.email.empty()) return {};
    return "\n  address      " + safe_text(it.email) +
           (it.email_confirmed ? "" : " (not confirmed: uod email confirm)");
  }

  std::string changed(bool is_so) const {
    return is_so ? paint(yellow, "  ⚠ another key: uod contacts verify") : std::string{};
  }

  /// What is not what it seems is said before the text, where it cannot be overlooked.
  std::string said(const message_row& it) const {
    if (it.trouble) return paint(yellow, "⚠ not shown: " + safe_text(to_text(*it.trouble)));
    std::string warning;
    if (it.misplaced) warning += paint(yellow, "⚠ moved, or the server was set back: ");
    if (it.key_changed) warning += paint(yellow, "⚠ by a key that nobody has confirmed: ");
    if (!it.file) return warning + safe_lines(it.text, text_indent);
    return warning + "file " + safe_text(it.file->name) + ", " + std::to_string(it.file->size) +
           " octets: uod save";
  }

  static std::string counted(std::uint64_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
  }

  std::string presence(const std::string& user, bool online, std::uint64_t last_seen_ms) const {
    const std::string name = safe_text(user);
    if (online) return paint(green, "●") + " " + name + "  online";
    if (last_seen_ms == 0) return "○ " + name + "  offline";
    return "○ " + name + "  offline, last seen " + local_time(last_seen_ms);
  }

  bool line(const std::string& text) { return to_.write(text + "\n"); }

  output& to_;
  bool color_;
};

}  // namespace

namespace {

bool text_renderer::show(const safety_number_row& it) {
  std::string text = "safety number with " + paint(bold, safe_text(it.user)) +
                     (it.verified ? paint(green, "  verified") : std::string{}) +
                     changed(it.key_changed) + "\n";
  // Twelve groups of five, four in a line.
  std::size_t group = 0;
  std::string_view rest = it.safety_number;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    text += (group % 4 == 0 ? "\n    " : "  ") + safe_text(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++group;
  }
  return line(text + "\n\n" + qr_code(it.scannable));
}

}  // namespace

std::unique_ptr<renderer> make_text_renderer(output& to, bool color) {
  return std::make_unique<text_renderer>(to, color);
}

}  // namespace uod::terminal
