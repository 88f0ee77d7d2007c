#include <boost/test/unit_test.hpp>

#include "tests/client/person.hpp"

using namespace uod;
using namespace uod::test;
using client::connection_state;

BOOST_AUTO_TEST_SUITE(engine_connect)

BOOST_AUTO_TEST_CASE(alice_connects_and_is_greeted) {
  town t;
  t.alice_logs_in();
  BOOST_TEST(!t.engine->connected());
  BOOST_REQUIRE(t.becomes_ready());
  BOOST_TEST((t.alice.connections == std::vector{connection_state::connected}));
  BOOST_TEST(t.engine->greeting()->server == "toy");
  BOOST_TEST(t.alice.pins.size() == 1U);
  BOOST_TEST(t.alice.troubles.empty());
}

BOOST_AUTO_TEST_CASE(greeting_log_in_and_requests_leave_in_one_flight) {
  town t;
  t.engine->subscribe({});
  std::vector<std::size_t> heard_with;
  t.server.intercept = [&](toy_server::session&, const client_message&) {
    heard_with.push_back(t.world.steady_ms());
    return false;
  };
  t.engine->ask(list_chats{}, [](const auto&) {});
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  const auto& heard = t.server.heard;
  BOOST_REQUIRE(heard.size() == 4U);
  BOOST_TEST(std::holds_alternative<hello>(heard[0].body));
  BOOST_TEST(std::get<hello>(heard[0].body).client.starts_with("uod "));
  BOOST_TEST(std::holds_alternative<resume>(heard[1].body));
  BOOST_TEST(std::holds_alternative<subscribe>(heard[2].body));
  BOOST_TEST(std::holds_alternative<list_chats>(heard[3].body));
  // No answer was waited for: everything was heard at one moment.
  BOOST_TEST((heard_with == std::vector<std::size_t>(4, heard_with.front())));
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_the_key_is_believed) {
  town t;
  t.alice.believes = fail(errc::key_changed, "not this one");
  t.alice_logs_in();
  t.world.run_for(60'000);
  BOOST_TEST(t.server.heard.empty());
  BOOST_REQUIRE(t.alice.ends.size() == 1U);
  BOOST_TEST((t.alice.ends[0].code == errc::key_changed));
  BOOST_TEST(t.world.dials == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_with_another_key_is_refused_for_good) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  std::optional<error> failed;
  t.server.intercept = [](toy_server::session&, const client_message& asked) {
    return std::holds_alternative<list_chats>(asked.body);  // never answered
  };
  t.engine->ask(list_chats{},
                [&](const outcome<server_body>& answered) { failed = answered.error(); });
  t.world.run_for(100);
  t.server.shut();
  toy_server mallory(t.world, town_hall, mallorys_server());
  t.world.run_for(60'000);
  BOOST_TEST(mallory.heard.empty());
  BOOST_REQUIRE(t.alice.ends.size() == 1U);
  BOOST_TEST((t.alice.ends[0].code == errc::key_changed));
  BOOST_REQUIRE(failed.has_value());
  BOOST_TEST((failed->code == errc::key_changed));
  // An engine that has ended says so to whoever asks.
  failed.reset();
  t.engine->ask(list_chats{},
                [&](const outcome<server_body>& answered) { failed = answered.error(); });
  BOOST_TEST(!failed.has_value());  // not from within
  t.world.run_for(1);
  BOOST_TEST((failed->code == errc::key_changed));
}

BOOST_AUTO_TEST_CASE(an_authority_that_cannot_be_read_ends_the_engine) {
  struct careless final : client::engine_listener {
    tls_trust trust_for(const client::endpoint&) override { return {{}, "/no/such/file", ""}; }
    outcome<void> on_fingerprint(const client::endpoint&, const std::string&) override {
      return {};
    }
    void on_end(const error& why) override { ended = why; }
    std::optional<error> ended;
  } carol;
  fake_world world(1);
  client::engine_options options;
  options.servers = {town_hall};
  client::engine engine(options, world, carol);
  engine.start();
  world.run_for(100);
  BOOST_REQUIRE(carol.ended.has_value());
  BOOST_TEST((carol.ended->code == errc::certificate_invalid));
}

BOOST_AUTO_TEST_CASE(tries_grow_apart_and_are_spread) {
  // From many seeds: each delay lies between half of its step and its step, and not all at once.
  std::set<std::uint64_t> first_delays;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      town t(seed);
      t.world.refuse(town_hall);
      t.alice_logs_in();
      t.world.run_for(120'000);
      const auto& at = t.world.dialled_at_ms[town_hall];
      BOOST_REQUIRE(at.size() > 10U);
      std::uint64_t step_ms = 100;
      for (std::size_t index = 1; index < at.size(); ++index) {
        const std::uint64_t delay_ms = at[index] - at[index - 1] - t.world.latency_ms;
        BOOST_TEST(delay_ms >= step_ms / 2);
        BOOST_TEST(delay_ms <= step_ms);
        step_ms = std::min<std::uint64_t>(step_ms * 2, 15'000);
      }
      first_delays.insert(at[1] - at[0]);
      BOOST_TEST((t.alice.connections == std::vector{connection_state::reconnecting}));
      BOOST_TEST((t.alice.troubles.front().code == errc::server_unreachable));
    }
  }
  BOOST_TEST(first_delays.size() > 10U);
}

BOOST_AUTO_TEST_CASE(a_good_connection_makes_the_next_try_quick_again) {
  town t;
  t.world.refuse(town_hall);
  t.alice_logs_in();
  t.world.run_for(30'000);
  t.server.open();
  BOOST_REQUIRE(t.becomes_ready());
  const std::uint64_t lost_at_ms = t.world.steady_ms();
  t.server.drop(*t.server.newest());
  BOOST_REQUIRE(t.world.run_until([&] { return !t.engine->connected(); }, 1'000));
  BOOST_REQUIRE(t.becomes_ready());
  BOOST_TEST(t.world.steady_ms() - lost_at_ms < 200U);
  BOOST_TEST((t.alice.connections ==
              std::vector{connection_state::reconnecting, connection_state::connected,
                          connection_state::reconnecting, connection_state::resumed}));
}

BOOST_AUTO_TEST_CASE(a_second_handshake_resumes_the_first_ones_session) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  BOOST_TEST(t.server.resumed_links == 0U);
  t.server.drop(*t.server.newest());
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.connections.size() == 3; }, 10'000));
  BOOST_TEST(t.server.resumed_links == 1U);
}

BOOST_AUTO_TEST_CASE(servers_are_tried_in_turn) {
  const client::endpoint one{"one", 1};
  const client::endpoint two{"two", 2};
  client::engine_options options;
  options.servers = {one, two, town_hall};
  town t(1, options);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  BOOST_TEST(t.world.dialled_at_ms[one].size() == 1U);
  BOOST_TEST(t.world.dialled_at_ms[two].size() == 1U);
  BOOST_TEST((t.alice.servers.back() == town_hall));
}

BOOST_AUTO_TEST_CASE(a_server_that_never_greets_is_left_after_the_time_for_it) {
  client::engine_options options;
  const client::endpoint mute{"mute", 1};
  options.servers = {mute, town_hall};
  town t(1, options);
  t.world.listen(mute, [](const std::shared_ptr<server_end>&) {});
  t.alice_logs_in();
  BOOST_TEST(!t.becomes_ready(9'900));
  BOOST_REQUIRE(t.becomes_ready(1'000));
  BOOST_TEST(t.alice.troubles_of(errc::timed_out) == 1U);
}

BOOST_AUTO_TEST_CASE(a_revoked_token_ends_the_engine) {
  for (const errc code : {errc::wrong_credentials, errc::no_such_device, errc::not_logged_in}) {
    town t;
    t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
      if (!std::holds_alternative<resume>(asked.body)) return false;
      t.server.say(from, {asked.request, failure{{code, "revoked"}}});
      return true;
    };
    std::vector<errc> failed;
    t.engine->ask(list_chats{}, [&](const outcome<server_body>& answered) {
      failed.push_back(answered.error().code);
    });
    t.alice_logs_in();
    t.world.run_for(60'000);
    BOOST_REQUIRE(t.alice.ends.size() == 1U);
    BOOST_TEST((t.alice.ends[0].code == errc::not_logged_in));
    BOOST_TEST((failed == std::vector{errc::not_logged_in}));
    BOOST_TEST(t.world.dials == 1U);
  }
}

BOOST_AUTO_TEST_CASE(an_account_that_is_gone_ends_the_engine_with_the_reason) {
  for (const errc code : {errc::account_closed, errc::account_deleted}) {
    town t;
    t.alice_logs_in();
    BOOST_REQUIRE(t.becomes_ready());
    t.server.intercept = [](toy_server::session&, const client_message&) { return true; };
    std::vector<errc> failed;
    t.engine->ask(list_chats{}, [&](const outcome<server_body>& answered) {
      failed.push_back(answered.error().code);
    });
    t.world.run_for(10);
    t.server.say(*t.server.newest(), {0, server_closing{{code}}});
    t.world.run_for(60'000);
    BOOST_REQUIRE(t.alice.ends.size() == 1U);
    BOOST_TEST((t.alice.ends[0].code == code));
    BOOST_TEST((failed == std::vector{code}));
    BOOST_TEST(t.world.dials == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_log_in_that_the_server_cannot_judge_now_is_tried_again) {
  town t;
  bool first = true;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<resume>(asked.body) || !std::exchange(first, false)) return false;
    t.server.say(from, {asked.request, failure{{errc::storage_failed, "", 3'000}}});
    return true;
  };
  t.alice_logs_in();
  BOOST_TEST(!t.becomes_ready(3'000));  // it was told when to come back
  BOOST_REQUIRE(t.becomes_ready(1'000));
  BOOST_TEST(t.alice.ends.empty());
}

BOOST_AUTO_TEST_CASE(an_old_client_ends_instead_of_trying_for_ever) {
  town t;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<hello>(asked.body)) return true;
    t.server.say(from, {asked.request, failure{{errc::unsupported_version, "get a newer one"}}});
    return true;
  };
  t.alice_logs_in();
  t.world.run_for(60'000);
  BOOST_REQUIRE(t.alice.ends.size() == 1U);
  BOOST_TEST((t.alice.ends[0].code == errc::unsupported_version));
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_asked_and_then_left) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.heard.clear();
  // Quiet but alive: asked once in a while, and that is all.
  t.world.run_for(120'000);
  BOOST_TEST(t.engine->connected());
  BOOST_TEST(t.server.heard.size() >= 2U);
  for (const auto& each : t.server.heard) BOOST_TEST(std::holds_alternative<ping>(each.body));
  // Gone without a word: noticed within silence, grace and the wait for an answer.
  t.world.black_hole = true;
  BOOST_REQUIRE(t.world.run_until([&] { return !t.engine->connected(); }, 46'000));
  BOOST_TEST(t.alice.troubles_of(errc::silent) == 1U);
  t.world.black_hole = false;
  BOOST_REQUIRE(t.becomes_ready());
}

BOOST_AUTO_TEST_CASE(a_servers_question_is_answered_at_once) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.heard.clear();
  t.server.say(*t.server.newest(), {77, ping{}}, lane::control);
  t.world.run_for(2);
  BOOST_REQUIRE(t.server.heard.size() == 1U);
  BOOST_TEST((t.server.heard[0] == client_message{77, pong{}}));
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_says_when_to_come_back) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  std::optional<outcome<server_body>> answered;
  t.server.intercept = [](toy_server::session& from, const client_message& asked) {
    return from.number == 1 && std::holds_alternative<list_chats>(asked.body);
  };
  t.engine->ask(list_chats{}, [&](auto result) { answered = std::move(result); });
  t.world.run_for(10);
  t.server.say(*t.server.newest(), {0, server_closing{{errc::going_away, "", 5'000}}});
  const std::uint64_t told_at_ms = t.world.steady_ms();
  t.world.run_for(10);
  t.engine->ask(list_contacts{}, [](const auto&) {});
  BOOST_REQUIRE(t.world.run_until([&] { return answered.has_value(); }, 20'000));
  BOOST_TEST(answered->has_value());
  BOOST_TEST(t.world.dialled_at_ms[town_hall].back() - told_at_ms >= 5'000U);
  BOOST_TEST(t.world.steady_ms() - told_at_ms < 7'000U);
  BOOST_TEST(t.alice.troubles_of(errc::going_away) == 1U);
}

BOOST_AUTO_TEST_CASE(a_request_refused_because_the_server_goes_is_kept_for_the_next) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (from.number != 1 || !std::holds_alternative<list_chats>(asked.body)) return false;
    t.server.say(from, {asked.request, failure{{errc::going_away}}});
    return true;
  };
  std::optional<outcome<server_body>> answered;
  t.engine->ask(list_chats{}, [&](auto result) { answered = std::move(result); });
  BOOST_REQUIRE(t.world.run_until([&] { return answered.has_value(); }, 20'000));
  BOOST_TEST(answered->has_value());
}

BOOST_AUTO_TEST_CASE(a_stop_says_goodbye) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.intercept = [](toy_server::session&, const client_message& asked) {
    return std::holds_alternative<list_chats>(asked.body);
  };
  std::optional<error> failed;
  t.engine->ask(list_chats{},
                [&](const outcome<server_body>& answered) { failed = answered.error(); });
  t.world.run_for(10);
  bool stopped = false;
  t.engine->stop([&] { stopped = true; });
  BOOST_TEST(!stopped);
  BOOST_REQUIRE(t.world.run_until([&] { return stopped; }, 100));
  BOOST_TEST((failed->code == errc::link_closed));
  t.world.run_for(10);
  BOOST_TEST(t.server.goodbyes == 1U);
  BOOST_TEST(t.server.open_sessions() == 0U);
  t.world.run_for(60'000);
  BOOST_TEST(t.world.dials == 1U);  // it does not come back
}

BOOST_AUTO_TEST_CASE(a_stop_is_heard_in_every_state) {
  // At each millisecond of the first connection's life, and while there is no server at all.
  for (std::uint64_t at_ms = 0; at_ms < 12; ++at_ms) {
    town t;
    if (at_ms == 11) t.world.refuse(town_hall);
    t.alice_logs_in();
    t.world.run_for(at_ms);
    int stops = 0;
    t.engine->stop([&] { ++stops; });
    t.engine->stop([&] { ++stops; });
    BOOST_TEST(t.world.run_until([&] { return stops == 2; }, 2'100));
    BOOST_TEST(t.alice.ends.empty());
    t.world.run_for(60'000);
    BOOST_TEST(t.world.dials <= 1U);
  }
  town never_started;
  bool stopped = false;
  never_started.engine->stop([&] { stopped = true; });
  BOOST_TEST(never_started.world.run_until([&] { return stopped; }, 1));
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_dead_server) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.engine->mark_read(t.chat, 1);
  t.world.black_hole = true;
  bool stopped = false;
  t.engine->stop([&] { stopped = true; });
  BOOST_TEST(t.world.run_until([&] { return stopped; }, 2'000));
}

BOOST_AUTO_TEST_CASE(destroying_an_engine_fails_what_it_was_asked) {
  town t;
  t.alice_logs_in();
  std::vector<errc> failed;
  client::engine& engine = *t.engine;
  for (int count = 0; count < 3; ++count) {
    engine.ask(list_chats{}, [&](const outcome<server_body>& answered) {
      failed.push_back(answered.error().code);
      engine.ask(list_chats{}, [&](const auto&) { BOOST_ERROR("nobody answers that"); });
    });
  }
  t.world.run_for(3);
  t.engine.reset();
  BOOST_TEST((failed == std::vector(3, errc::link_closed)));
  t.world.run_for(60'000);
}

BOOST_AUTO_TEST_SUITE_END()
