#include <boost/test/unit_test.hpp>

#include "client/engine/requests.hpp"
#include "protocol/password.hpp"
#include "tests/client/person.hpp"

using namespace uod;
using namespace uod::test;

namespace {

const std::string first_password = "correct horse battery";
const std::string second_password = "staple staple staple";

/// Carol has registered with her laptop, and keeps what she is answered.
struct carols_town : town {
  carols_town() {
    engine->start();
    engine->register_account("carol", "carol@example.org", first_password, "laptop",
                             [this](outcome<logged_in> answered) { entered = answered; });
    BOOST_REQUIRE(world.run_until([&] { return entered.has_value(); }, 5'000));
    BOOST_REQUIRE(entered->has_value());
    server.heard.clear();
  }

  void changes(const std::string& present, const std::string& fresh, bool keep_devices = false) {
    engine->change_password(present, fresh, keep_devices,
                            [this](const auto& answered) { result = answered; });
  }
  bool gets_answer() {
    return world.run_until([&] { return result.has_value(); }, 60'000);
  }
  [[nodiscard]] device_id laptop() const { return entered->value().device; }

  /// What becomes of a log-in from another device.
  outcome<logged_in> logs_in(const std::string& password) {
    person at_home;
    client::engine_options options;
    options.servers = {town_hall};
    client::engine telephone(options, world, at_home);
    telephone.start();
    std::optional<outcome<logged_in>> answered;
    telephone.log_in("carol", password, "telephone", [&](auto it) { answered = std::move(it); });
    BOOST_REQUIRE(world.run_until([&] { return answered.has_value(); }, 5'000));
    return *answered;
  }

  std::optional<outcome<logged_in>> entered;
  std::optional<outcome<client::credentials>> result;
};

/// Somebody who has forgotten the password, at a device that nobody is logged in on.
struct forgetful : carols_town {
  forgetful() {
    client::engine_options options;
    options.servers = {town_hall};
    tablet = std::make_unique<client::engine>(options, world, at_home);
    tablet->start();
  }

  void resets(const std::string& code, const std::string& password) {
    tablet->reset_password("carol", code, password, "tablet",
                           [this](outcome<logged_in> answered) { again = answered; });
  }
  bool hears() {
    return world.run_until([&] { return again.has_value(); }, 60'000);
  }

  person at_home;
  std::unique_ptr<client::engine> tablet;
  std::optional<outcome<logged_in>> again;
};

const std::string good_code{toy_server::mail_code};

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_passwords)

BOOST_AUTO_TEST_CASE(carol_changes_her_password_and_other_devices_are_out) {
  carols_town t;
  const auto telephone = t.logs_in(first_password);
  BOOST_REQUIRE(telephone.has_value());
  t.server.heard.clear();
  t.changes(first_password, second_password);
  BOOST_TEST(!t.result.has_value());
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST(t.result->has_value());
  const auto asked = std::get<change_password>(t.server.heard.back().body);
  BOOST_TEST(asked.salt.size() == salt_octets);
  BOOST_TEST((asked.argon2 == argon2_weakest));
  BOOST_TEST(
      (asked.new_auth_key == derive_auth_key(second_password, asked.salt, asked.argon2).value()));
  BOOST_TEST(!asked.keep_devices);
  BOOST_TEST((t.logs_in(first_password).error().code == errc::wrong_credentials));
  BOOST_TEST(t.logs_in(second_password).has_value());
  BOOST_TEST(!t.server.knows_token(telephone->device));
  // This device stays in.
  t.server.drop(*t.server.newest());
  t.world.run_for(5'000);
  BOOST_TEST(t.engine->connected());
  BOOST_TEST(t.alice.ends.empty());
}

BOOST_AUTO_TEST_CASE(other_devices_may_stay) {
  carols_town t;
  const auto telephone = t.logs_in(first_password);
  t.changes(first_password, second_password, true);
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST(t.result->has_value());
  BOOST_TEST(t.server.knows_token(telephone->device));
}

BOOST_AUTO_TEST_CASE(the_present_password_is_stretched_as_it_was_and_the_new_one_as_is_wished_now) {
  carols_town t;
  // The server has become stricter since Carol registered.
  const argon2_parameters stricter{argon2_weakest.memory_kib * 2, 1};
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<hello>(asked.body)) return false;
    t.server.say(from, {asked.request, welcome{"toy", t.server.limits, stricter, 0}});
    return true;
  };
  t.server.drop(*t.server.newest());
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.connections.size() == 3; }, 5'000));
  t.changes(first_password, second_password);
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST(t.result->has_value());
  const auto asked = std::get<change_password>(t.server.heard.back().body);
  BOOST_TEST((asked.argon2 == stricter));
  BOOST_TEST(
      (asked.new_auth_key == derive_auth_key(second_password, asked.salt, stricter).value()));
  BOOST_TEST(t.logs_in(second_password).has_value());
}

BOOST_AUTO_TEST_CASE(a_wrong_present_password_changes_nothing) {
  carols_town t;
  t.changes("not my password", second_password);
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST((t.result->error().code == errc::wrong_credentials));
  BOOST_TEST(t.logs_in(first_password).has_value());
  BOOST_TEST(t.engine->connected());
}

BOOST_AUTO_TEST_CASE(a_weak_new_password_is_refused_before_anything_is_asked) {
  carols_town t;
  t.changes(first_password, "short");
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST((t.result->error().code == errc::password_weak));
  forgetful other;
  other.resets(good_code, "short");
  BOOST_REQUIRE(other.hears());
  BOOST_TEST((other.again->error().code == errc::password_weak));
  BOOST_TEST(t.server.heard.empty());
}

BOOST_AUTO_TEST_CASE(a_change_survives_the_loss_of_its_answer) {
  carols_town t;
  bool lost = false;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<change_password>(asked.body) || lost) return false;
    lost = true;
    t.world.schedule(0, [&] { t.server.drop(from); });
    t.world.black_hole = true;
    t.world.schedule(5, [&] { t.world.black_hole = false; });
    return false;
  };
  t.changes(first_password, second_password);
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST(lost);
  BOOST_TEST(t.result->has_value());
  std::vector<change_password> asked;
  for (const auto& each : t.server.heard) {
    if (const auto* found = std::get_if<change_password>(&each.body)) asked.push_back(*found);
  }
  // Once more behind each token that it tries; always the same.
  BOOST_REQUIRE(asked.size() >= 2U);
  for (const auto& each : asked) BOOST_TEST((each == asked[0]));
  // By the new token, for the old one was good no more.
  BOOST_TEST(t.result->value().token == asked[0].token);
}

BOOST_AUTO_TEST_CASE(a_change_may_be_asked_for_before_there_is_a_connection) {
  carols_town t;
  t.server.shut();
  t.world.run_for(100);
  t.changes(first_password, second_password);
  t.world.run_for(5'000);
  BOOST_TEST(!t.result.has_value());
  t.server.open();
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST(t.result->has_value());
}

BOOST_AUTO_TEST_CASE(nobody_who_is_not_logged_in_changes_a_password) {
  forgetful t;
  t.tablet->change_password(first_password, second_password, false,
                            [&](auto answered) { t.result = answered; });
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST((t.result->error().code == errc::not_logged_in));
}

BOOST_AUTO_TEST_CASE(another_address_needs_the_password) {
  carols_town t;
  std::optional<outcome<done>> result;
  const auto wishes = [&](const std::string& password, const std::string& address) {
    result.reset();
    t.engine->change_email(password, address, [&](auto answered) { result = answered; });
    BOOST_REQUIRE(t.world.run_until([&] { return result.has_value(); }, 60'000));
  };
  wishes("not my password", "c@example.org");
  BOOST_TEST((result->error().code == errc::wrong_credentials));
  t.server.heard.clear();
  wishes(first_password, "nowhere\r\nBcc: all");
  BOOST_TEST((result->error().code == errc::email_invalid));
  BOOST_TEST(t.server.heard.empty());
  wishes(first_password, "c@example.org");
  BOOST_TEST(result->has_value());
  BOOST_TEST(std::get<change_email>(t.server.heard.back().body).email == "c@example.org");
}

BOOST_AUTO_TEST_CASE(a_server_that_wants_cheap_keys_for_a_change_does_not_get_them) {
  carols_town t;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (std::holds_alternative<get_salt>(asked.body)) {
      t.server.say(from, {asked.request, salt{bytes(16, 's'), argon2_parameters{8, 1}}});
      return true;
    }
    BOOST_TEST(!std::holds_alternative<change_password>(asked.body));
    return false;
  };
  t.changes(first_password, second_password);
  BOOST_REQUIRE(t.gets_answer());
  BOOST_TEST((t.result->error().code == errc::parameters_weak));
}

BOOST_AUTO_TEST_CASE(a_forgotten_password_is_set_anew_and_the_engine_goes_on_with_the_token) {
  forgetful t;
  t.tablet->subscribe(0);
  t.resets(good_code, second_password);
  BOOST_REQUIRE(t.hears());
  BOOST_REQUIRE(t.again->has_value());
  BOOST_TEST(t.again->value().account.name == "carol");
  BOOST_TEST(t.again->value().token.size() == token_octets);
  const auto asked = std::get<reset_password>(t.server.newest()->heard.back().body);
  BOOST_TEST(asked.name == "carol");
  BOOST_TEST(asked.code == good_code);
  BOOST_TEST(asked.device.name == "tablet");
  BOOST_TEST(
      (asked.auth_key == derive_auth_key(second_password, asked.salt, asked.argon2).value()));
  BOOST_TEST(!t.server.knows_token(t.laptop()));
  t.world.run_for(10);
  BOOST_TEST(t.server.newest()->subscribed);
  t.server.drop(*t.server.newest());
  BOOST_REQUIRE(t.world.run_until([&] { return t.at_home.connections.size() == 3; }, 5'000));
  BOOST_TEST(std::holds_alternative<resume>(t.server.newest()->heard[1].body));
  BOOST_TEST(t.server.newest()->who.has_value());
  BOOST_TEST(t.logs_in(second_password).has_value());
}

BOOST_AUTO_TEST_CASE(a_wrong_code_sets_no_password) {
  forgetful t;
  t.resets("AAAAABBBBB", second_password);
  BOOST_REQUIRE(t.hears());
  BOOST_TEST((t.again->error().code == errc::code_wrong));
  BOOST_TEST(t.logs_in(first_password).has_value());
}

BOOST_AUTO_TEST_CASE(a_premium_code_goes_with_the_registration) {
  for (const bool good : {true, false}) {
    town t;
    t.engine->start();
    std::optional<outcome<logged_in>> answered;
    const std::string code = good ? std::string(toy_server::premium_code) : std::string(24, 'A');
    t.engine->register_account(
        "dora", "dora@example.org", first_password, "laptop",
        [&](auto it) { answered = std::move(it); }, code);
    BOOST_REQUIRE(t.world.run_until([&] { return answered.has_value(); }, 5'000));
    BOOST_TEST(answered->has_value() == good);
    if (good) BOOST_TEST(answered->value().account.premium);
    if (!good) BOOST_TEST((answered->error().code == errc::premium_code_invalid));
  }
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_told_when_the_engine_stops_in_between) {
  // While the name is asked for, while passwords are stretched, while the answer is awaited.
  for (const std::uint64_t at_ms : {0U, 3U, 20U, 70U}) {
    carols_town t;
    t.server.intercept = [](toy_server::session&, const client_message& asked) {
      return std::holds_alternative<change_password>(asked.body);
    };
    t.changes(first_password, second_password);
    t.world.run_for(at_ms);
    BOOST_TEST(!t.result.has_value());
    bool stopped = false;
    t.engine->stop([&] { stopped = true; });
    BOOST_REQUIRE(t.world.run_until([&] { return stopped; }, 3'000));
    BOOST_REQUIRE(t.result.has_value());
    BOOST_TEST((t.result->error().code == errc::link_closed));
    t.result.reset();
    t.changes(first_password, second_password);
    BOOST_REQUIRE(t.gets_answer());
    BOOST_TEST((t.result->error().code == errc::link_closed));
    std::optional<errc> refused;
    t.engine->reset_password("carol", good_code, second_password, "tablet",
                             [&](const auto& answered) { refused = answered.error().code; });
    t.world.run_for(1'000);
    BOOST_REQUIRE(refused.has_value());
    BOOST_TEST((*refused == errc::link_closed));
  }
}

BOOST_AUTO_TEST_CASE(what_opens_an_account_is_wiped_from_a_request) {
  const bytes key(auth_key_octets, 'k');
  const auto left = [](client_body body) {
    client::wipe_secrets(body);
    return body;
  };
  const auto changed =
      std::get<change_password>(left(change_password{key, {}, {}, key, false, {}}));
  BOOST_TEST(changed.auth_key.empty());
  BOOST_TEST(changed.new_auth_key.empty());
  BOOST_TEST(std::get<change_email>(left(change_email{key, "a"})).auth_key.empty());
  const auto reset = std::get<reset_password>(left(reset_password{"c", "code", {}, {}, key, {}}));
  BOOST_TEST(reset.auth_key.empty());
  BOOST_TEST(reset.code.empty());
  BOOST_TEST(std::get<unlock_account>(left(unlock_account{"c", "code"})).code.empty());
  BOOST_TEST(std::get<confirm_email>(left(confirm_email{"code"})).code.empty());
  BOOST_TEST(std::get<redeem_premium>(left(redeem_premium{"code"})).code.empty());
  const auto registered =
      std::get<register_account>(left(register_account{{}, "c", "e", {}, {}, key, {}, "code"}));
  BOOST_TEST(registered.auth_key.empty());
  BOOST_TEST(registered.premium_code.empty());
  BOOST_TEST(std::get<put_identity>(left(put_identity{key, "p", {}, {}})).auth_key.empty());
}

BOOST_AUTO_TEST_SUITE_END()
