#include <boost/test/unit_test.hpp>
#include <numeric>

#include "actors/account_store.hpp"
#include "actors/message_store.hpp"
#include "actors/supervisor.hpp"
#include "tests/actors/household.hpp"

using namespace uod;
using tests::household;

namespace {

/// A writer in front of the real one, with a disk that can be full.
class moody_writer final : public storage::message_writer {
 public:
  struct mood {
    bool full = false;
    std::vector<std::size_t> commits;  ///< changes in each
  };
  moody_writer(std::unique_ptr<message_writer> real, std::shared_ptr<mood> now)
      : real_(std::move(real)), now_(std::move(now)) {}

  outcome<std::vector<outcome<storage::message_result>>> commit(
      std::vector<storage::message_change> changes, std::uint64_t now_ms) override {
    now_->commits.push_back(changes.size());
    if (now_->full) return fail(errc::storage_full, "the disk");
    return real_->commit(std::move(changes), now_ms);
  }

 private:
  std::unique_ptr<message_writer> real_;
  std::shared_ptr<mood> now_;
};

class moody_store final : public storage::store {
 public:
  moody_store(std::shared_ptr<store> real, std::shared_ptr<moody_writer::mood> now)
      : real_(std::move(real)), now_(std::move(now)) {}
  outcome<std::unique_ptr<storage::account_writer>> make_account_writer() override {
    return real_->make_account_writer();
  }
  outcome<std::unique_ptr<storage::message_writer>> make_message_writer() override {
    auto real = real_->make_message_writer();
    if (!real) return real;
    return std::make_unique<moody_writer>(std::move(*real), now_);
  }
  outcome<std::unique_ptr<storage::file_register>> make_file_register() override {
    return real_->make_file_register();
  }
  outcome<std::unique_ptr<storage::reader>> make_reader() override { return real_->make_reader(); }

 private:
  std::shared_ptr<store> real_;
  std::shared_ptr<moody_writer::mood> now_;
};

/// Alice and Bob in a house whose message store has moods.
struct moody_house {
  household house;
  std::shared_ptr<moody_writer::mood> mood = std::make_shared<moody_writer::mood>();
  household::visitor alice = house.arrive("alice");
  household::visitor bob = house.arrive("bob");
  chat_id chat;

