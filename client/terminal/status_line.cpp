#include "client/terminal/status_line.hpp"

#include "client/terminal/safe_text.hpp"

namespace uod::terminal {

void status_line::say(std::string_view text) {
  if (!manner_.quiet) put(text);
}

void status_line::say_more(std::string_view text) {
  if (manner_.verbose) put(text);
}

void status_line::say_failure(std::string_view text) {
  clear();
  // A configuration file's problems come a line each.
  to_.write(std::string(manner_.program) + ": " + safe_lines(text, 2) + "\n");
}

void status_line::show(std::string_view text) {
  if (!manner_.animate || manner_.quiet) return;
  to_.write("\r\x1b[K" + safe_text(text));
  drawn_ = true;
}

void status_line::clear() {
  if (drawn_) to_.write("\r\x1b[K");
  drawn_ = false;
}

void status_line::put(std::string_view text) {
  clear();
  to_.write(safe_text(text) + "\n");
}

}  // namespace uod::terminal
