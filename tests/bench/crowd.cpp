#include "tests/bench/crowd.hpp"

#include <array>
#include <charconv>
#include <chrono>

#include "protocol/password.hpp"
#include "tests/bench/measure.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t text_bytes = 128;
constexpr std::uint64_t patience_ms = 60'000;
constexpr int stamp_base = 16;

std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

/// A text that carries the instant it was written at.
std::string stamped_text() {
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), now_ns(), stamp_base);
  std::string text(digits.data(), end.ptr);
  text.resize(text_bytes, '.');
  return text;
}

std::uint64_t stamp_of(const std::string& text) {
  std::uint64_t ns = 0;
  std::from_chars(text.data(), text.data() + text.size(), ns, stamp_base);
  return ns;
}

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
crowd::~crowd() { pairs_.clear(); }

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
  wait_until([&] { return signed_up == 2 * pairs_.size(); }, "signing up");
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

void crowd::write(pair& at) {
  ++under_way_;
  at.writer.engine.send_text(at.chat, stamped_text(), [this](const outcome<message_sent>& sent) {
    if (!sent) trouble_ = "a message was refused: " + to_text(sent.error());
  });
}

void crowd::deliver(pair& at, const std::string& text) {
  latencies_us_.push_back(static_cast<std::uint32_t>((now_ns() - stamp_of(text)) / 1000));
  --under_way_;
  if (window_ > 0) write(at);
}

void crowd::begin(std::size_t window) {
  window_ = window;
  for (auto& each : pairs_) {
    for (std::size_t sent = 0; sent < window; ++sent) write(*each);
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

}  // namespace uod::bench