  moody_house() {
    caf::anon_send_exit(house.node->message_store, caf::exit_reason::user_shutdown);
    house.run();
    house.node->message_store = house.system.spawn(
        message_store, house.node,
        std::shared_ptr<storage::store>(std::make_shared<moody_store>(house.store, mood)));
    house.run();
    chat = house.chat_of(alice, "bob");
    mood->commits.clear();
  }
};

frames_received lines(const chat_id& chat, std::uint8_t first_id, std::uint32_t count) {
  frames_received received;
  for (std::uint32_t line = 0; line < count; ++line) {
    const message_id id(tests::numbered(static_cast<std::uint8_t>(first_id + line)));
    received.messages.push_back(
        {100 + first_id + line, send_message{id, chat, content_type::text, "line"}});
  }
  return received;
}

/// A way in with nobody in it, or with somebody who does not leave.
struct paper_gate final : gate {
  void stop_accepting() override { accepting = false; }
  void close_all(const error&) override { told = true; }
  [[nodiscard]] std::size_t open_connections() const override { return open; }
  bool accepting = true;
  bool told = false;
  std::size_t open = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(stores)

BOOST_FIXTURE_TEST_CASE(what_has_gathered_shares_one_commit, moody_house) {
  caf::anon_send(alice.session, lines(chat, 100, 20));
  caf::anon_send(bob.session, lines(chat, 140, 20));
  house.run();
  BOOST_REQUIRE_EQUAL(mood->commits.size(), 1U);
  BOOST_TEST(mood->commits[0] == 40U);
  BOOST_TEST(alice.out->events<message_sent>().size() == 20U);
  BOOST_TEST(bob.out->events<message_sent>().size() == 20U);
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_refuses_everybody_in_the_commit_and_then_goes_on, moody_house) {
  house.ask(bob, subscribe{});
  mood->full = true;
  caf::anon_send(alice.session, lines(chat, 100, 3));
  house.run();
  for (const std::uint32_t request : {200U, 201U, 202U}) {
    BOOST_TEST((alice.out->refusal(request) == errc::storage_full));
  }
  BOOST_TEST(house.node->room.taken() == 0U);
  BOOST_TEST(bob.out->texts().empty());
  mood->full = false;
  caf::anon_send(alice.session, lines(chat, 110, 2));
  house.run();
  const auto sent = alice.out->events<message_sent>();
  BOOST_REQUIRE_EQUAL(sent.size(), 2U);
  BOOST_TEST(sent[0].seq == 1U);  // the failed ones used up no number
  BOOST_TEST(sent[1].seq == 2U);
  BOOST_TEST(bob.out->texts().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_same_message_again_is_answered_again_and_told_once, moody_house) {
  house.ask(bob, subscribe{});
  caf::anon_send(alice.session, lines(chat, 100, 1));
  house.run();
  caf::anon_send(alice.session, lines(chat, 100, 1));
  house.run();
  const auto sent = alice.out->events<message_sent>();
  BOOST_REQUIRE_EQUAL(sent.size(), 2U);
  BOOST_TEST((sent[0] == sent[1]));
  BOOST_TEST(bob.out->texts().size() == 1U);
}

BOOST_AUTO_TEST_CASE(who_leaves_is_noted_with_others_a_moment_later) {
  household house;
  auto alice = house.arrive("alice");
  auto bob = house.arrive("bob");
  const auto commits = house.counters.accounts.commit_ns.read();
  const auto count_of = [](const auto& reading) {
    return std::accumulate(reading.counts.begin(), reading.counts.end(), std::uint64_t{0});
  };
  house.clock.now_ms += 5'000;
  const auto left_at_ms = house.clock.now_ms;
  caf::anon_send(alice.session, link_ended{error{errc::link_closed}});
  caf::anon_send(bob.session, link_ended{error{errc::link_closed}});
  house.run();
  BOOST_TEST(count_of(house.counters.accounts.commit_ns.read()) == count_of(commits));
  house.pass(last_seen_delay_ms);
  BOOST_TEST(count_of(house.counters.accounts.commit_ns.read()) == count_of(commits) + 1);
  const auto reader = std::move(house.store->make_reader().value());
  for (const char* name : {"alice", "bob"}) {
    const auto account = reader->account_by_name(name).value().value();
    BOOST_TEST(account.last_seen_ms == left_at_ms);
    BOOST_TEST(reader->devices(account.id).value().at(0).last_seen_ms == left_at_ms);
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_drains_notes_who_has_just_left) {
  household house;
  auto alice = house.arrive("alice");
  house.clock.now_ms += 5'000;
  caf::anon_send(alice.session, link_ended{error{errc::link_closed}});
  house.run();
  caf::scoped_actor self(house.system);
  self->send(house.node->account_store, finish_commits{});
  house.run();
  const auto reader = std::move(house.store->make_reader().value());
  BOOST_TEST(reader->account_by_name("alice").value().value().last_seen_ms == house.clock.now_ms);
}

BOOST_AUTO_TEST_CASE(nobody_learns_from_the_salt_who_has_an_account) {
  household house;
  house.arrive("alice");
  auto stranger = house.connect();
  house.ask(stranger, hello{});
  const auto salt_of = [&](const char* name) {
    return *stranger.out->answer<salt>(house.ask(stranger, get_salt{name}));
  };
  const salt of_alice = salt_of("ALICE");
  const salt of_nobody = salt_of("nobody");
  BOOST_TEST(of_alice.value == bytes(salt_octets, 'n'));
  BOOST_TEST(of_nobody.value.size() == salt_octets);
  BOOST_TEST((of_nobody == salt_of("Nobody")));
  BOOST_TEST((of_nobody.argon2 == of_alice.argon2));
}

BOOST_AUTO_TEST_CASE(a_token_logs_in_until_it_is_revoked) {
  household house;
  auto alice = house.arrive("alice");
  const logged_in first = *alice.out->answer<logged_in>(2);
  auto tablet = house.connect();
  house.ask(tablet, hello{});
  const auto in = house.ask(
      tablet,
      log_in{"alice", bytes(auth_key_octets, 'a'), {device_id(tests::numbered(88)), "tablet"}});
  BOOST_REQUIRE(tablet.out->answer<logged_in>(in) != nullptr);
  const auto out = house.ask(tablet, log_out{true});
  BOOST_TEST(tablet.out->answer<done>(out) != nullptr);
  for (const auto* device : {&alice, &tablet}) {
    BOOST_REQUIRE(device->out->closed.has_value());
    BOOST_TEST((device->out->closed->code == errc::not_logged_in));
  }
  auto back = house.connect();
  house.ask(back, hello{});
  const auto refused = house.ask(back, resume{first.device, first.token});
  BOOST_TEST((back.out->refusal(refused) == errc::wrong_credentials));
}

BOOST_AUTO_TEST_CASE(a_lost_actor_ends_the_node) {
  household house;
  std::vector<std::string> lost;
  const auto boss = supervise(house.system, house.node, std::make_shared<paper_gate>(),
                              [&](const std::string& who) { lost.push_back(who); });
  house.run();
  caf::anon_send_exit(house.node->directory, caf::exit_reason::kill);
  house.run();
  BOOST_TEST(lost == std::vector<std::string>{"directory"});
  caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_node_drains_whole_or_is_cut_short) {
  for (const bool leaves : {true, false}) {
    household house;
    const auto way_in = std::make_shared<paper_gate>();
    way_in->open = 1;
    house.node->counters.open_to_people = true;
    const auto boss = supervise(house.system, house.node, way_in, [](const std::string&) {});
    std::optional<bool> whole;
    house.system.spawn([&](caf::event_based_actor* self) {
      self->request(boss, caf::infinite, drain_node{}).then([&](const node_drained& drained) {
        whole = drained.whole;
      });
    });
    house.run();
    BOOST_TEST(!way_in->accepting);
    BOOST_TEST(!house.node->counters.open_to_people);
    BOOST_TEST(way_in->told);
    BOOST_TEST(!whole.has_value());
    if (leaves) way_in->open = 0;
    for (int step = 0; step < 600 && !whole; ++step) house.pass(20);
    BOOST_REQUIRE(whole.has_value());
    BOOST_TEST(*whole == leaves);
    caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
  }
}

BOOST_AUTO_TEST_SUITE_END()
