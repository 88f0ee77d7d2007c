#include "server/administration/console.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "protocol/safe_text.hpp"
#include "server/administration/text_rows.hpp"

namespace uod::administration {
namespace {

constexpr std::chrono::milliseconds between_drawings{100};

bool is_dumb() {
  const char* const terminal = std::getenv("TERM");
  return terminal == nullptr || std::string_view(terminal) == "dumb";
}

}  // namespace

console console::of_process(bool json) {
  const bool messages_seen = ::isatty(STDERR_FILENO) == 1;
  return {ends{std::cout, std::cerr, std::cin, ::isatty(STDIN_FILENO) == 1 && messages_seen,
               messages_seen && !is_dumb()},
          json};
}

console::~console() { clear_progress(); }

bool console::tell(const row& told) {
  clear_progress();
  ends_.out << (json_ ? json_of(told) : text_of(told)) << std::flush;
  return ends_.out.good();
}

bool console::tell_json(const row& told) {
  clear_progress();
  ends_.out << json_of(told) << std::flush;
  return ends_.out.good();
}

void console::warn(const std::string& text) {
  clear_progress();
  ends_.messages << "uod-server: " << safe_text(text) << std::endl;
}

void console::show(const storage::work_progress& now) {
  const auto moment = std::chrono::steady_clock::now();
  if (!ends_.animates || (drawn_ && moment - drawn_at_ < between_drawings)) return;
  drawn_ = true;
  drawn_at_ = moment;
  ends_.messages << "\r\x1b[K" << now.step;
  if (now.total != 0) ends_.messages << "  " << now.done * 100 / now.total << " %";
  ends_.messages << std::flush;
}

void console::clear_progress() {
  if (drawn_) ends_.messages << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

std::string console::ask(const std::string& question) {
  clear_progress();
  ends_.messages << safe_text(question) << " " << std::flush;
  std::string answer;
  std::getline(ends_.in, answer);
  return answer;
}

}  // namespace uod::administration
