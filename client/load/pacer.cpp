#include "client/load/pacer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "client/load/arrival.hpp"
#include "client/load/generator.hpp"

namespace uod::load {
namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
/// Not woken more often than this: what is due meanwhile goes out together, as it would anyhow.
constexpr std::uint64_t nap_ns_min = 100'000;

}  // namespace

pacer::pacer(client::asio_runtime& world, const std::vector<phase>& phases, std::uint64_t start_ns,
             std::function<void(std::uint64_t)> act)
    : act_(std::move(act)), descriptor_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
  for (const auto& each : phases) {
    const auto length = static_cast<std::uint64_t>(each.seconds * ns_per_s);
    parts_.push_back({start_ns, start_ns + length, each.rate, each.rate_end});
    start_ns += length;
  }
  input_ = world.read_from(descriptor_, [this](bytes_view) { look(); });
  look();
}

pacer::~pacer() {
  input_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t pacer::next_due_ns() const {
  const part& in = parts_[at_];
  if (in.rate <= 0 && in.rate_end <= 0) return never;
  const double seconds = static_cast<double>(in.to_ns - in.from_ns) / ns_per_s;
  const arrival_plan plan{in.rate, in.rate_end, seconds};
  const double number = static_cast<double>(number_) - 0.5;
  // A rate that ends with nothing has no instant for more.
  return number > plan.due_by(seconds) ? never : in.from_ns + plan.due_ns(number);
}

void pacer::look() {
  const std::uint64_t now = now_ns();
  std::uint64_t next = never;
  while (at_ < parts_.size()) {
    next = next_due_ns();
    if (next > parts_[at_].to_ns) {
      ++at_;
      number_ = 1;
      continue;
    }
    if (next > now) break;
    ++number_;
    act_(next);
  }
  if (at_ == parts_.size()) return;
  const std::uint64_t wake = std::max(next, now + nap_ns_min);
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(wake / ns_per_s);
  when.it_value.tv_nsec = static_cast<long>(wake % ns_per_s);
  ::timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace uod::load
