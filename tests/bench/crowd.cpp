#include "tests/bench/crowd.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "protocol/password.hpp"
#include "tests/bench/measure.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t text_bytes = 128;
constexpr std::uint64_t patience_ms = 60'000;
constexpr int stamp_base = 16;
constexpr std::uint64_t ns_per_s = 1'000'000'000;

/// A text that carries the instant its time counts from.
std::string stamped_text(std::uint64_t ns) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), ns, stamp_base);
  std::string text(digits.data(), end.ptr);
  text.resize(text_bytes, '.');
  return text;
}

std::uint64_t stamp_of(const std::string& text) {
  std::uint64_t ns = 0;
  std::from_chars(text.data(), text.data() + text.size(), ns, stamp_base);
  return ns;
}

/// Becomes readable at each step of a plan. The runtime's own timers count whole milliseconds,
/// which is too coarse for what takes one.
class ticker {
 public:
  explicit ticker(std::uint64_t interval_ns)
      : descriptor_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    itimerspec every{};
    every.it_interval.tv_sec = static_cast<time_t>(interval_ns / ns_per_s);
    every.it_interval.tv_nsec = static_cast<long>(interval_ns % ns_per_s);
    every.it_value = every.it_interval;
    if (descriptor_ < 0 || ::timerfd_settime(descriptor_, 0, &every, nullptr) != 0) {
      throw std::runtime_error("no timer");
    }
  }
  ~ticker() { ::close(descriptor_); }
  ticker(const ticker&) = delete;
  ticker& operator=(const ticker&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

/// One user: an engine and who listens to it.
class crowd::person final : public client::engine_listener {
 public:
  person(crowd& owner, const client::endpoint& node, std::string name_in)
      : name(std::move(name_in)),
        owner_(owner),
        engine({.servers = {node}, .program = "uod-bench"}, owner.world_, *this) {}

  tls_trust trust_for(const client::endpoint&) override { return {}; }
  outcome<void> on_fingerprint(const client::endpoint&, const std::string&) override { return {}; }
  void on_trouble(const error& why) override { owner_.trouble_ = name + ": " + to_text(why); }
  void on_end(const error& why) override { owner_.trouble_ = name + ": " + to_text(why); }
  void on_message(const client::message_event& event) override {
    if (reads) owner_.deliver(*reads, event.stored.body);
  }

  /// Makes the account under a random key: what Argon2 would cost is the client's, and not asked.
  void sign_up(std::function<void()> then) {
    register_account wanted;
    wanted.id = account_id(engine.make_message_id());
    wanted.name = name;
    wanted.email = name + "@example.org";
    wanted.salt = random_bytes(salt_octets);
    wanted.argon2 = argon2_weakest;
    wanted.auth_key = random_bytes(auth_key_octets);
    wanted.device = {device_id(engine.make_message_id()), "bench"};
    engine.ask_for<logged_in>(std::move(wanted),
                              [this, then = std::move(then)](const outcome<logged_in>& answered) {
                                if (answered) return then();
                                owner_.trouble_ = name + ": " + to_text(answered.error());
                              });
  }

  std::string name;
  pair* reads = nullptr;

 private:
  crowd& owner_;

 public:
  client::engine engine;  ///< last: it calls back into the rest
};

struct crowd::pair {
  pair(crowd& owner, const client::endpoint& node, std::size_t number)
      : writer(owner, node, "writer" + std::to_string(number)),
        reader(owner, node, "reader" + std::to_string(number)) {
    reader.reads = this;
  }
  person writer;
  person reader;
  chat_id chat;
  bool open = false;
};

crowd::crowd(const client::endpoint& node, std::size_t pairs_count) {
  for (std::size_t number = 0; number < pairs_count; ++number) {
    pairs_.push_back(std::make_unique<pair>(*this, node, number));
  }
}

// People first: what they still waited for is told to the rest of this.
crowd::~crowd() {
  pairs_.clear();
  speaker_.reset();
}

void crowd::add_speaker(const client::endpoint& node, const std::string& name) {
  speaker_ = std::make_unique<person>(*this, node, name);
}

void crowd::wait_until(const std::function<bool()>& done, const std::string& what) {
  bool late = false;
  const auto limit = world_.after(patience_ms, [&] { late = true; });
  world_.run_until([&] { return late || !trouble_.empty() || done(); });
  if (!trouble_.empty()) throw std::runtime_error(trouble_);
  if (late) throw std::runtime_error("no end of it: " + what);
}

void crowd::settle() {
  std::size_t signed_up = 0;
  std::size_t opened = 0;
  for (auto& each : pairs_) {
    for (person* one : {&each->writer, &each->reader}) {
      one->engine.start();
      one->sign_up([&signed_up, one] {
        ++signed_up;
        one->engine.subscribe({});
      });
    }
  }
  if (speaker_) {
    speaker_->engine.start();
    speaker_->sign_up([&signed_up] { ++signed_up; });
  }
  const std::size_t people_count = 2 * pairs_.size() + (speaker_ ? 1 : 0);
  wait_until([&] { return signed_up == people_count; }, "signing up");
  for (auto& each : pairs_) {
    each->writer.engine.ask_for<chat_opened>(open_chat{each->reader.name},
                                             [&, at = each.get()](outcome<chat_opened> answered) {
                                               if (!answered)
                                                 return void(trouble_ = to_text(answered.error()));
                                               at->chat = answered->chat.id;
                                               ++opened;
                                             });
  }
  wait_until(
      [&] {
        return opened == pairs_.size() && std::all_of(pairs_.begin(), pairs_.end(), [](auto& each) {
                 return each->reader.engine.position() && each->writer.engine.position();
               });
      },
      "opening chats");
}

void crowd::write(pair& at, std::uint64_t stamp_ns) {
  ++under_way_;
  at.writer.engine.send_text(at.chat, stamped_text(stamp_ns),
                             [this](const outcome<message_sent>& sent) {
                               if (!sent)
                                 trouble_ = "a message was refused: " + to_text(sent.error());
                             });
}

void crowd::deliver(pair& at, const std::string& text) {
  latencies_us_.push_back(static_cast<std::uint32_t>((now_ns() - stamp_of(text)) / 1000));
  --under_way_;
  if (window_ > 0) write(at, now_ns());
}

void crowd::begin(std::size_t window) {
  window_ = window;
  for (auto& each : pairs_) {
    for (std::size_t sent = 0; sent < window; ++sent) write(*each, now_ns());
  }
}

crowd_run crowd::run(double seconds) {
  latencies_us_.clear();
  const double wall_from = wall_s();
  const double cpu_from = cpu_s();
  bool over = false;
  const auto end = world_.after(static_cast<std::uint64_t>(seconds * 1000), [&] { over = true; });
  wait_until([&] { return over; }, "a run");
  crowd_run result;
  result.seconds = wall_s() - wall_from;
  result.cpu_s = cpu_s() - cpu_from;
  result.latencies_us = std::move(latencies_us_);
  latencies_us_ = {};
  return result;
}

void crowd::finish() {
  window_ = 0;
  wait_until(
      [&] {
        return under_way_ == 0 && std::all_of(pairs_.begin(), pairs_.end(), [](auto& each) {
                 return each->writer.engine.pending_requests() == 0;
               });
      },
      std::to_string(under_way_) + " messages that have not arrived");
}

void crowd::speak(std::uint64_t planned_ns) {
  const std::string text = stamped_text(planned_ns);
  ++under_way_;
  speaker_->engine.send_broadcast(
      text, [this, text, planned_ns](const outcome<broadcast_sent>& sent) {
        --under_way_;
        if (!sent) return void(trouble_ = "a broadcast was refused: " + to_text(sent.error()));
        broadcasts_.push_back({sent->seq, text, planned_ns, now_ns()});
      });
}

crowd_run crowd::follow(const crowd_plan& plan) {
  const auto total = static_cast<std::size_t>(plan.seconds * plan.messages_per_s);
  // Where nobody chats, time is looked at each millisecond, for the broadcasts.
  const double steps_per_s = total > 0 ? plan.messages_per_s : 1'000;
  const auto interval_ns = static_cast<std::uint64_t>(ns_per_s / steps_per_s);
  const auto broadcast_interval_ns = static_cast<std::uint64_t>(
      plan.seconds * ns_per_s / static_cast<double>(std::max<std::size_t>(plan.broadcasts, 1)));
  latencies_us_.clear();
  broadcasts_.clear();
  std::size_t written = 0;
  std::size_t spoken_count = 0;
  const double cpu_from = cpu_s();
  const std::uint64_t from_ns = now_ns();
  const ticker steps(interval_ns);
  const auto input = world_.read_from(steps.descriptor(), [&](bytes_view) {
    const std::uint64_t now = now_ns();
    for (; written < total; ++written) {
      const std::uint64_t planned = from_ns + (written + 1) * interval_ns;
      if (planned > now) break;
      write(*pairs_[written % pairs_.size()], planned);
    }
    for (; spoken_count < plan.broadcasts; ++spoken_count) {
      // In the middles, so that the last one is out when the plan ends.
      const std::uint64_t planned =
          from_ns + spoken_count * broadcast_interval_ns + broadcast_interval_ns / 2;
      if (planned > now) break;
      speak(planned);
    }
  });
  wait_until([&] { return written == total && spoken_count == plan.broadcasts && under_way_ == 0; },
             "a plan");
  crowd_run result;
  result.seconds = static_cast<double>(now_ns() - from_ns) / ns_per_s;
  result.cpu_s = cpu_s() - cpu_from;
  result.latencies_us = std::exchange(latencies_us_, {});
  result.broadcasts = std::exchange(broadcasts_, {});
  return result;
}

}  // namespace uod::bench
