#include "protocol/sealing/sealed_message.hpp"
#include "tests/client/commands/alices_desk.hpp"

using namespace uod::client;

/// The program at a server that does what servers do to keys and codes.
namespace {

/// Before anybody has registered.
struct desk_of_nobody : alices_desk {
  desk_of_nobody() : alices_desk(nobody_yet{}) {}

  ended registers_within(const std::string& timeout_s) {
    const piped_lines input(first_password);
    return program({"--json", "--timeout", timeout_s, "--server", port.address(), "register",
                    "--user", "alice", "--email", "alice@example.org", "--password-stdin"},
                   input.in, -1, -1, home.path / "s")
        .end();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(served_sealing)

BOOST_FIXTURE_TEST_CASE(nothing_is_sent_under_a_key_that_the_server_did_not_take, alices_desk) {
  bob_arrives();
  int keys = 0;
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::put_chat_key>(asked.body) || ++keys == 1) return false;
      // Bob has another identity by now.
      port.server.say(from, {asked.request, uod::failure{{uod::errc::identity_changed, "bob"}}});
      return true;
    };
  }
  std::string lines;
  for (std::uint32_t number = 0; number < uod::messages_per_epoch_max + 20; ++number) {
    lines += std::to_string(number) + "\n";
  }
  const auto done = types({"send", "bob", "-"}, lines);
  BOOST_TEST(done.exit_code == 8, done.err);
  BOOST_TEST(rows(done).back().at("code") == "identity_changed");
  const auto held = port.lock();
  BOOST_TEST(keys == 2);
  // What was sealed under the first key is all there, and nothing under the second.
  BOOST_TEST(port.server.stored.size() == uod::messages_per_epoch_max);
}

BOOST_FIXTURE_TEST_CASE(a_new_key_is_stored_before_what_is_sealed_with_it, alices_desk) {
  bob_arrives();
  std::string lines;
  for (std::uint32_t number = 0; number < uod::messages_per_epoch_max + 20; ++number) {
    lines += std::to_string(number) + "\n";
  }
  BOOST_TEST_REQUIRE(types({"send", "bob", "-"}, lines).exit_code == 0);
  const auto held = port.lock();
  BOOST_REQUIRE(port.server.chat_key_records.size() == 2U);
  BOOST_REQUIRE(port.server.stored.size() == uod::messages_per_epoch_max + 20);
  const auto last = uod::parse_sealed_message(port.server.stored.back().body).value();
  BOOST_TEST(last.counter == 20U);
  // It says how the first one ended.
  const auto record = uod::parse_chat_key(port.server.chat_key_records.at(last.epoch)).value();
  BOOST_TEST(record.about.previous_count == uod::messages_per_epoch_max);
  const auto first = uod::parse_sealed_message(port.server.stored.front().body).value();
  BOOST_TEST((record.about.previous_epoch == first.epoch));
}

BOOST_FIXTURE_TEST_CASE(the_next_program_says_how_a_used_up_key_ended, alices_desk) {
  bob_arrives();
  std::string lines;
  for (std::uint32_t number = 0; number < uod::messages_per_epoch_max; ++number) lines += "x\n";
  BOOST_TEST_REQUIRE(types({"send", "bob", "-"}, lines).exit_code == 0);
  sees({"send", "bob", "the first of another key"});
  const auto held = port.lock();
  const auto epoch_of = [&](std::size_t at) {
    return uod::parse_sealed_message(port.server.stored.at(at).body).value().epoch;
  };
  const auto& record = port.server.chat_key_records.at(epoch_of(uod::messages_per_epoch_max));
  const auto about = uod::parse_chat_key(record).value().about;
  BOOST_TEST((about.previous_epoch == epoch_of(0)));
  BOOST_TEST(about.previous_count == uod::messages_per_epoch_max);
}

BOOST_FIXTURE_TEST_CASE(a_refused_key_does_not_hide_how_the_one_before_ended, alices_desk) {
  bob_arrives();
  std::string lines;
  for (std::uint32_t number = 0; number < uod::messages_per_epoch_max; ++number) lines += "x\n";
  BOOST_TEST_REQUIRE(types({"send", "bob", "-"}, lines).exit_code == 0);
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::put_chat_key>(asked.body)) return false;
      port.server.say(from, {asked.request, uod::failure{{uod::errc::storage_full}}});
      return true;
    };
  }
  BOOST_TEST(types({"send", "bob", "refused"}).exit_code == 1);
  {
    const auto held = port.lock();
    port.server.intercept = nullptr;
  }
  sees({"send", "bob", "the first of another key"});
  const auto held = port.lock();
  const auto last = uod::parse_sealed_message(port.server.stored.back().body).value();
  const auto about = uod::parse_chat_key(port.server.chat_key_records.at(last.epoch)).value().about;
  BOOST_TEST(about.previous_count == uod::messages_per_epoch_max);
}

