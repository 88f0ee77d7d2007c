#include "tests/simulation/world.hpp"

#include <unistd.h>

#include <map>
#include <set>

#include "protocol/codes.hpp"
#include "protocol/password.hpp"
#include "protocol/tls_identity.hpp"
#include "storage/sqlite_store.hpp"

namespace uod::simulation {
namespace {

/// Made once for all worlds: RSA, whose signatures all have one length, so that a seed's run does
/// not depend on a signature's octets.
const tls_identity& node_identity() {
  static const tls_identity made =
      *make_tls_identity(key_kind::rsa_2048, "node", static_cast<std::int64_t>(epoch_ms / 1000));
  return made;
}

server_config small_node() {
  server_config config;
  // The cheapest that the protocol allows, and bounds that a short story reaches.
  config.argon2.memory_kib = argon2_weakest.memory_kib;
  config.argon2.passes = argon2_weakest.passes;
  config.limits.requests_in_flight_max = 8;
  config.limits.store_queue_max = 6;
  config.limits.page_rows_max = 7;
  config.limits.outbox_bytes_max = 3000;
  // Refusals have stories of their own, and a client that goes on by itself is another's work.
  for (const auto& each : rate_settings()) config.rates.*each.member = rate{};
  return config;
}

std::filesystem::path fresh_directory(std::uint64_t seed) {
  const auto base = std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                        : std::filesystem::temp_directory_path();
  auto path = base / ("uod-simulation-" + std::to_string(::getpid()) + "-" + std::to_string(seed));
  std::filesystem::create_directories(path);
  return path;
}

/// A code that makes Alice a premium member, put into the store before the node begins.
constexpr const char* premium_code = "0000-1111-2222-3333-4444-5555";

void put_premium_code(const std::filesystem::path& database) {
  const auto store =
      *storage::open_sqlite({.file = database, .durable = storage::durability::process_crash});
  storage::premium_code_record code;
  code.id.octets[0] = 1;
  code.stored = stored_premium_code(*parse_code(premium_code, premium_code_characters, {}));
  const std::vector<storage::account_change> changes{storage::add_premium_codes{{code}}};
  if (!(*store->make_account_writer())->commit(changes)) throw std::runtime_error("no code");
}

constexpr std::uint64_t quiet_ms_max = 10 * 60 * 1000;

}  // namespace

world::world(std::uint64_t seed) : time_(seed), directory_(fresh_directory(seed)) {
  put_premium_code(directory_ / "uod.db");
  node_ = std::make_shared<node>(time_, directory_ / "uod.db", node_identity(), small_node());
  node_->start();
  const auto fingerprint = *fingerprint_of_certificate(node_identity().certificate_pem);
  const auto delay_ms_max = time_.between(1, 300);
  alice_ = std::make_unique<person>(time_, node_, "alice", fingerprint, delay_ms_max);
  tablet_ = std::make_unique<person>(time_, node_, "alice", fingerprint, delay_ms_max);
  bob_ = std::make_unique<person>(time_, node_, "bob", fingerprint, delay_ms_max);
}

world::~world() {
  alice_.reset();
  tablet_.reset();
  bob_.reset();
  node_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void world::run_for(std::uint64_t span_ms) {
  run_until([] { return false; }, span_ms);
}

bool world::run_until(const std::function<bool()>& reached, std::uint64_t span_ms) {
  // CAF's own timeouts are not in our queue of events: look in on them this often.
  constexpr std::uint64_t step_ms_max = 20;
  const std::uint64_t end_ms = time_.now_ms() + span_ms;
  for (;;) {
    do {
      node_->run_actors();
    } while (time_.step());
    if (reached()) return true;
    if (time_.now_ms() >= end_ms) return false;
    const auto next_ms = std::min({time_.next_ms(), time_.now_ms() + step_ms_max, end_ms});
    node_->advance(next_ms - time_.now_ms());
    time_.move_to(next_ms);
  }
}

void world::say_something(person& who, std::uint64_t& count) {
  if (!who.has_chat()) return;
  const auto lines = time_.one_in(5) ? time_.between(10, 40) : time_.between(1, 3);
  for (std::uint64_t line = 0; line < lines; ++line) {
    who.send(who.name() + " " + std::to_string(++count));
  }
}

void world::misfortune() {
  person& someone = time_.one_in(3) ? *tablet_ : time_.one_in(2) ? *alice_ : *bob_;
  switch (time_.between(1, 10)) {
    case 1:
    case 2:
    case 3:
      return someone.cut_link();
    case 4:
      return someone.silence_link();
    case 5:
    case 6:
      return someone.restart();
    case 7:
      return node_->running() ? node_->kill() : node_->start();
    case 8:
      return node_->running() ? node_->drain() : node_->start();
    default:
      if (!node_->running()) node_->start();
      return alice_->send_again();
  }
}

void world::live() {
  alice_->start_and_register(premium_code);
  bob_->start_and_register();
  // With a place in the stream of their own before a second device marks things as delivered.
  run_until([this] { return alice_->placed() && bob_->placed(); }, quiet_ms_max);
  tablet_->start_and_log_in();
  alice_->open_chat("bob");
  bob_->open_chat("alice");
  const auto chapters = time_.between(10, 30);
  for (std::uint64_t chapter = 0; chapter < chapters; ++chapter) {
    say_something(*alice_, alice_said_);
    say_something(*bob_, bob_said_);
    for (std::uint64_t lines = time_.one_in(3) ? time_.between(1, 9) : 0; lines > 0; --lines) {
      alice_->broadcast("to all " + std::to_string(++broadcast_));
    }
    if (time_.one_in(2)) misfortune();
    run_for(time_.between(1, 4000));
  }
  run_until([this] { return !node_->draining(); }, quiet_ms_max);
  if (!node_->running()) node_->start();
  run_until([this] { return quiet(); }, quiet_ms_max);
  run_for(5000);
}

bool world::quiet() const {
  if (!node_->running() || !alice_->has_chat() || !bob_->has_chat()) return false;
  const auto expected = alice_said_ + bob_said_;
  const auto settled = [&](const person& who) { return who.connected() && who.idle(); };
  std::set<std::uint64_t> on_tablet;
  for (const auto& event : tablet_->told) on_tablet.insert(event.stored.seq);
  return settled(*alice_) && settled(*bob_) && tablet_->connected() &&
         on_tablet.size() == expected && tablet_->heard.size() >= broadcast_ &&
         bob_->heard.size() >= broadcast_;
}

std::vector<message> world::stored_messages() {
  std::vector<message> stored;
  const auto reader = node_->open_reader();
  std::uint64_t after = 0;
  for (;;) {
    const auto page = reader->feed(alice_->account(), after, 500, 1024 * 1024);
    if (!page) return stored;
    stored.insert(stored.end(), page->messages.begin(), page->messages.end());
    if (!page->more) return stored;
    after = stored.back().position;
  }
}

void world::check_store(std::vector<std::string>& broken, const std::vector<message>& stored) {
  std::uint64_t seq = 0;
  std::map<account_id, std::uint64_t> last_of;
  for (const auto& each : stored) {
    if (each.seq != ++seq) broken.push_back("seq " + std::to_string(seq) + " is missing");
    const auto number = std::stoull(each.body.substr(each.body.find(' ') + 1));
    auto& last = last_of[each.sender];
    if (number != last + 1) broken.push_back("'" + each.body + "' is doubled or out of order");
    last = number;
  }
  if (stored.size() != alice_said_ + bob_said_) {
    broken.push_back(std::to_string(stored.size()) + " of " +
                     std::to_string(alice_said_ + bob_said_) + " messages are stored");
  }
}

void world::check_acknowledged(std::vector<std::string>& broken, const person& who,
                               const std::vector<message>& stored) {
  std::map<message_id, const message*> by_id;
  for (const auto& each : stored) by_id[each.id] = &each;
  for (const auto& [id, ack] : who.acks) {
    const auto found = by_id.find(id);
    const bool there = found != by_id.end() && found->second->seq == ack.sent.seq &&
                       found->second->position == ack.sent.position &&
                       found->second->sent_at_ms == ack.sent.sent_at_ms &&
                       found->second->body == ack.text;
    if (!there) broken.push_back("acknowledged and lost or altered: " + ack.text);
  }
}

void world::check_told(std::vector<std::string>& broken, const person& who,
                       const std::vector<message>& stored, bool own_too) {
  std::map<std::uint64_t, std::uint64_t> times;
  for (const auto& event : who.told) ++times[event.stored.position];
  for (const auto& each : stored) {
    const bool own = each.sender == who.account();
    const auto told = times[each.position];
    // A device leaves out what it sent itself, unless it was started anew since.
    const bool good = own && !own_too ? told <= 1 : told == 1;
    if (!good) {
      broken.push_back(who.name() + (own_too ? "'s tablet" : "'s phone") + " was told " +
                       std::to_string(told) + " times of '" + each.body + "'");
    }
  }
}

void world::check_heard(std::vector<std::string>& broken) {
  const auto reader = node_->open_reader();
  const auto page = reader->home_behind(0, 500, 1024 * 1024);
  std::uint64_t seq = 0;
  for (const auto& each : page->broadcasts) {
    ++seq;
    if (each.seq != seq || each.body != "to all " + std::to_string(seq)) {
      broken.push_back("broadcast '" + each.body + "' is doubled or out of order");
    }
    const auto ack = alice_->broadcast_acks.find(each.id);
    if (ack == alice_->broadcast_acks.end() || ack->second.seq != seq) {
      broken.push_back("broadcast '" + each.body + "' was acknowledged as another");
    }
  }
  if (seq != broadcast_) broken.push_back(std::to_string(seq) + " broadcasts are stored");
  for (const auto* who : {alice_.get(), tablet_.get(), bob_.get()}) {
    std::map<std::uint64_t, int> times;
    for (const auto& event : who->heard) ++times[event.stored.seq];
    for (std::uint64_t each = 1; each <= seq; ++each) {
      // The device that told it leaves it out, unless it was started anew since.
      const bool good = who == alice_.get() ? times[each] <= 1 : times[each] == 1;
      if (!good) {
        broken.push_back(who->name() + " heard broadcast " + std::to_string(each) + " " +
                         std::to_string(times[each]) + " times");
      }
    }
  }
}

void world::check_marks(std::vector<std::string>& broken, const std::vector<message>& stored) {
  if (stored.empty()) return;
  const auto reader = node_->open_reader();
  const auto chat = reader->chat(stored.front().chat, alice_->account());
  for (const auto& each : chat->members) {
    std::uint64_t last_of_others = 0;
    for (const auto& one : stored) {
      if (one.sender != each.id) last_of_others = one.seq;
    }
    if (each.delivered_seq < last_of_others) {
      broken.push_back(each.name + "'s delivered mark stands at " +
                       std::to_string(each.delivered_seq) + " of " +
                       std::to_string(last_of_others));
    }
  }
}

std::vector<std::string> world::broken_promises() {
  std::vector<std::string> broken;
  for (const auto* who : {alice_.get(), tablet_.get(), bob_.get()}) {
    broken.insert(broken.end(), who->faults.begin(), who->faults.end());
  }
  if (!quiet()) {
    const auto state = [](const person& who) {
      return who.name() + (who.connected() ? " connected" : " apart") +
             (who.idle() ? ", idle" : ", waiting") + ", told " + std::to_string(who.told.size()) +
             ", acknowledged " + std::to_string(who.acks.size());
    };
    broken.push_back("they did not come to rest within ten minutes: " + state(*alice_) + "; " +
                     state(*tablet_) + "; " + state(*bob_) + "; the node " +
                     (node_->running() ? "runs" : "is down"));
  }
  if (!alice_->known() || !bob_->known() || !tablet_->known()) return broken;
  const auto stored = stored_messages();
  check_store(broken, stored);
  check_acknowledged(broken, *alice_, stored);
  check_acknowledged(broken, *bob_, stored);
  check_told(broken, *alice_, stored, false);
  check_told(broken, *bob_, stored, false);
  check_told(broken, *tablet_, stored, true);
  check_marks(broken, stored);
  check_heard(broken);
  return broken;
}

}  // namespace uod::simulation
