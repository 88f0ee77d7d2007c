#include "tests/bench/listeners.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "client/engine/asio_runtime.hpp"
#include "client/engine/connection.hpp"
#include "client/engine/requests.hpp"
#include "client/engine/trusted_context.hpp"
#include "protocol/codec.hpp"
#include "protocol/password.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/message_maker.hpp"

namespace uod::bench {
namespace {

/// Connections that are being made at once: as many as the node's handshake timeout allows.
constexpr std::size_t starting_max = 200;
constexpr std::uint64_t patience_ms = 60'000;

/// What came of one broadcast, over all listeners.
struct round {
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
  std::size_t deliveries = 0;
  std::string body;
};

/// Everybody, and what they tell.
struct audience {
  explicit audience(client::endpoint where_in) : where(std::move(where_in)) {}

  client::endpoint where;
  client::asio_runtime world;
  message_maker maker;
  std::size_t ready = 0;
  std::map<std::uint64_t, round> rounds;  ///< that have not been told yet
  std::uint64_t told_seq = 0;
  std::string trouble;

  outcome<void> deliver(const broadcast& heard) {
    round& into = rounds[heard.seq];
    into.last_ns = now_ns();
    if (into.deliveries++ == 0) {
      into.first_ns = into.last_ns;
      into.body = heard.body;
    }
    if (into.body == heard.body) return {};
    return fail(errc::malformed, "broadcast " + std::to_string(heard.seq) + " is not one text");
  }
};

/// One connection. It stands below the engine, which would hide what comes twice, and costs less:
/// the less the listeners take, the more of the machine is the node's.
class listener final : private client::connection_owner {
 public:
  listener(audience& all, std::size_t number)
      : all_(all),
        name_("listener" + std::to_string(number)),
        link_(must(client::trusted_context({}), "TLS"), {}, all.world, *this) {
    link_.open(all.where);
  }

 private:
  outcome<void> on_link(const std::string&) override {
    say(hello{"uod-bench"});
    register_account wanted;
    wanted.id = account_id(all_.maker.new_id());
    wanted.name = name_;
    wanted.email = name_ + "@example.org";
    wanted.salt = random_bytes(salt_octets);
    wanted.argon2 = argon2_weakest;
    wanted.auth_key = random_bytes(auth_key_octets);
    wanted.device = {device_id(all_.maker.new_id()), "bench"};
    say(std::move(wanted));
    return {};
  }

  outcome<void> on_server(server_message received) override {
    if (std::holds_alternative<ping>(received.body)) {
      say(pong{});
    } else if (std::holds_alternative<logged_in>(received.body)) {
      say(subscribe{});
    } else if (const auto* begun = std::get_if<subscribed>(&received.body)) {
      last_seq_ = begun->broadcast;
      ++all_.ready;
    } else if (const auto* arrived = std::get_if<broadcasts_arrived>(&received.body)) {
      return take(*arrived);
    } else if (const auto* failed = std::get_if<failure>(&received.body)) {
      return tl::unexpected(failed->reason);
    }
    return {};
  }

  outcome<void> take(const broadcasts_arrived& arrived) {
    for (const auto& heard : arrived.broadcasts) {
      if (heard.seq != last_seq_ + 1) {
        return fail(errc::malformed, "broadcast " + std::to_string(heard.seq) + " came behind " +
                                         std::to_string(last_seq_));
      }
      last_seq_ = heard.seq;
      if (auto good = all_.deliver(heard); !good) return good;
    }
    return {};
  }

  void on_session_offer(const bytes&) override {}
  void on_replay(const frame_id& id) override {
    all_.trouble = name_ + ": frame " + to_text(id) + " came twice";
  }
  void on_room() override {
    if (const auto pumped = link_.pump(); !pumped) on_lost(pumped.error());
  }
  void on_lost(const error& why) override { all_.trouble = name_ + ": " + to_text(why); }

  void say(client_body body) {
    const lane in = client::lane_of(body);
    link_.send(in, encode(client_message{++last_request_, std::move(body)}));
  }

  audience& all_;
  std::string name_;
  std::uint32_t last_request_ = 0;
  std::uint64_t last_seq_ = 0;
  client::connection link_;  ///< last: it calls back into the rest
};

/// Fails as soon as anything has; otherwise waits for `done`.
void wait_until(audience& all, const std::function<bool()>& done, const std::string& what) {
  bool late = false;
  const auto limit = all.world.after(patience_ms, [&] { late = true; });
  all.world.run_until([&] { return late || !all.trouble.empty() || done(); });
  if (!all.trouble.empty()) throw std::runtime_error(all.trouble);
  if (late) throw std::runtime_error("no end of it: " + what);
}

void say_line(const nlohmann::json& line) {
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

/// Once everybody has the broadcast with this `seq`, tells of all that came since the last time.
void tell(audience& all, std::uint64_t seq, std::size_t count) {
  wait_until(
      all, [&] { return seq <= all.told_seq || all.rounds[seq].deliveries >= count; },
      "broadcast " + std::to_string(seq));
  auto told = nlohmann::json::array();
  for (const auto& [at, each] : all.rounds) {
    if (at <= seq) {
      told.push_back({{"seq", at},
                      {"first_ns", each.first_ns},
                      {"last_ns", each.last_ns},
                      {"deliveries", each.deliveries},
                      {"body", each.body}});
    }
  }
  all.told_seq = seq;
  all.rounds.erase(all.rounds.begin(), all.rounds.upper_bound(seq));
  say_line({{"cpu_s", cpu_s()}, {"rounds", told}});
}

}  // namespace

void run_listeners(const client::endpoint& node, std::size_t count) {
  audience all(node);
  std::vector<std::unique_ptr<listener>> people;
  while (all.ready < count) {
    while (people.size() < count && people.size() - all.ready < starting_max) {
      people.push_back(std::make_unique<listener>(all, people.size()));
    }
    wait_until(
        all, [&, before = all.ready] { return all.ready > before; }, "signing up");
  }
  say_line({{"ready", count}});

  bytes asked;
  bool over = false;
  const auto questions = all.world.read_from(STDIN_FILENO, [&](bytes_view piece) {
    asked += piece;
    over = piece.empty();
  });
  for (;;) {
    all.world.run_until(
        [&] { return over || !all.trouble.empty() || asked.find('\n') != bytes::npos; });
    if (!all.trouble.empty()) throw std::runtime_error(all.trouble);
    if (over) return;
    std::uint64_t seq = 0;
    std::from_chars(asked.data(), asked.data() + asked.size(), seq);
    asked.erase(0, asked.find('\n') + 1);
    tell(all, seq, count);
  }
}

}  // namespace uod::bench
