#include <boost/test/unit_test.hpp>

#include "tests/actors/household.hpp"
#include "tests/storage/sqlite_shell.hpp"

using namespace uod;
using uod::tests::household;

/// The outbox is emptied: now, later, or never; and nothing leaves twice.
namespace {

struct office {
  household house;

  std::vector<storage::outbox_row> waiting() {
    const auto reader = std::move(*house.store->make_reader());
    return reader->outbox(0, 100)->mails;
  }

  void answer(mail::verdict how, const std::string& why = "451 later") {
    house.post->answers = [how, why](const mail::letter&) { return mail::delivery{how, why}; };
  }
};

/// The store takes no such change of the outbox while this lives.
class broken_outbox {
 public:
  broken_outbox(const household& house, const std::string& change) : shell_(house.database()) {
    shell_.run("CREATE TRIGGER broken BEFORE " + change +
               " ON outbox BEGIN SELECT RAISE(FAIL, 'broken'); END");
  }
  ~broken_outbox() { shell_.run("DROP TRIGGER broken"); }
  broken_outbox(const broken_outbox&) = delete;
  broken_outbox& operator=(const broken_outbox&) = delete;

 private:
  storage::contract::sqlite_shell shell_;
};

constexpr std::uint64_t minute_ms = 60'000;
constexpr std::uint64_t hour_ms = 60 * minute_ms;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mailer_stories, office)

