#include "protocol/sealing/sealed_message.hpp"
#include "tests/client/commands/alices_desk.hpp"

using namespace uod::client;

/// A server that cheats, and what people see of it in the program.
namespace {

struct watched_desk : alices_desk {
  watched_desk() { bob_arrives(); }

  /// What the server has stored, to be cheated with.
  template <class Cheat>
  void server_cheats(const Cheat& cheat) {
    const auto held = port.lock();
    cheat(port.server.stored);
    std::uint64_t seq = 0;
    for (auto& each : port.server.stored) each.seq = ++seq;
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

BOOST_AUTO_TEST_CASE(a_message_in_anothers_name_is_not_shown) {
  bob_sends({"I owe you ten"});
  const auto alice = *uod::uuid_from_text(rows(registered).at(0).at("account").get<std::string>());
  server_cheats([&](auto& stored) { stored[0].sender = uod::account_id(alice); });
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
      const auto alice =
          *uod::uuid_from_text(rows(registered).at(0).at("account").get<std::string>());
      for (const auto& each : port.server.stored) {
        auto shown = port.server.shown_chat(each.chat);
        for (auto& member : shown.members) {
          if (member.id != uod::account_id(alice)) member.identity = uod::bytes(32, 'm');
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
