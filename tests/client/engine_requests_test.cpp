#include <boost/test/unit_test.hpp>
#include <numeric>

#include "tests/client/person.hpp"

using namespace uod;
using namespace uod::test;

namespace {

/// What became of a run of numbered messages from Alice to Bob.
struct numbered_sends {
  explicit numbered_sends(town& in, int count) : t(in) {
    for (int number = 0; number < count; ++number) {
      t.engine->send_text(t.chat, std::to_string(number),
                          [this, number](const outcome<message_sent>& answered) {
                            BOOST_TEST(answered.has_value());
                            acknowledged.push_back(number);
                          });
    }
    expected.resize(static_cast<std::size_t>(count));
    std::iota(expected.begin(), expected.end(), 0);
  }
  [[nodiscard]] bool all() const { return acknowledged.size() == expected.size(); }

  /// Each is stored once, in order, and was acknowledged once.
  void check() const {
    BOOST_TEST((acknowledged == expected));
    std::vector<int> stored;
    for (const auto& each : t.server.stored) stored.push_back(std::stoi(each.body));
    BOOST_TEST((stored == expected));
  }

  town& t;
  std::vector<int> acknowledged;
  std::vector<int> expected;
};

/// Never answers what it hears but for greetings.
bool keeps_quiet(toy_server::session&, const client_message& asked) {
  return !std::holds_alternative<hello>(asked.body) && !std::holds_alternative<resume>(asked.body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_requests)

BOOST_AUTO_TEST_CASE(many_messages_are_pipelined_and_keep_their_order) {
  town t;
  t.alice_logs_in();
  numbered_sends sends(t, 500);
  BOOST_REQUIRE(t.world.run_until([&] { return sends.all(); }, 5'000));
  sends.check();
  BOOST_TEST(t.engine->pending_requests() == 0U);
  BOOST_TEST(t.engine->backlog_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(no_more_is_unanswered_than_the_server_allows) {
  town t;
  t.server.limits.requests_in_flight_max = 5;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.heard.clear();
  std::vector<std::pair<toy_server::session*, client_message>> unanswered;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    unanswered.emplace_back(&from, asked);
    return true;
  };
  std::size_t answered = 0;
  for (int count = 0; count < 20; ++count) {
    t.engine->ask(list_chats{}, [&](const auto&) { ++answered; });
  }
  for (std::size_t rounds = 0; rounds < 20; ++rounds) {
    t.world.run_for(10);
    BOOST_TEST(unanswered.size() == std::min<std::size_t>(5, 20 - answered));
    const auto [from, asked] = unanswered.front();
    unanswered.erase(unanswered.begin());
    t.server.say(*from, {asked.request, chats_listed{}});
    t.world.run_for(10);
  }
  BOOST_TEST(answered == 20U);
}

BOOST_AUTO_TEST_CASE(before_the_first_welcome_the_window_is_32) {
  town t;
  std::size_t heard = 0;
  t.server.intercept = [&](toy_server::session&, const client_message&) {
    ++heard;
    return true;
  };
  for (int count = 0; count < 100; ++count) t.engine->ask(list_chats{}, [](const auto&) {});
  t.alice_logs_in();
  t.world.run_for(5'000);
  BOOST_TEST(heard == 32U);  // the greeting and the log-in count
}

BOOST_AUTO_TEST_CASE(a_cut_at_any_octet_loses_nothing_and_doubles_nothing) {
  // Without a cut, how many octets does the story take?
  const auto story = [](town& t) {
    t.engine->subscribe(0);
    t.alice_logs_in();
    numbered_sends sends(t, 12);
    BOOST_REQUIRE(t.world.run_until([&] { return sends.all(); }, 60'000));
    sends.check();
    t.server.post(t.bob_home.id, t.alice_home.id, "100");
    BOOST_REQUIRE(t.world.run_until([&] { return !t.alice.messages.empty(); }, 60'000));
    t.world.run_for(1'000);
    BOOST_TEST((t.alice.texts() == std::vector<std::string>{"100"}));
  };
  std::size_t total = 0;
  {
    town t;
    story(t);
    total = t.world.carried_bytes;
  }
  // OpenSSL has tests of its own for broken handshakes: of theirs every eighth octet will do.
  constexpr std::size_t handshake_octets = 1'500;
  std::size_t cuts = 0;
  std::size_t reconnected = 0;
  for (std::size_t at = 1; at < total; at += at < handshake_octets ? 8 : 1) {
    ++cuts;
    BOOST_TEST_CONTEXT("cut after " << at << " of " << total << " octets") {
      town t(at);
      t.world.cut_next_after_bytes = at;
      story(t);
      reconnected += t.world.dials > 1 ? 1U : 0U;
    }
  }
  // The handshakes differ by an octet or two from run to run, and the marks come late.
  BOOST_TEST(reconnected + 100 > cuts);
}

BOOST_AUTO_TEST_CASE(many_cuts_in_a_row_keep_the_order) {
  town t(7);
  std::size_t budget = 3'000;
  t.world.cut_next_after_bytes = budget;
  t.alice_logs_in();
  numbered_sends sends(t, 300);
  std::size_t dials = 0;
  const bool all = t.world.run_until(
      [&] {
        if (t.world.dials > dials) {  // the next one is cut as well, somewhat later
          dials = t.world.dials;
          t.world.cut_next_after_bytes = budget += 300;
        }
        return sends.all();
      },
      600'000);
  BOOST_REQUIRE(all);
  BOOST_TEST(t.world.dials > 5U);
  BOOST_TEST(t.server.repeated_sends > 0U);
  sends.check();
}

BOOST_AUTO_TEST_CASE(what_was_not_answered_is_sent_again_as_it_was) {
  town t;
  t.server.intercept = keeps_quiet;
  t.alice_logs_in();
  const auto id = t.engine->make_message_id();
  std::optional<message_sent> sent;
  t.engine->ask(open_chat{"bob"}, [](const auto&) {});
  t.engine->send_text(
      t.chat, "hi", [&](const auto& answered) { sent = *answered; }, id);
  t.engine->ask(fetch_history{t.chat, 0, 0, 10}, [](const auto&) {});
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(100);
  const auto first = t.server.newest()->heard;
  t.server.intercept = nullptr;
  t.server.drop(*t.server.newest());
  BOOST_REQUIRE(t.world.run_until([&] { return sent.has_value(); }, 5'000));
  t.world.run_for(100);
  const auto second = t.server.newest()->heard;
  BOOST_REQUIRE(first.size() == 5U);
  BOOST_REQUIRE(second.size() == 5U);
  for (std::size_t at = 0; at < 5; ++at) BOOST_TEST((first[at].body == second[at].body));
  BOOST_TEST((sent->id == id));
  BOOST_TEST(t.server.stored.size() == 1U);
}

BOOST_AUTO_TEST_CASE(refusals_are_the_callers_to_judge) {
  for (const errc code : {errc::overloaded, errc::rate_limited, errc::no_such_chat}) {
    town t;
    std::size_t asked_times = 0;
    t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
      if (!std::holds_alternative<send_message>(asked.body)) return false;
      ++asked_times;
      t.server.say(from, {asked.request, failure{{code, "why", 250}}});
      return true;
    };
    t.alice_logs_in();
    std::optional<error> failed;
    t.engine->send_text(t.chat, "hi", [&](const auto& answered) { failed = answered.error(); });
    t.world.run_for(60'000);
    BOOST_REQUIRE(failed.has_value());
    BOOST_TEST((*failed == error{code, "why", 250}));
    BOOST_TEST(asked_times == 1U);
    BOOST_TEST(t.world.dials == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_full_backlog_refuses_at_once_and_empties_again) {
  client::engine_options options;
  options.backlog_bytes_max = 10'000;
  town t(1, options);
  t.world.refuse(town_hall);
  t.alice_logs_in();
  std::size_t refused = 0;
  std::size_t taken = 0;
  for (int count = 0; count < 30; ++count) {
    t.engine->send_text(t.chat, std::string(900, 'x'), [&](const outcome<message_sent>& answered) {
      if (answered) {
        ++taken;
      } else {
        BOOST_TEST((answered.error().code == errc::overloaded));
        ++refused;
      }
    });
  }
  BOOST_TEST(t.engine->backlog_bytes() <= 10'000U);
  BOOST_TEST(refused == 0U);  // not from within
  t.world.run_for(1);
  BOOST_TEST(refused == 30U - t.engine->pending_requests());
  BOOST_TEST(refused > 10U);
  t.server.open();
  BOOST_REQUIRE(t.world.run_until([&] { return taken + refused == 30U; }, 60'000));
  BOOST_TEST(t.engine->backlog_bytes() == 0U);

  std::optional<error> never;
  t.engine->send_text(t.chat, std::string(20'000, 'x'),
                      [&](const auto& answered) { never = answered.error(); });
  t.world.run_for(1);
  BOOST_TEST((never->code == errc::too_large));
}

BOOST_AUTO_TEST_CASE(a_frame_that_the_server_would_not_take_is_not_sent) {
  town t;
  t.server.limits.frame_bytes_max = 70'000;
  std::vector<std::string> results;
  const auto note = [&](const std::string& name) {
    return [&results, name](const outcome<message_sent>& answered) {
      const std::string_view how = answered ? "sent" : code_name(answered.error().code);
      results.push_back(name + " " + std::string(how));
    };
  };
  // Asked before anything is known of the server: the order holds all the same.
  t.engine->send_text(t.chat, "first", note("first"));
  t.engine->send_text(t.chat, std::string(100'000, 'x'), note("large"));
  t.engine->send_text(t.chat, std::string(66'000, 'x'), note("fitting"));
  t.engine->send_text(t.chat, "last", note("last"));
  t.alice_logs_in();
  BOOST_REQUIRE(t.world.run_until([&] { return results.size() == 4; }, 5'000));
  BOOST_TEST(t.server.stored.size() == 3U);
  BOOST_TEST(t.server.stored[1].body.size() == 66'000U);
  BOOST_TEST(std::count(results.begin(), results.end(), "large too_large") == 1);
  BOOST_TEST(t.world.dials == 1U);
}

BOOST_AUTO_TEST_CASE(what_belongs_to_the_connection_cannot_be_asked) {
  town t;
  t.alice_logs_in();
  int refused = 0;
  for (const client_body& body :
       {client_body{hello{}}, client_body{goodbye{}}, client_body{ping{}}, client_body{pong{}},
        client_body{resume{}}, client_body{subscribe{}}}) {
    t.engine->ask(body, [&](const outcome<server_body>& answered) {
      BOOST_TEST((answered.error().code == errc::usage));
      ++refused;
    });
  }
  BOOST_TEST(refused == 0);
  t.world.run_for(1);
  BOOST_TEST(refused == 6);
}

BOOST_AUTO_TEST_CASE(answers_may_ask_again_and_stop) {
  town t;
  t.alice_logs_in();
  int rounds = 0;
  bool stopped = false;
  std::function<void(const outcome<server_body>&)> again = [&](const outcome<server_body>&) {
    if (++rounds < 10) {
      t.engine->ask(list_chats{}, again);
    } else if (rounds == 10) {
      t.engine->stop([&] { stopped = true; });
    }
  };
  t.engine->ask(list_chats{}, again);
  BOOST_REQUIRE(t.world.run_until([&] { return stopped; }, 5'000));
  BOOST_TEST(rounds == 10);
  BOOST_TEST(t.server.goodbyes == 1U);
}

BOOST_AUTO_TEST_CASE(chat_overtakes_bulk_and_a_slow_socket_is_not_filled) {
  // The whole window is full of large texts; a ping's answer passes them.
  town t;
  t.server.limits.requests_in_flight_max = 32;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.heard.clear();
  t.world.piece_bytes_max = 4'000;
  t.world.latency_ms = 20;
  for (int count = 0; count < 10; ++count) {
    t.engine->send_text(t.chat, std::string(60'000, 'x'), [](const auto&) {});
  }
  t.world.run_for(1);
  t.server.say(*t.server.newest(), {9, ping{}}, lane::control);
  BOOST_REQUIRE(t.world.run_until([&] { return t.server.heard.size() == 11; }, 5'000));
  const auto answered =
      std::find_if(t.server.heard.begin(), t.server.heard.end(),
                   [](const auto& each) { return std::holds_alternative<pong>(each.body); });
  BOOST_TEST((answered - t.server.heard.begin() <= 4));
}

// ------------------------------------------------------------------------- servers that misbehave

BOOST_AUTO_TEST_CASE(a_server_that_breaks_the_rules_is_left_and_tried_again) {
  using misdeed = std::function<void(toy_server&, toy_server::session&, const client_message&)>;
  const std::vector<std::pair<std::string, misdeed>> misdeeds = {
      {"garbage", [](toy_server& server, auto& to,
                     const auto&) { server.say_raw(to, "\xff\xff\xff\xff no message"); }},
      {"an empty frame", [](toy_server& server, auto& to, const auto&) { server.say_raw(to, ""); }},
      {"an answer to nothing",
       [](toy_server& server, auto& to, const auto&) {
         server.say(to, {4711, done{}});
       }},
      {"another kind of answer",
       [](toy_server& server, auto& to, const auto& asked) {
         server.say(to, {asked.request, salt{bytes(16, 's'), argon2_parameters{}}});
       }},
      {"an event as an answer",
       [](toy_server& server, auto& to, const auto& asked) {
         server.say(to, {asked.request, messages_arrived{}});
       }},
      {"an answer as an event",
       [](toy_server& server, auto& to, const auto&) {
         server.say(to, {0, done{}});
       }},
      {"the acknowledgement of another message",
       [](toy_server& server, auto& to, const auto& asked) {
         server.say(to, {asked.request, message_sent{{}, {}, 1, 1, 1}});
       }},
      {"a second welcome",
       [](toy_server& server, auto& to, const auto&) {
         server.say(to, {1, welcome{}});
       }},
      {"messages that nobody wanted",
       [](toy_server& server, auto& to, const auto&) {
         server.say(to, {0, messages_arrived{}});
       }},
      {"a frame of two megabytes",
       [](toy_server& server, auto& to, const auto&) {
         server.say_raw(to, std::string(2'000'000, 'x'));
       }},
      {"octets that are no TLS",
       [](toy_server&, auto& to, const auto&) {
         to.end->send("HTTP/1.1 400 Bad Request\r\n\r\n");
       }},
  };
  for (const auto& each : misdeeds) {
    const misdeed& commit = each.second;
    BOOST_TEST_CONTEXT(each.first) {
      town t;
      std::size_t times = 0;
      t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
        if (!std::holds_alternative<send_message>(asked.body) || times == 6) return false;
        ++times;
        commit(t.server, from, asked);
        return true;
      };
      t.alice_logs_in();
      std::size_t acknowledged = 0;
      t.engine->send_text(t.chat, "hi", [&](const auto& answered) {
        BOOST_TEST(answered.has_value());
        ++acknowledged;
      });
      BOOST_REQUIRE(t.world.run_until([&] { return acknowledged == 1; }, 120'000));
      BOOST_TEST(times == 6U);
      BOOST_TEST(t.alice.troubles.size() == 6U);
      BOOST_TEST(t.alice.ends.empty());
      // It greeted well each time, and yet is not asked ten times a second.
      BOOST_TEST(t.world.steady_ms() > 3'000U);
    }
  }
}

BOOST_AUTO_TEST_CASE(answers_before_the_welcome_are_no_answers) {
  town t;
  std::size_t times = 0;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<hello>(asked.body) || times == 3) return false;
    ++times;
    t.server.say(from, {asked.request + 1,
                        logged_in{{t.alice_home.id, "alice", "", false}, t.alice_home.device, {}}});
    return true;
  };
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 3U);
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_ever_without_reading_is_left) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  auto* deaf = t.server.newest();
  t.world.deaf_servers = true;  // what Alice answers piles up on her side
  for (int round = 0; round < 1'000 && t.alice.troubles.empty(); ++round) {
    for (int count = 0; count < 200; ++count) t.server.say(*deaf, {1, ping{}}, lane::control);
    t.world.run_for(1);
  }
  BOOST_REQUIRE(t.alice.troubles.size() == 1U);
  BOOST_TEST((t.alice.troubles[0].code == errc::malformed));
}

BOOST_AUTO_TEST_SUITE_END()