BOOST_FIXTURE_TEST_CASE(a_key_that_the_server_has_lost_is_not_gone_on_with, alices_desk) {
  bob_arrives();
  sees({"send", "bob", "one"});
  {
    // It came back from a backup that is older than the key.
    const auto held = port.lock();
    port.server.chat_key_records.clear();
  }
  sees({"send", "bob", "two"});
  const auto held = port.lock();
  const auto last = uod::parse_sealed_message(port.server.stored.back().body).value();
  BOOST_TEST(last.counter == 1U);
  BOOST_TEST(port.server.chat_key_records.contains(last.epoch));
}

BOOST_FIXTURE_TEST_CASE(a_key_may_be_used_up_while_the_server_asks_for_patience, alices_desk) {
  bob_arrives();
  std::string lines;
  for (std::uint32_t number = 0; number < uod::messages_per_epoch_max + 20; ++number) {
    lines += std::to_string(number) + "\n";
  }
  {
    // The last one of the first key comes too soon, and so does what was sent with it.
    const auto held = port.lock();
    port.server.intercept = [this, was_hasty = false](uod::test::toy_server::session&,
                                                      const uod::client_message&) mutable {
      auto& server = port.server;
      const bool last_one = server.stored.size() == uod::messages_per_epoch_max - 1;
      if (last_one && !was_hasty) {
        was_hasty = true;
        server.send_every_ms = 1;
        server.next_send_ms = port.world.steady_ms() + 100;
      }
      return false;
    };
  }
  const auto done = types({"send", "bob", "-"}, lines);
  BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
  const auto held = port.lock();
  BOOST_TEST(port.server.refusals > 0U);
  BOOST_REQUIRE(port.server.stored.size() == uod::messages_per_epoch_max + 20);
  for (std::uint32_t at = 0; at < uod::messages_per_epoch_max; ++at) {
    BOOST_REQUIRE(uod::parse_sealed_message(port.server.stored[at].body).value().counter == at + 1);
  }
}

BOOST_FIXTURE_TEST_CASE(a_recovery_code_is_shown_though_its_answer_gets_lost, desk_of_nobody) {
  {
    const auto held = port.lock();
    port.server.intercept = [](uod::test::toy_server::session&, const uod::client_message& asked) {
      return std::holds_alternative<uod::put_identity>(asked.body);
    };
  }
  const auto lost = registers_within("1");
  BOOST_TEST(lost.exit_code == 6, lost.err);
  const auto shown = rows(lost);
  BOOST_TEST(std::ranges::count_if(
                 shown, [](const json& row) { return row.at("type") == "recovery_code"; }) == 1);
  BOOST_TEST(has(lost.err, "is not known: keep its recovery code"), lost.err);
}

BOOST_FIXTURE_TEST_CASE(a_recovery_code_that_the_server_did_not_take_is_void, desk_of_nobody) {
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::put_identity>(asked.body)) return false;
      port.server.say(from, {asked.request, uod::failure{{uod::errc::storage_full}}});
      return true;
    };
  }
  const auto refused = registers_within("10");
  BOOST_TEST(refused.exit_code == 1, refused.err);
  BOOST_TEST(has(refused.err, "its recovery code is void"), refused.err);
}

BOOST_FIXTURE_TEST_CASE(who_listens_waits_for_keys_that_do_not_come_at_once, alices_desk) {
  bob_arrives();
  for (const char* text : {"one", "two"}) bob_types({"send", "alice", text});
  int asked_times = 0;
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::fetch_chat_keys>(asked.body)) return false;
      if (++asked_times > 2) return false;
      port.server.say(from, {asked.request, uod::failure{{uod::errc::rate_limited, {}, 20}}});
      return true;
    };
  }
  auto heard = sees({"listen", "--count", "2", "-v"});
  std::erase_if(heard, [](const json& row) { return row.at("type") != "message"; });
  BOOST_REQUIRE(heard.size() == 2U);
  BOOST_TEST(heard[0].at("text") == "one");
  BOOST_TEST(heard[1].at("text") == "two");
  const auto held = port.lock();
  BOOST_TEST(asked_times == 3);
}

BOOST_FIXTURE_TEST_CASE(a_log_in_that_cannot_be_kept_costs_nothing_that_was_read, alices_desk) {
  bob_arrives();
  bob_types({"send", "alice", "keep this"});
  BOOST_TEST(sees({"listen", "--count", "1"}).back().at("text") == "keep this");
  BOOST_TEST(sees({"search", "keep"}).size() == 1U);
  const auto profile = home.path / "s" / "profiles" / "default";
  // What stands there cannot be read, nor anything put in its place.
  const auto kept_apart = home.path / "credentials.json";
  std::filesystem::rename(profile / "credentials.json", kept_apart);
  std::filesystem::create_directory(profile / "credentials.json");
  BOOST_TEST(types({"login", "--user", "alice", "--password-stdin"}, first_password).exit_code ==
             1);
  std::filesystem::remove(profile / "credentials.json");
  std::filesystem::rename(kept_apart, profile / "credentials.json");
  BOOST_TEST(sees({"search", "keep"}).at(0).at("text") == "keep this");
}

BOOST_AUTO_TEST_SUITE_END()
