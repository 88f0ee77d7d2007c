#include "client/commands/file_transfer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "client/commands/interruption.hpp"

namespace uod::client {
namespace {

constexpr std::uint64_t draw_every_ms = 100;
/// Where a server asks for patience and does not say how much.
constexpr std::uint32_t rest_ms = 250;

}  // namespace

std::string octets_text(std::uint64_t octets) {
  constexpr std::array units = {"KiB", "MiB", "GiB", "TiB"};
  if (octets < 1024) return std::to_string(octets) + " B";
  auto value = static_cast<double>(octets) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
  return text.data();
}

file_transfer::file_transfer(context& with, conversation& talk, std::string what,
                             std::uint64_t octets)
    : with_(with),
      talk_(talk),
      what_(std::move(what)),
      octets_(octets),
      begun_ms_(talk.world().steady_ms()),
      moved_ms_(begun_ms_) {}

void file_transfer::moved_to(std::uint64_t octets) {
  const auto now = talk_.world().steady_ms();
  moved_ms_ = now;
  over_ = octets;
  // What an earlier attempt has brought over says nothing of how fast this one is.
  if (!before_) before_ = octets;
  if (now - drawn_ms_ < draw_every_ms) return;
  drawn_ms_ = now;
  const auto fresh = octets > *before_ ? octets - *before_ : 0;
  const auto span_ms = std::max<std::uint64_t>(now - begun_ms_, 1);
  const auto percent = octets_ == 0 ? 100 : octets * 100 / octets_;
  const std::string bar(static_cast<std::size_t>(percent / 5), '#');
  with_.status.show(what_ + " [" + bar +
                    std::string(20 - std::min<std::size_t>(bar.size(), 20), '.') + "] " +
                    octets_text(octets) + " of " + octets_text(octets_) + ", " +
                    octets_text(fresh * 1000 / span_ms) + "/s");
}

outcome<void> file_transfer::wait(const std::function<bool()>& so) {
  moved_ms_ = talk_.world().steady_ms();
  while (!so()) {
    // A connection that has just come back has its time from then on.
    const auto late = std::max(moved_ms_, talk_.connected_at_ms()) + with_.timeout_ms();
    const auto now = talk_.world().steady_ms();
    if (now >= late) return tl::unexpected(talk_.no_answer());
    const auto waited = talk_.wait_until(so, late - now);
    const bool is_over = talk_.ended() || interruption::received() != 0;
    if (!waited && is_over) return waited;
  }
  return {};
}

outcome<void> file_transfer::rest(std::uint32_t retry_after_ms) {
  const auto waited =
      talk_.wait_until([] { return false; }, retry_after_ms != 0 ? retry_after_ms : rest_ms);
  if (talk_.ended() || interruption::received() != 0) return waited;
  return {};
}

error file_transfer::account_for(error why) const {
  why.detail += (why.detail.empty() ? "" : "; ") + what_ + ": " + octets_text(over_) + " of " +
                octets_text(octets_) + " are over; the same command goes on from there";
  return why;
}

}  // namespace uod::client
