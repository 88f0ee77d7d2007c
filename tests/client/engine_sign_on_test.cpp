#include <boost/test/unit_test.hpp>

#include "protocol/password.hpp"
#include "tests/client/person.hpp"

using namespace uod;
using namespace uod::test;

namespace {

struct newcomer : town {
  newcomer() { engine->start(); }

  void registers(const std::string& name, const std::string& email = "carol@example.org",
                 const std::string& password = "correct horse battery") {
    engine->register_account(name, email, password, "laptop",
                             [this](outcome<logged_in> answered) { result = std::move(answered); });
  }
  void logs_in(const std::string& name, const std::string& password = "correct horse battery") {
    engine->log_in(name, password, "telephone",
                   [this](outcome<logged_in> answered) { result = std::move(answered); });
  }
  bool gets_answer() {
    return world.run_until([&] { return result.has_value(); }, 60'000);
  }
  [[nodiscard]] errc refusal() const { return result->error().code; }

  std::optional<outcome<logged_in>> result;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_sign_on)

BOOST_AUTO_TEST_CASE(carol_registers_and_stays_logged_in) {
  newcomer t;
  t.registers("carol");
  BOOST_REQUIRE(t.gets_answer());
  BOOST_REQUIRE(t.result->has_value());
  BOOST_TEST(t.result->value().account.name == "carol");
  BOOST_TEST(t.result->value().token.size() == token_octets);
  // The password went nowhere; what went was derived with the server's own settings.
  const auto& asked = std::get<register_account>(t.server.heard.back().body);
  BOOST_TEST((asked.argon2 == argon2_weakest));
  BOOST_TEST(asked.salt.size() == salt_octets);
  BOOST_TEST((derive_auth_key("correct horse battery", asked.salt, asked.argon2).value() ==
              asked.auth_key));
  // The engine goes on with the token.
  t.server.drop(*t.server.newest());
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.connections.size() == 3; }, 5'000));
  BOOST_TEST(std::holds_alternative<resume>(t.server.newest()->heard[1].body));
  BOOST_TEST(t.server.newest()->who.has_value());
}

BOOST_AUTO_TEST_CASE(carol_logs_in_elsewhere_and_hears_events_on_the_same_connection) {
  newcomer t;
  t.registers("carol");
  BOOST_REQUIRE(t.gets_answer());
  const account_id carol = t.result->value().account.id;
  const device_id first_device = t.result->value().device;

  person at_home;
  client::engine_options options;
  options.servers = {town_hall};
  client::engine telephone(options, t.world, at_home);
  telephone.subscribe(0);
  telephone.start();
  std::optional<outcome<logged_in>> entered;
  telephone.log_in("carol", "correct horse battery", "telephone",
                   [&](auto answered) { entered = std::move(answered); });
  BOOST_REQUIRE(t.world.run_until([&] { return entered.has_value(); }, 5'000));
  BOOST_REQUIRE(entered->has_value());
  BOOST_TEST((entered->value().account.id == carol));
  BOOST_TEST((entered->value().device != first_device));
  t.server.post(t.bob_home.id, carol, "welcome");
  t.world.run_for(100);
  BOOST_TEST((at_home.texts() == std::vector<std::string>{"welcome"}));
}

BOOST_AUTO_TEST_CASE(a_wish_for_events_waits_for_the_log_in) {
  newcomer t;
  BOOST_REQUIRE(t.becomes_ready());
  t.engine->subscribe(0);
  t.world.run_for(100);
  BOOST_TEST(t.server.heard.size() == 1U);  // the hello
  t.registers("carol");
  BOOST_REQUIRE(t.gets_answer());
  t.world.run_for(10);
  BOOST_TEST(t.server.newest()->subscribed);
  BOOST_TEST(t.alice.troubles.empty());
  BOOST_TEST(t.world.dials == 1U);
}

BOOST_AUTO_TEST_CASE(a_stranger_sends_nothing_large) {
  // For somebody who does not log in there is nothing to wait for; behind a registration that is
  // not answered yet, the large message waits.
  newcomer t;
  BOOST_REQUIRE(t.becomes_ready());
  const std::string large(stranger_frame_bytes_max, 'x');
  std::optional<errc> refused;
  t.engine->send_text(t.chat, large,
                      [&](const auto& answered) { refused = answered.error().code; });
  t.world.run_for(100);
  BOOST_REQUIRE(refused.has_value());
  BOOST_TEST((*refused == errc::not_logged_in));
  BOOST_TEST(t.server.heard.size() == 1U);  // the hello

  std::optional<client_message> held;
  t.server.intercept = [&](toy_server::session&, const client_message& asked) {
    if (std::holds_alternative<register_account>(asked.body)) held = asked;
    return held.has_value();
  };
  t.registers("carol");
  BOOST_REQUIRE(t.world.run_until([&] { return held.has_value(); }, 1'000));
  bool sent = false;
  t.engine->send_text(t.chat, large, [&](const auto& answered) { sent = answered.has_value(); });
  t.world.run_for(1'000);
  BOOST_TEST(std::holds_alternative<register_account>(t.server.heard.back().body));
  t.server.intercept = nullptr;
  t.server.newest()->who = t.alice_home.id;
  logged_in entered;
  entered.account.id = t.alice_home.id;
  entered.device = t.alice_home.device;
  entered.token = t.alice_home.token;
  t.server.say(*t.server.newest(), {held->request, entered});
  BOOST_TEST(t.world.run_until([&] { return sent; }, 1'000));
  BOOST_TEST(t.world.dials == 1U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_before_anything_is_sent) {
  const std::vector<std::tuple<std::string, std::string, std::string, errc>> cases = {
      {"no name!", "carol@example.org", "correct horse battery", errc::name_invalid},
      {"\xff\xfe", "carol@example.org", "correct horse battery", errc::text_invalid},
      {std::string(10'000, 'a'), "carol@example.org", "correct horse battery", errc::name_invalid},
      {"carol", "nonsense", "correct horse battery", errc::email_invalid},
      {"carol", "carol@example.org\r\nBcc: all", "correct horse battery", errc::email_invalid},
      {"carol", "carol@example.org", "short", errc::password_weak},
  };
  for (const auto& [name, email, password, wanted] : cases) {
    BOOST_TEST_CONTEXT(name.substr(0, 20) << " " << email << " " << password) {
      newcomer t;
      BOOST_REQUIRE(t.becomes_ready());
      t.server.heard.clear();
      t.registers(name, email, password);
      BOOST_TEST(!t.result.has_value());  // not from within
      BOOST_REQUIRE(t.gets_answer());
      BOOST_TEST(code_name(t.refusal()) == code_name(wanted));
      BOOST_TEST(t.server.heard.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_password_and_an_unknown_name_look_alike) {
  newcomer t;
  t.registers("carol");
  BOOST_REQUIRE(t.gets_answer());
  for (const auto& [name, password] :
       {std::pair{"carol", "wrong wrong wrong"}, std::pair{"nobody", "correct horse battery"}}) {
    newcomer other;
    t.result.reset();
    t.logs_in(name, password);
    BOOST_REQUIRE(t.gets_answer());
    BOOST_TEST((t.refusal() == errc::wrong_credentials));
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_wants_a_cheap_key_does_not_get_it) {
  for (const argon2_parameters& cheap : {argon2_parameters{8, 1}, argon2_parameters{1u << 30, 1}}) {
    newcomer t;
    t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
      if (std::holds_alternative<hello>(asked.body)) {
        t.server.say(from, {asked.request, welcome{"sly", t.server.limits, cheap, 0}});
        return true;
      }
      if (std::holds_alternative<get_salt>(asked.body)) {
        t.server.say(from, {asked.request, salt{bytes(16, 's'), cheap}});
        return true;
      }
      BOOST_ERROR("nothing derived from the password may be sent");
      return true;
    };
    t.registers("carol");
    BOOST_REQUIRE(t.gets_answer());
    BOOST_TEST((t.refusal() == errc::parameters_weak));
    t.result.reset();
    t.logs_in("carol");
    BOOST_REQUIRE(t.gets_answer());
    BOOST_TEST((t.refusal() == errc::parameters_weak));
  }
}

BOOST_AUTO_TEST_CASE(a_registration_survives_the_loss_of_its_answer) {
  newcomer t;
  bool lost = false;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<register_account>(asked.body) || lost) return false;
    // The server has taken it, and nobody hears of it.
    lost = true;
    t.world.schedule(0, [&] { t.server.drop(from); });
    t.world.black_hole = true;
    t.world.schedule(5, [&] { t.world.black_hole = false; });
    return false;
  };
  t.registers("carol");
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST(lost);
  BOOST_TEST(t.result->has_value());
  std::vector<register_account> asked;
  for (const auto& each : t.server.heard) {
    if (const auto* found = std::get_if<register_account>(&each.body)) asked.push_back(*found);
  }
  BOOST_REQUIRE(asked.size() == 2U);
  BOOST_TEST((asked[0] == asked[1]));
}

BOOST_AUTO_TEST_CASE(a_token_is_needed_for_a_log_in_to_count) {
  newcomer t;
  std::size_t times = 0;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<register_account>(asked.body) || times == 2) return false;
    ++times;
    t.server.say(from, {asked.request, logged_in{{}, device_id{}, bytes{}}});
    return true;
  };
  t.registers("carol");
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST(t.result->has_value());
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 2U);
}

BOOST_AUTO_TEST_CASE(after_a_log_out_the_token_is_forgotten) {
  newcomer t;
  t.registers("carol");
  BOOST_REQUIRE(t.gets_answer());
  bool out = false;
  t.engine->ask_for<done>(log_out{}, [&](const auto& answered) { out = answered.has_value(); });
  BOOST_REQUIRE(t.world.run_until([&] { return out; }, 1'000));
  t.server.drop(*t.server.newest());
  t.world.run_for(5'000);
  BOOST_TEST(t.engine->connected());
  BOOST_TEST(t.alice.ends.empty());
  BOOST_TEST(t.server.newest()->heard.size() == 1U);  // the hello alone
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_told_when_the_engine_stops_in_between) {
  // Without a server, while the password is stretched, and while the answer is awaited.
  for (const std::uint64_t at_ms : {0U, 3U, 20U, 60U}) {
    newcomer t;
    if (at_ms == 0) t.world.refuse(town_hall);
    t.server.intercept = [](toy_server::session&, const client_message& asked) {
      return std::holds_alternative<register_account>(asked.body);
    };
    t.registers("carol");
    t.world.run_for(at_ms);
    BOOST_TEST(!t.result.has_value());
    bool stopped = false;
    t.engine->stop([&] { stopped = true; });
    BOOST_REQUIRE(t.world.run_until([&] { return stopped; }, 3'000));
    BOOST_REQUIRE(t.result.has_value());
    BOOST_TEST((t.refusal() == errc::link_closed));
    t.result.reset();
    t.registers("carol");
    BOOST_REQUIRE(t.gets_answer());
    BOOST_TEST((t.refusal() == errc::link_closed));
    t.world.run_for(1'000);  // the stretching ends, and finds nobody
  }
}

BOOST_AUTO_TEST_CASE(an_engine_may_go_while_a_password_is_stretched) {
  newcomer t;
  t.registers("carol");
  t.world.run_for(20);
  t.engine.reset();
  BOOST_REQUIRE(t.result.has_value());
  BOOST_TEST((t.refusal() == errc::link_closed));
  t.world.run_for(1'000);
}

BOOST_AUTO_TEST_SUITE_END()