BOOST_AUTO_TEST_CASE(a_welcome_leaves_with_the_registration) {
  house.arrive("alice");
  BOOST_REQUIRE(house.letters("alice", "Welcome").size() == 1U);
  BOOST_TEST(waiting().empty());
  // A registration that fails has caused nothing.
  house.arrive("alice");
  BOOST_TEST(house.post->letters.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_cannot_leave_waits_longer_each_time) {
  answer(mail::verdict::try_again);
  house.arrive("alice");
  BOOST_TEST(house.post->attempts == 1);
  BOOST_REQUIRE(waiting().size() == 1U);
  BOOST_TEST(waiting()[0].last_error == "451 later");
  BOOST_TEST(waiting()[0].attempts == 1U);
  house.pass(minute_ms);
  BOOST_TEST(house.post->attempts == 2);
  house.pass(minute_ms);
  BOOST_TEST(house.post->attempts == 2);
  house.pass(minute_ms);
  BOOST_TEST(house.post->attempts == 3);
  answer(mail::verdict::delivered);
  house.pass(4 * minute_ms);
  BOOST_TEST(house.letters("alice", "Welcome").size() == 1U);
  BOOST_TEST(waiting().empty());
}

BOOST_AUTO_TEST_CASE(what_is_refused_stays_for_an_administrator) {
  answer(mail::verdict::refused, "550 no such user");
  house.arrive("alice");
  for (int i = 0; i < 48; ++i) house.pass(hour_ms);
  BOOST_TEST(house.post->attempts == 1);
  BOOST_REQUIRE(waiting().size() == 1U);
  BOOST_TEST((waiting()[0].state == storage::mail_state::refused));
  answer(mail::verdict::delivered);
  caf::anon_send(house.node->account_store,
                 change_account{storage::retry_mail{waiting()[0].mail.id, house.clock.now_ms}});
  house.run();
  BOOST_TEST(house.letters("alice", "Welcome").size() == 1U);
}

BOOST_AUTO_TEST_CASE(after_days_it_is_given_up) {
  answer(mail::verdict::try_again);
  house.arrive("alice");
  for (int i = 0; i < 5 * 24 + 2; ++i) house.pass(hour_ms);
  BOOST_REQUIRE(waiting().size() == 1U);
  BOOST_TEST((waiting()[0].state == storage::mail_state::refused));
  const auto attempts = house.post->attempts;
  for (int i = 0; i < 48; ++i) house.pass(hour_ms);
  BOOST_TEST(house.post->attempts == attempts);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_leave_keeps_no_other) {
  house.post->answers = [](const mail::letter& letter) {
    const bool alices = letter.to.starts_with("alice");
    return mail::delivery{alices ? mail::verdict::try_again : mail::verdict::delivered, "later"};
  };
  house.arrive("alice");
  house.arrive("bob");
  BOOST_TEST(house.letters("bob", "Welcome").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_code_that_has_expired_does_not_leave) {
  auto alice = house.arrive("alice");
  answer(mail::verdict::try_again);
  house.ask(alice, send_email_code{});
  BOOST_REQUIRE(waiting().size() == 1U);
  for (int i = 0; i < 25; ++i) house.pass(hour_ms);
  answer(mail::verdict::delivered);
  for (int i = 0; i < 3; ++i) house.pass(hour_ms);
  BOOST_TEST(house.letters("alice", "Confirm").empty());
  BOOST_TEST(waiting().empty());
}

BOOST_AUTO_TEST_CASE(a_rate_spreads_a_flood) {
  server_config config;
  config.mail.per_minute_max = 60;
  config.rates.register_network = rate{};
  household slow(config);
  for (int i = 0; i < 10; ++i) slow.arrive("user" + std::to_string(i));
  BOOST_TEST(slow.post->letters.size() < 4U);
  for (int i = 0; i < 12; ++i) slow.pass(1'000);
  BOOST_TEST(slow.post->letters.size() == 10U);
}

BOOST_AUTO_TEST_CASE(what_the_store_did_not_take_is_told_again_and_not_sent_again) {
  {
    const broken_outbox fault(house, "DELETE");
    house.arrive("alice");
    for (int i = 0; i < 10; ++i) house.pass(mail_store_retry_ms);
    BOOST_TEST(house.post->attempts == 1);
    BOOST_TEST(house.counters.mails_delivered == 0U);  // not before the commit
    BOOST_TEST(waiting().size() == 1U);
  }
  house.pass(mail_store_retry_ms);
  BOOST_TEST(waiting().empty());
  BOOST_TEST(house.post->attempts == 1);
  BOOST_TEST(house.counters.mails_delivered == 1U);
  house.arrive("bob");
  BOOST_TEST(house.letters("bob", "Welcome").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_pause_holds_although_the_store_did_not_take_it) {
  for (const auto how : {mail::verdict::try_again, mail::verdict::refused}) {
    answer(how);
    house.post->attempts = 0;
    {
      const broken_outbox fault(house, "UPDATE");
      house.arrive(how == mail::verdict::refused ? "alice" : "bob");
      for (int i = 0; i < 9; ++i) house.pass(mail_store_retry_ms);
      BOOST_TEST(house.post->attempts == 1);
    }
    house.pass(mail_store_retry_ms);
    BOOST_TEST(house.post->attempts == 1);
    BOOST_TEST(waiting().back().attempts == 1U);
    BOOST_TEST(waiting().back().last_error == "451 later");
  }
}

BOOST_AUTO_TEST_CASE(what_an_account_was_to_be_told_does_not_outlive_it) {
  answer(mail::verdict::try_again);
  house.arrive("alice");
  auto bob = house.arrive("bob");
  const auto bobs = bob.out->answer<logged_in>(2)->account.id;
  // Both are due; while Alice's is on its way Bob's account goes.
  house.post->answers = [&](const mail::letter&) {
    caf::anon_send(house.node->account_store,
                   change_account{storage::delete_account{bobs, house.clock.now_ms}});
    return mail::delivery{mail::verdict::delivered, {}};
  };
  house.pass(minute_ms);
  BOOST_TEST(house.letters("alice", "Welcome").size() == 1U);
  BOOST_TEST(house.letters("bob", "Welcome").empty());
  BOOST_TEST(waiting().empty());
}

BOOST_AUTO_TEST_CASE(told_to_stop_it_finishes_what_it_has_in_hand) {
  answer(mail::verdict::try_again);
  house.arrive("alice");
  house.arrive("bob");
  answer(mail::verdict::delivered);
  bool stopped = false;
  const auto stop = [&] {
    house.system.spawn([&](caf::event_based_actor* self) {
      self->request(house.node->mailer, caf::infinite, stop_mailing{})
          .then([&](const mailing_stopped&) { stopped = true; });
    });
  };
  {
    const broken_outbox fault(house, "DELETE");
    house.pass(minute_ms);
    stop();
    house.run();
    BOOST_TEST(!stopped);  // another life would send it again
  }
  house.pass(mail_store_retry_ms);
  BOOST_TEST(stopped);
  BOOST_TEST(house.post->letters.size() == 1U);
  BOOST_TEST(waiting().size() == 1U);
  house.pass(minute_ms);
  BOOST_TEST(house.post->letters.size() == 1U);
}

BOOST_AUTO_TEST_CASE(names_of_devices_do_no_harm) {
  auto alice = house.arrive("alice");
  auto evil = house.greet("203.0.113.9");
  house.log_in_as(evil, "alice", true, "x\r\nBcc: everybody@example.org\r\n<b>");
  const auto letters = house.letters("alice", "New log-in");
  BOOST_REQUIRE(letters.size() == 1U);
  BOOST_TEST(letters[0].text.find("\r") == std::string::npos);
  BOOST_TEST(letters[0].text.find("\nBcc:") == std::string::npos);
  BOOST_TEST(letters[0].html.find("<b>\"") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
