#include <boost/test/unit_test.hpp>

#include "tests/client/person.hpp"

using namespace uod;
using namespace uod::test;

/// What Alice takes away is gone once, however often her request had to be sent.
namespace {

/// A server that has these and takes them away; the first answer is lost with its connection.
struct losing_answers {
  explicit losing_answers(town& in, bool has_it) : t(in), there(has_it) {
    t.server.intercept = [this](toy_server::session& from, const client_message& asked) {
      const bool removing = std::holds_alternative<remove_contact>(asked.body);
      if (!removing && !std::holds_alternative<revoke_device>(asked.body)) return false;
      const auto missing = removing ? errc::no_such_contact : errc::no_such_device;
      const bool taken = std::exchange(there, false);
      if (lose_next) {
        lose_next = false;
        t.server.drop(from);
      } else {
        server_message told{asked.request, done{}};
        if (!taken) told.body = failure{error{missing}};
        t.server.say(from, told);
      }
      return true;
    };
    t.alice_logs_in();
  }

  outcome<done> ask(const client_body& body) {
    std::optional<outcome<done>> told;
    t.engine->ask_for<done>(body, [&](const outcome<done>& answered) { told = answered; });
    BOOST_REQUIRE(t.world.run_until([&] { return told.has_value(); }, 60'000));
    return *told;
  }

  town& t;
  bool there;
  bool lose_next = false;
};

struct removal {
  client_body body;
  errc missing;
};

std::vector<removal> removals() {
  std::vector<removal> all;
  all.push_back({remove_contact{"bob"}, errc::no_such_contact});
  all.push_back({revoke_device{}, errc::no_such_device});
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_repetition)

BOOST_AUTO_TEST_CASE(what_was_taken_away_before_its_answer_was_lost_is_done) {
  for (const auto& [body, missing] : removals()) {
    town t;
    losing_answers server(t, true);
    server.lose_next = true;
    BOOST_TEST(server.ask(body).has_value());
    BOOST_TEST(t.world.dials == 2U);
    // The next one is another request: now there is none.
    const auto again = server.ask(body);
    BOOST_REQUIRE(!again.has_value());
    BOOST_TEST((again.error().code == missing));
  }
}

BOOST_AUTO_TEST_CASE(what_never_was_there_is_told_so) {
  for (const auto& [body, missing] : removals()) {
    town t;
    losing_answers server(t, false);
    const auto answered = server.ask(body);
    BOOST_REQUIRE(!answered.has_value());
    BOOST_TEST((answered.error().code == missing));
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_waited_for_a_connection_has_not_been_sent_before) {
  town t;
  t.server.shut();
  losing_answers server(t, false);
  std::optional<outcome<done>> told;
  t.engine->ask_for<done>(remove_contact{"bob"},
                          [&](const outcome<done>& answered) { told = answered; });
  t.world.run_for(2'000);  // a few tries that come to nothing
  t.server.open();
  BOOST_REQUIRE(t.world.run_until([&] { return told.has_value(); }, 60'000));
  BOOST_REQUIRE(!told->has_value());
  BOOST_TEST((told->error().code == errc::no_such_contact));
}

BOOST_AUTO_TEST_CASE(other_refusals_of_a_repeated_request_are_the_callers_to_judge) {
  town t;
  bool lost = false;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<add_contact>(asked.body)) return false;
    if (!std::exchange(lost, true)) {
      t.server.drop(from);
    } else {
      t.server.say(from, {asked.request, failure{{errc::no_such_account}}});
    }
    return true;
  };
  t.alice_logs_in();
  std::optional<error> refused;
  t.engine->ask(add_contact{"bob"}, [&](const auto& answered) { refused = answered.error(); });
  BOOST_REQUIRE(t.world.run_until([&] { return refused.has_value(); }, 60'000));
  BOOST_TEST((refused->code == errc::no_such_account));
}

BOOST_AUTO_TEST_SUITE_END()
