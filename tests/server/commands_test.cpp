#include <algorithm>

#include "actors/meter.hpp"
#include "protocol/codes.hpp"
#include "server/administration/command.hpp"
#include "server/administration/text_rows.hpp"
#include "tests/server/house.hpp"

// Each command over a real store, and each way in which it is refused.
namespace uod::test {

using namespace administration;

namespace {

struct house {
  fresh_directory home;
  store_host host{home.path() / "uod.db"};
  account_id alice = host.registers("alice");
  account_id bob = host.registers("bob");

  std::vector<row> sees(const command& wanted) { return must(rows_from(host, wanted)); }
  errc refusal(const command& wanted) { return code_of(rows_from(host, wanted)); }
};

std::vector<row> of_type(const std::vector<row>& rows, std::string_view type) {
  std::vector<row> found;
  std::ranges::copy_if(rows, std::back_inserter(found),
                       [&](const row& one) { return one["type"] == type; });
  return found;
}

/// Bob types Alice's password wrongly until her name is locked.
void lock_by_failures(house& in) {
  storage::count_failure failed;
  failed.name_key = "alice";
  failed.network = "198.51.100.0/24";
  failed.now_ms = in.host.now;
  failed.account = in.alice;
  for (int i = 0; i < 5; ++i) in.host.change_or_fail(failed);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(commands)

BOOST_FIXTURE_TEST_CASE(accounts_are_listed_in_the_order_of_their_names, house) {
  for (int i = 0; i < 250; ++i) host.registers("person" + std::to_string(1000 + i));
  const auto all = sees(list_accounts{});
  BOOST_TEST_REQUIRE(all.size() == 252U);
  BOOST_TEST(all[0]["user"] == "alice");
  BOOST_TEST(all[1]["user"] == "bob");
  BOOST_TEST(all[251]["user"] == "person1249");
  BOOST_TEST(sees(list_accounts{1}).size() == 1U);
  BOOST_TEST(sees(list_accounts{201}).size() == 201U);
}

BOOST_FIXTURE_TEST_CASE(an_account_is_shown_with_its_devices, house) {
  host.change_or_fail(storage::put_contact{alice, bob});
  const auto rows = sees(show_account{"Alice"});  // as anybody would write it
  BOOST_TEST_REQUIRE(rows.size() == 1U);
  const row& shown = rows[0];
  BOOST_TEST(shown["type"] == "account");
  BOOST_TEST(shown["user"] == "alice");
  BOOST_TEST(shown["id"] == to_text(alice));
  BOOST_TEST(shown["email"] == "alice@example.org");
  BOOST_TEST(shown["email_confirmed"] == false);
  BOOST_TEST(shown["premium"] == false);
  BOOST_TEST(shown["closed"] == false);
  BOOST_TEST(shown["locked_until"].is_null());
  BOOST_TEST(shown["last_seen"].is_null());
  BOOST_TEST(shown["created_at"] == "2027-01-15T08:00:00.000Z");
  BOOST_TEST(shown["contacts"] == 1);
  BOOST_TEST_REQUIRE(shown["devices"].size() == 1U);
  BOOST_TEST(shown["devices"][0]["name"] == "alice's laptop");
  BOOST_TEST(shown["devices"][0]["address"] == "192.0.2.1");
}

BOOST_FIXTURE_TEST_CASE(a_locked_account_is_closed_and_put_out, house) {
  const auto rows = sees(lock_account{"bob"});
  BOOST_TEST_REQUIRE(rows.size() == 1U);
  BOOST_TEST(rows[0]["closed"] == true);
  BOOST_TEST(host.account("bob").closed);
  BOOST_TEST_REQUIRE(host.ended.size() == 1U);
  BOOST_TEST(host.ended[0].first == bob);
  BOOST_TEST(host.ended[0].second.code == errc::account_closed);
  BOOST_TEST(!host.account("alice").closed);
}

BOOST_FIXTURE_TEST_CASE(nobody_is_put_out_when_the_lock_was_not_stored, house) {
  host.broken = error(errc::storage_full);
  BOOST_TEST(refusal(lock_account{"bob"}) == errc::storage_full);
  BOOST_TEST(refusal(delete_account{"bob"}) == errc::storage_full);
  BOOST_TEST(host.ended.empty());
}

BOOST_FIXTURE_TEST_CASE(who_does_not_listen_to_the_answer_has_locked_all_the_same, house) {
  const auto done = execute(host, lock_account{"bob"}, {}, [](const row&) { return false; });
  BOOST_TEST(code_of(done) == errc::interrupted);
  BOOST_TEST(host.account("bob").closed);
  BOOST_TEST(host.ended.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(unlocking_opens_and_ends_the_lock_of_wrong_passwords, house) {
  lock_by_failures(*this);
  BOOST_TEST(sees(show_account{"alice"})[0]["locked_until"] == "2027-01-15T08:01:00.000Z");
  sees(lock_account{"alice"});
  const auto rows = sees(release_account{"alice"});
  BOOST_TEST(rows[0]["closed"] == false);
  BOOST_TEST(rows[0]["locked_until"].is_null());
  BOOST_TEST(!host.account("alice").closed);
  BOOST_TEST(!must(host.reads().name_lock("alice")).locked(host.now));
}

BOOST_FIXTURE_TEST_CASE(a_lock_that_is_over_is_not_shown, house) {
  lock_by_failures(*this);
  host.now += 60'000;
  BOOST_TEST(sees(show_account{"alice"})[0]["locked_until"].is_null());
}

BOOST_FIXTURE_TEST_CASE(premium_is_given_and_taken, house) {
  BOOST_TEST(sees(set_account_premium{"bob", true})[0]["premium"] == true);
  BOOST_TEST(host.account("bob").premium);
  BOOST_TEST(sees(set_account_premium{"bob", false})[0]["premium"] == false);
  BOOST_TEST(!host.account("bob").premium);
}

BOOST_FIXTURE_TEST_CASE(a_deleted_account_leaves_what_it_said_to_others, house) {
  host.says(bob, alice, "remember me");
  const auto rows = sees(delete_account{"bob"});
  BOOST_TEST(rows[0]["type"] == "deleted");
  BOOST_TEST(rows[0]["user"] == "bob");
  BOOST_TEST_REQUIRE(host.ended.size() == 1U);
  BOOST_TEST(host.ended[0].first == bob);
  BOOST_TEST(host.ended[0].second.code == errc::account_deleted);
  BOOST_TEST(refusal(show_account{"bob"}) == errc::no_such_account);
  BOOST_TEST(sees(list_accounts{}).size() == 1U);

  const auto kept = of_type(sees(export_account{"alice"}), "message");
  BOOST_TEST_REQUIRE(kept.size() == 1U);
  BOOST_TEST(kept[0]["text"] == "remember me");
  const std::string author = kept[0]["from"];
  BOOST_TEST(author.starts_with("unknown-"));
  // What is left of it is no account that could be commanded.
  for (const command& wanted : std::initializer_list<command>{
           show_account{author}, lock_account{author}, release_account{author},
           set_account_premium{author, true}, delete_account{author}, export_account{author}}) {
    BOOST_TEST(refusal(wanted) == errc::no_such_account);
  }
}

BOOST_FIXTURE_TEST_CASE(names_that_nobody_has_are_told, house) {
  for (const std::string name : {"carol", "", "a b", "no\nname", "\xff", "unknown-1"}) {
    for (const command& wanted : std::initializer_list<command>{
             show_account{name}, lock_account{name}, release_account{name},
             set_account_premium{name, true}, delete_account{name}, export_account{name}}) {
      BOOST_TEST_CONTEXT(name_of(wanted) << " " << name) {
        BOOST_TEST(refusal(wanted) == errc::no_such_account);
      }
    }
  }
  BOOST_TEST(host.ended.empty());
}

BOOST_FIXTURE_TEST_CASE(an_export_holds_all_that_the_account_sees, house) {
  const account_id carol = host.registers("carol");
  host.change_or_fail(storage::put_contact{alice, bob});
  host.change_or_fail(storage::set_premium{alice, true});
  host.change_or_fail(storage::set_premium{carol, true});
  for (int i = 1; i <= 450; ++i)
    host.says(i % 3 == 0 ? bob : alice, i % 3 == 0 ? alice : bob, "number " + std::to_string(i));
  host.says(alice, alice, "a note");
  host.says(bob, carol, "not for alice");
  host.says(carol, alice, std::string("\xff\x00raw", 5));
  host.broadcasts(carol, "from carol");
  host.broadcasts(alice, "from alice");
  BOOST_TEST(of_type(sees(export_account{"alice"}), "identity").empty());
  host.change_or_fail(storage::set_identity{alice,
                                            host.account("alice").stored_auth_key,
                                            bytes(32, 'a'),
                                            "public",
                                            "SEALED",
                                            "SEALED",
                                            1,
                                            {}});

  const auto rows = sees(export_account{"alice"});
  BOOST_TEST_REQUIRE(of_type(rows, "identity").size() == 1U);
  BOOST_TEST(of_type(rows, "identity")[0]["fingerprint"] ==
             "SHA256:YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE");
  BOOST_TEST(of_type(rows, "identity")[0].size() == 2U);  // and nothing of what is sealed
  BOOST_TEST(rows[0]["type"] == "account");
  BOOST_TEST(of_type(rows, "device").size() == 1U);
  BOOST_TEST(of_type(rows, "location").size() == 1U);
  BOOST_TEST_REQUIRE(of_type(rows, "contact").size() == 1U);
  BOOST_TEST(of_type(rows, "contact")[0]["user"] == "bob");
  BOOST_TEST(of_type(rows, "chat").size() == 3U);
  BOOST_TEST_REQUIRE(of_type(rows, "broadcast").size() == 1U);
  BOOST_TEST(of_type(rows, "broadcast")[0]["text"] == "from alice");
  BOOST_TEST_REQUIRE(of_type(rows, "mail").size() == 1U);
  BOOST_TEST(of_type(rows, "mail")[0]["to"] == "alice@example.org");

  const auto messages = of_type(rows, "message");
  BOOST_TEST_REQUIRE(messages.size() == 452U);
  std::uint64_t seq = 0;
  for (const row& one : messages) {
    if (one["chat"] != "bob") continue;
    ++seq;
    BOOST_TEST_REQUIRE(one["seq"] == seq);
    BOOST_TEST(one["text"] == "number " + std::to_string(seq));
    BOOST_TEST(one["from"] == (seq % 3 == 0 ? "bob" : "alice"));
    BOOST_TEST(one["to"] == (seq % 3 == 0 ? "alice" : "bob"));
  }
  BOOST_TEST(seq == 450U);
  const auto note =
      std::ranges::find_if(messages, [](auto& one) { return one["chat"] == "alice"; });
  BOOST_TEST_REQUIRE((note != messages.end()));
  BOOST_TEST((*note)["text"] == "a note");
  BOOST_TEST((*note)["to"] == "alice");
  const auto raw = std::ranges::find_if(messages, [](auto& one) { return one["chat"] == "carol"; });
  BOOST_TEST_REQUIRE((raw != messages.end()));
  BOOST_TEST((*raw)["body_hex"] == "ff00726177");
}

BOOST_FIXTURE_TEST_CASE(no_row_tells_a_secret, house) {
  storage::count_failure failed;
  std::string all;
  const auto add = [&](const std::vector<row>& rows) {
    for (const row& one : rows) all += json_of(one) + text_of(one);
  };
  host.says(alice, bob, "hello");
  const auto made = sees(create_premium_codes{3, 1, 0});
  add(sees(list_accounts{}));
  add(sees(show_account{"alice"}));
  add(sees(export_account{"alice"}));
  add(sees(list_outbox{}));
  add(sees(list_premium_codes{}));
  add(sees(retry_outbox{}));
  for (const auto& event : host.noted) {
    for (const auto& [name, value] : event.fields) all += name + "=" + value + "\n";
  }
  BOOST_TEST(all.find("alice@example.org") != std::string::npos);
  for (const std::string& secret : secrets) BOOST_TEST(all.find(secret) == std::string::npos);
  for (const row& code : made) {
    BOOST_TEST(all.find(code["code"].get<std::string>()) == std::string::npos);
  }
}

BOOST_FIXTURE_TEST_CASE(premium_codes_are_shown_once_and_good, house) {
  const auto made = sees(create_premium_codes{2, 3, host.now + 1'000});
  BOOST_TEST_REQUIRE(made.size() == 2U);
  BOOST_TEST(made[0]["code"] != made[1]["code"]);
  BOOST_TEST(made[0]["uses_max"] == 3);
  BOOST_TEST(made[0]["expires_at"] == "2027-01-15T08:00:01.000Z");
  const auto bare =
      must(parse_code(made[0]["code"].get<std::string>(), premium_code_characters, errc::usage));
  host.change_or_fail(storage::redeem_premium_code{bob, stored_premium_code(bare), host.now});
  BOOST_TEST(host.account("bob").premium);

  const auto listed = sees(list_premium_codes{});
  BOOST_TEST_REQUIRE(listed.size() == 2U);
  const auto used =
      std::ranges::find_if(listed, [&](auto& one) { return one["id"] == made[0]["id"]; });
  BOOST_TEST_REQUIRE((used != listed.end()));
  BOOST_TEST((*used)["uses"] == 1);
  BOOST_TEST((*used)["state"] == "good");
  BOOST_TEST(!used->contains("code"));

  sees(revoke_premium_code{made[0]["id"].get<std::string>()});
  host.now += 1'000;
  for (const row& one : sees(list_premium_codes{})) {
    BOOST_TEST(one["state"] == (one["id"] == made[0]["id"] ? "revoked" : "expired"));
  }
  BOOST_TEST(host.account("bob").premium);
}

BOOST_FIXTURE_TEST_CASE(many_codes_are_all_listed_and_used_up_ones_told, house) {
  BOOST_TEST(sees(create_premium_codes{450, 1, 0}).size() == 450U);
  BOOST_TEST(sees(list_premium_codes{}).size() == 450U);
  const auto one = sees(create_premium_codes{})[0];
  BOOST_TEST(one["expires_at"].is_null());
  const auto bare =
      must(parse_code(one["code"].get<std::string>(), premium_code_characters, errc::usage));
  host.change_or_fail(storage::redeem_premium_code{bob, stored_premium_code(bare), host.now});
  for (const row& listed : sees(list_premium_codes{})) {
    BOOST_TEST(listed["state"] == (listed["id"] == one["id"] ? "used_up" : "good"));
  }
}

BOOST_FIXTURE_TEST_CASE(codes_out_of_bounds_are_refused_and_none_is_made, house) {
  BOOST_TEST(refusal(create_premium_codes{0, 1, 0}) == errc::usage);
  BOOST_TEST(refusal(create_premium_codes{codes_made_max + 1, 1, 0}) == errc::usage);
  BOOST_TEST(refusal(create_premium_codes{1, 0, 0}) == errc::usage);
  BOOST_TEST(refusal(create_premium_codes{1, code_uses_max + 1, 0}) == errc::usage);
  BOOST_TEST(refusal(create_premium_codes{1, 1, host.now}) == errc::usage);
  host.broken = error(errc::storage_full);
  BOOST_TEST(refusal(create_premium_codes{}) == errc::storage_full);
  BOOST_TEST(sees(list_premium_codes{}).empty());
}

BOOST_FIXTURE_TEST_CASE(codes_that_are_none_cannot_be_revoked, house) {
  for (const char* id :
       {"", "x", "4J8Q-0000-0000-0000-0000-0000", "01000000-0000-7000-8000-000000000009"}) {
    BOOST_TEST(refusal(revoke_premium_code{id}) == errc::no_such_code);
  }
}

BOOST_FIXTURE_TEST_CASE(mail_is_listed_and_tried_again, house) {
  const storage::mail_id first(counted_id(5, 1));
  const storage::mail_id second(counted_id(5, 2));
  host.change_or_fail(storage::mail_refused{first, "550 no such\x1b[2J user"});
  host.change_or_fail(storage::mail_postponed{second, host.now + 60'000, "451 later"});
  const auto listed = sees(list_outbox{});
  BOOST_TEST_REQUIRE(listed.size() == 2U);
  BOOST_TEST(listed[0]["state"] == "refused");
  BOOST_TEST(listed[0]["attempts"] == 1);
  BOOST_TEST(listed[1]["state"] == "waiting");
  BOOST_TEST(listed[1]["due_at"] == "2027-01-15T08:01:00.000Z");
  BOOST_TEST(text_of(listed[0]).find('\x1b') == std::string::npos);

  BOOST_TEST(sees(retry_outbox{to_text(first)})[0]["mails"] == 1);
  BOOST_TEST(sees(list_outbox{})[0]["state"] == "waiting");
  BOOST_TEST(sees(retry_outbox{})[0]["mails"] == 2);
  BOOST_TEST(must(host.reads().due_mails(host.now, 10)).size() == 2U);
  for (const char* id :
       {"x", "00000000-0000-0000-0000-000000000000", "05000000-0000-0000-0000-000000000009"}) {
    BOOST_TEST(refusal(retry_outbox{id}) == errc::no_such_message);
  }
  host.change_or_fail(storage::mail_delivered{first});
  host.change_or_fail(storage::mail_delivered{second});
  BOOST_TEST(sees(retry_outbox{})[0]["mails"] == 0);
}

BOOST_FIXTURE_TEST_CASE(each_command_is_noted_once_with_who_and_what, house) {
  host.noted.clear();
  sees(lock_account{"bob"});
  BOOST_TEST(refusal(lock_account{"nobody\nadmin.account.lock"}) == errc::no_such_account);
  BOOST_TEST_REQUIRE(host.noted.size() == 2U);
  BOOST_TEST(host.noted[0].name == "admin.account.lock");
  BOOST_TEST(host.noted[0].field("uid") == "1000");
  BOOST_TEST(host.noted[0].field("way") == "test");
  BOOST_TEST(host.noted[0].field("account") == "bob");
  BOOST_TEST(host.noted[0].field("account_id") == to_text(bob));
  BOOST_TEST(host.noted[0].field("result") == "done");
  BOOST_TEST(host.noted[1].field("result") == "no_such_account");
  host.noted.clear();
  const auto made = sees(create_premium_codes{2, 1, 0});
  BOOST_TEST_REQUIRE(host.noted.size() == 3U);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(host.noted[i].name == "admin.premium-code.made");
    BOOST_TEST(host.noted[i].field("uid") == "1000");
    BOOST_TEST(host.noted[i].field("id") == made[i]["id"].get<std::string>());
  }
  BOOST_TEST(host.noted[2].name == "admin.premium-code.create");
}

BOOST_FIXTURE_TEST_CASE(codes_that_nobody_took_are_revoked, house) {
  host.noted.clear();
  std::string seen;
  const auto done =
      execute(host, create_premium_codes{5, 1, 0}, {1000, "test"}, [&](const row& told) {
        if (!seen.empty()) return false;
        seen = told["id"].get<std::string>();
        return true;
      });
  BOOST_TEST(code_of(done) == errc::interrupted);
  const auto listed = sees(list_premium_codes{});
  BOOST_TEST(listed.size() == 5U);
  for (const row& one : listed) {
    const bool was_seen = one["id"].get<std::string>() == seen;
    BOOST_TEST(one["state"].get<std::string>() == (was_seen ? "good" : "revoked"));
  }
  BOOST_TEST(std::ranges::count(host.noted, "admin.premium-code.revoked", &noted_event::name) == 4);
}

BOOST_FIXTURE_TEST_CASE(a_trace_is_told_step_by_step, house) {
  const message_id id(counted_id(7, 1));
  std::vector<row> told;
  std::string text;
  const auto done =
      execute(host, trace_message{to_text(id), 60}, {1000, "test"}, [&](const row& each) {
        told.push_back(each);
        text += text_of(each);
        if (each["type"] != "armed") return true;
        host.traces.came(id, {}, {.account = {}, .name = "eve\x1b[2J", .session = 4}, steady_ns());
        host.traces.note(id, trace_point::repeated, {.count = 12});
        const auto marks =
            host.traces.note(id, trace_point::answered, {.session = 4, .account = "eve"});
        host.traces.written(marks, 4);
        return true;
      });
  BOOST_TEST(done.has_value());
  std::vector<std::string> types;
  for (const row& each : told) types.push_back(each["type"]);
  BOOST_TEST((types ==
              std::vector<std::string>{"armed", "step", "step", "step", "step", "step", "traced"}));
  BOOST_TEST(told[1]["step"] == "frame_read");
  BOOST_TEST(told[1]["after_us"] == 0U);
  BOOST_TEST(told[3]["seq"] == 12U);
  BOOST_TEST(told[5]["step"] == "answer_written");
  BOOST_TEST(told[6]["complete"] == true);
  // RFC 3339 with microseconds, by the host's clock.
  BOOST_TEST(told[1]["at"].get<std::string>().size() ==
             std::string("2027-01-15T08:00:00.000000Z").size());
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  BOOST_TEST(host.noted.back().name == "admin.trace.message");
  BOOST_TEST(host.noted.back().field("traced") == to_text(id));
  BOOST_TEST(!host.traces.armed());
  // Whoever goes while it waits lets go of it.
  const auto left = execute(host, trace_next{"", "", 60}, {1000, "test"},
                            [](const row& each) { return each["type"] != "waiting"; });
  BOOST_TEST(code_of(left) == errc::interrupted);
  BOOST_TEST(!host.traces.armed());
  for (const std::uint64_t seconds : {0ULL, 3'601ULL}) {
    BOOST_TEST(code_of(execute(host, trace_next{"", "", seconds}, {1000, "test"},
                               [](const row&) { return true; })) == errc::usage);
  }
}

BOOST_AUTO_TEST_CASE(requests_are_read_as_they_are_written) {
  const std::vector<command> all = {list_accounts{7},
                                    show_account{"b\"o\nb"},
                                    lock_account{"bob"},
                                    release_account{"bob"},
                                    set_account_premium{"bob", true},
                                    delete_account{"bob"},
                                    export_account{"bob"},
                                    create_premium_codes{1, 2, 3},
                                    list_premium_codes{},
                                    revoke_premium_code{"id"},
                                    list_outbox{},
                                    retry_outbox{"id"},
                                    trace_message{"id", 60},
                                    trace_next{"bob", "id", 60}};
  BOOST_TEST(all.size() == std::variant_size_v<command>);
  for (const command& one : all) {
    const std::string line = to_line(one);
    BOOST_TEST(line.find('\n') == std::string::npos);
    BOOST_TEST((must(command_from_line(line)) == one), line);
  }
}

BOOST_AUTO_TEST_CASE(requests_that_are_none_are_refused) {
  for (const std::string line :
       {"",
        "x",
        "{}",
        "[]",
        "null",
        "\"account list\"",
        "{\"command\":\"account list\"}",
        "{\"command\":\"account list\",\"arguments\":{}}",
        "{\"command\":\"account list\",\"arguments\":{\"limit\":-1}}",
        "{\"command\":\"account list\",\"arguments\":{\"limit\":1.5}}",
        "{\"command\":\"account list\",\"arguments\":{\"limit\":\"1\"}}",
        "{\"command\":\"account list\",\"arguments\":{\"limit\":99999999999999999999}}",
        "{\"command\":\"account list\",\"arguments\":{\"limit\":1,\"more\":1}}",
        "{\"command\":\"account list\",\"arguments\":{\"limit\":1},\"uid\":0}",
        "{\"command\":\"account list\",\"arguments\":[1]}",
        "{\"command\":\"account drop\",\"arguments\":{}}",
        "{\"command\":7,\"arguments\":{}}",
        "{\"command\":\"account lock\",\"arguments\":{\"account\":null}}",
        "{\"command\":\"account lock\",\"arguments\":{\"account\":\"\xff\"}}",
        "{\"command\":\"outbox list\",\"arguments\":{}} {}"}) {
    BOOST_TEST_CONTEXT(line) { BOOST_TEST(code_of(command_from_line(line)) == errc::malformed); }
  }
  std::string deep(60'000, '[');
  BOOST_TEST(code_of(command_from_line(deep)) == errc::malformed);
  deep = "{\"command\":\"x\",\"arguments\":" + deep + std::string(60'000, ']') + "}";
  BOOST_TEST(code_of(command_from_line(deep)) == errc::malformed);
}

BOOST_FIXTURE_TEST_CASE(text_for_people_cannot_reach_the_terminal, house) {
  const row evil{{"type", "account"}, {"user", "\x1b]0;owned\x07\u202e"}, {"email", "a\nb"}};
  const std::string text = text_of(evil);
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  BOOST_TEST(text.find("\u202e") == std::string::npos);
  BOOST_TEST(std::ranges::count(text, '\n') == 1);
  BOOST_TEST(std::ranges::count(json_of(evil), '\n') == 1);
  BOOST_TEST(json_of(evil).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::test
