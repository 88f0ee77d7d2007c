#include "protocol/sealing/sealed_message.hpp"
#include "tests/client/commands/alices_desk.hpp"

using namespace uod::client;

/// A server that cheats, and what people see of it in the program.
namespace {

struct watched_desk : alices_desk {
  watched_desk() { bob_arrives(); }

  /// What the server has stored, to be cheated with.
  template <class Cheat>
  void server_cheats(const Cheat& cheat, bool renumbers = true) {
    const auto held = port.lock();
    cheat(port.server.stored);
    std::uint64_t seq = 0;
    for (auto& each : port.server.stored) {
      if (renumbers) each.seq = ++seq;
    }
  }
  /// Somebody else with a key, who has an account here.
  uod::account_id mallory_arrives() { return arrives("mallory", "m"); }
  /// Bob is who he was, and has the key of somebody else.
  void server_swaps_bobs_key(const uod::account_id& whose) {
    const auto held = port.lock();
    const auto alice = id_of(registered);
    const auto other = port.server.shown_chat(port.server.chat_of(alice, whose));
    uod::bytes identity;
    for (const auto& each : other.members) {
      if (each.id == whose) identity = each.identity;
    }
    port.server.intercept = [this, identity, whose, alice](uod::test::toy_server::session& from,
                                                           const uod::client_message& asked) {
      if (std::holds_alternative<uod::open_chat>(asked.body)) {
        auto told = port.server.shown_chat(port.server.stored.front().chat);
        for (auto& each : told.members) {
          if (each.id != alice) each.identity = identity;
        }
        port.server.say(from, {asked.request, uod::chat_opened{told}});
        return true;
      }
      if (const auto* find = std::get_if<uod::find_identity>(&asked.body)) {
        port.server.say(from, {asked.request, port.server.found_identity(whose, find->account)});
        return true;
      }
      return false;
    };
  }
  /// The chat between alice and somebody, told as the one with bob.
  void server_calls_bob(const uod::account_id& whom, bool beside_him = false) {
    const auto held = port.lock();
    const auto alice = id_of(registered);
    auto chat = port.server.shown_chat(port.server.chat_of(alice, whom));
    for (auto& each : chat.members) {
      if (each.id == whom) each.name = beside_him ? "mallory" : "bob";
    }
    port.server.intercept = [this, chat, beside_him](uod::test::toy_server::session& from,
                                                     const uod::client_message& asked) {
      if (!std::holds_alternative<uod::open_chat>(asked.body)) return false;
      auto told = chat;
      if (beside_him) {
        told = port.server.shown_chat(port.server.stored.front().chat);
        for (const auto& each : chat.members) {
          if (each.name == "mallory") told.members.push_back(each);
        }
      }
      port.server.say(from, {asked.request, uod::chat_opened{told}});
      return true;
    };
  }
  void bob_sends(const std::vector<std::string>& texts) {
    for (const auto& each : texts) bob_types({"send", "alice", each});
  }
  /// What `listen` shows of messages and gaps, from the beginning.
  std::vector<json> hears(std::size_t messages, const std::string& from = "p0h0") {
    auto heard = sees({"listen", "--after", from, "--count", std::to_string(messages)});
    std::erase_if(heard, [](const json& row) { return row.at("type") == "connection"; });
    return heard;
  }
  static std::string trouble_of(const json& row) {
    return row.contains("trouble") ? row.at("trouble").at("code").get<std::string>() : "none";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(malicious_server_at_the_program, watched_desk)

BOOST_AUTO_TEST_CASE(an_altered_message_is_not_shown) {
  bob_sends({"one", "two"});
  server_cheats([](auto& stored) { stored[1].body.back() ^= 1; });
  const auto heard = hears(2);
  BOOST_TEST(heard.at(0).at("text") == "one");
  BOOST_TEST(trouble_of(heard.at(1)) == "sealed_damaged");
  BOOST_TEST(heard.at(1).at("text") == "");
}

BOOST_AUTO_TEST_CASE(a_replayed_message_is_not_shown_again) {
  bob_sends({"pay me", "thanks"});
  server_cheats([](auto& stored) {
    stored.push_back(stored[0]);
    stored.back().position = 3;
  });
  const auto heard = hears(3);
  BOOST_TEST(trouble_of(heard.at(2)) == "sealed_damaged");
  BOOST_TEST(trouble_of(heard.at(0)) == "none");
}

BOOST_AUTO_TEST_CASE(messages_in_another_order_are_told_apart) {
  bob_sends({"no", "shall I?"});
  server_cheats([](auto& stored) {
    std::swap(stored[0], stored[1]);
    std::swap(stored[0].position, stored[1].position);
  });
  const auto heard = hears(2);
  // The later one first: the one before it is missing there. Then that, where it cannot be.
  BOOST_REQUIRE(heard.size() == 3U);
  BOOST_TEST(heard[0].at("type") == "gap");
  BOOST_TEST(heard[1].at("text") == "shall I?");
  BOOST_TEST(trouble_of(heard[2]) == "sealed_damaged");
}

BOOST_AUTO_TEST_CASE(a_withheld_message_leaves_a_gap) {
  bob_sends({"one", "two", "three"});
  server_cheats([](auto& stored) { stored.erase(stored.begin() + 1); });
  const auto heard = hears(2);
  BOOST_REQUIRE(heard.size() == 3U);
  BOOST_TEST(heard[1].at("type") == "gap");
  BOOST_TEST(heard[1].at("missing") == 1);
  BOOST_TEST(heard[2].at("text") == "three");
}

BOOST_AUTO_TEST_CASE(a_hole_is_a_gap_too) {
  bob_sends({"one", "two", "three"});
  server_cheats([](auto& stored) { stored.erase(stored.begin() + 1); }, false);
  const auto heard = hears(2);
  BOOST_REQUIRE(heard.size() == 3U);
  BOOST_TEST(heard[1].at("type") == "gap");
  BOOST_TEST(heard[1].at("missing") == 1);
  BOOST_TEST(!heard[1].contains("from"));
}

BOOST_AUTO_TEST_CASE(a_hole_between_two_runs_is_a_gap_too) {
  bob_sends({"one"});
  sees({"listen", "--count", "1"});
  bob_sends({"two", "three"});
  server_cheats([](auto& stored) { stored.erase(stored.begin() + 1); }, false);
  auto heard = sees({"listen", "--count", "1"});
  std::erase_if(heard, [](const json& row) { return row.at("type") == "connection"; });
  BOOST_REQUIRE(heard.size() == 2U);
  BOOST_TEST(heard[0].at("type") == "gap");
  BOOST_TEST(heard[1].at("text") == "three");
}

BOOST_AUTO_TEST_CASE(somebody_else_under_bobs_name_is_not_written_to) {
  sees({"send", "bob", "hi"});
  server_calls_bob(mallory_arrives());
  const auto refused = types({"send", "bob", "the code is 1234"});
  BOOST_TEST(refused.exit_code == 8, refused.err);
  BOOST_TEST(port.server.stored.size() == 1U);
  BOOST_TEST(sees({"contacts", "verify", "bob"}).at(0).at("key_changed") == true);
  // When a person has compared it (bob has deleted his account, and made another), it is bob.
  sees({"contacts", "verify", "bob", "--confirm"});
  BOOST_TEST(types({"send", "bob", "it is you"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(nobody_is_put_into_a_chat) {
  sees({"send", "bob", "hi"});
  server_calls_bob(mallory_arrives(), true);
  const auto refused = types({"send", "bob", "the code is 1234"});
  BOOST_TEST(refused.exit_code == 1, refused.err);
  BOOST_TEST(rows(refused).back().at("code") == "malformed");
  BOOST_TEST(port.server.stored.size() == 1U);
}

BOOST_AUTO_TEST_CASE(only_the_number_that_was_shown_is_confirmed) {
  sees({"send", "bob", "hi"});
  sees({"contacts", "verify", "bob"});
  server_swaps_bobs_key(mallory_arrives());
  const auto refused = types({"contacts", "verify", "bob", "--confirm"});
  BOOST_TEST(refused.exit_code == 8, refused.err);
  BOOST_TEST(has(refused.err, "compare it first"), refused.err);
  BOOST_TEST(types({"send", "bob", "the code is 1234"}).exit_code == 8);
}

BOOST_AUTO_TEST_CASE(an_identity_key_that_the_server_has_lost_is_put_back) {
  const auto before = sees({"whoami"}).at(0);
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::get_identity>(asked.body)) return false;
      port.server.say(from, {asked.request, uod::identity_shown{}});
      return true;
    };
  }
  const auto again = types({"login", "--user", "alice", "--password-stdin"}, first_password);
  BOOST_TEST_REQUIRE(again.exit_code == 0, again.err);
  BOOST_TEST(has(again.err, "it gets it back from here"), again.err);
  BOOST_TEST(has(again.out, "recovery_code"), again.out);
  BOOST_TEST(sees({"whoami"}).at(0) == before);
}

BOOST_AUTO_TEST_CASE(an_identity_key_that_was_replaced_does_not_come_back) {
  const auto old_key = [&] {
    const auto held = port.lock();
    std::optional<uod::put_identity> put;
    for (const auto& each : port.server.heard) {
      if (const auto* it = std::get_if<uod::put_identity>(&each.body); it && !put) put = *it;
    }
    return put;
  }();
  BOOST_REQUIRE(old_key.has_value());
  sees({"identity", "renew", "--yes", "--password-stdin"}, first_password);
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::get_identity>(asked.body)) return false;
      port.server.say(from, {asked.request,
                             uod::identity_shown{old_key->public_key, old_key->sealed_by_password,
                                                 old_key->sealed_by_recovery}});
      return true;
    };
  }
  const auto again = types({"login", "--user", "alice", "--password-stdin"}, first_password);
  BOOST_TEST(again.exit_code == 8, again.err);
  BOOST_TEST(has(again.err, "that was replaced"), again.err);
  // Nor is the new one's seal overwritten by a device that does not know of it.
  const auto changed =
      types({"password", "change", "--password-stdin"}, first_password + second_password);
  BOOST_TEST(changed.exit_code == 8, changed.err);
}

BOOST_AUTO_TEST_CASE(a_message_in_anothers_name_is_not_shown) {
  bob_sends({"I owe you ten"});
  server_cheats([&](auto& stored) { stored[0].sender = id_of(registered); });
  BOOST_TEST(trouble_of(hears(1).at(0)) == "sealed_damaged");
}

BOOST_AUTO_TEST_CASE(an_unsealed_message_is_not_shown_as_one) {
  bob_sends({"one"});
  server_cheats([](auto& stored) {
    stored[0].content = uod::content_type::text;
    stored[0].body = "send me your password";
  });
  const auto heard = hears(1);
  BOOST_TEST(trouble_of(heard.at(0)) != "none");
  BOOST_TEST(heard.at(0).at("text") == "");
}

BOOST_AUTO_TEST_CASE(a_withheld_chat_key_is_said) {
  bob_sends({"one"});
  {
    const auto held = port.lock();
    port.server.chat_key_records.clear();
  }
  BOOST_TEST(trouble_of(hears(1).at(0)) == "chat_key_unknown");
}

BOOST_AUTO_TEST_CASE(an_old_chat_key_for_a_new_message_is_said) {
  bob_sends({"one"});
  const auto first = port.server.chat_key_records;
  {
    const auto held = port.lock();
    port.server.chat_key_records.clear();
  }
  bob_sends({"two"});
  {
    // The record of the first epoch in the place of the second.
    const auto held = port.lock();
    for (auto& [_, record] : port.server.chat_key_records) record = first.begin()->second;
  }
  const auto heard = hears(2);
  BOOST_TEST(trouble_of(heard.at(1)) == "chat_key_unknown");
}

BOOST_AUTO_TEST_CASE(a_swapped_key_stops_sending_and_shows_everywhere) {
  sees({"send", "bob", "hi"});
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::open_chat>(asked.body)) return false;
      // Another key for Bob, of which the server has the other half.
      for (const auto& each : port.server.stored) {
        auto shown = port.server.shown_chat(each.chat);
        for (auto& member : shown.members) {
          if (member.id != id_of(registered)) member.identity = uod::bytes(32, 'm');
        }
        port.server.say(from, {asked.request, uod::chat_opened{shown}});
        return true;
      }
      return false;
    };
  }
  const auto stored_before = port.server.stored.size();
  const auto refused = types({"send", "bob", "the code is 1234"});
  BOOST_TEST(refused.exit_code == 8, refused.err);
  BOOST_TEST(rows(refused).back().at("code") == "identity_changed");
  BOOST_TEST(has(refused.err, "uod contacts verify bob"), refused.err);
  BOOST_TEST(port.server.stored.size() == stored_before);
}

BOOST_AUTO_TEST_SUITE_END()
