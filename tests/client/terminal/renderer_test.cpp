#include "client/terminal/renderer.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "client/terminal/status_line.hpp"
#include "client/terminal/times.hpp"
#include "tests/client/terminal/string_output.hpp"

using namespace uod;
using namespace uod::terminal;

namespace {

constexpr std::uint64_t noon_ms = 1'769'860'800'123;  // 2026-01-31T12:00:00.123Z
constexpr const char* id_text = "0198c0de-0000-7000-8000-000000000001";

template <class Id>
Id an_id() {
  return Id(*uuid_from_text(id_text));
}

template <class Row>
std::string as_json(const Row& row) {
  string_output out;
  BOOST_TEST(make_json_renderer(out)->show(row));
  return out.text;
}

template <class Row>
std::string as_text(const Row& row, bool color = false) {
  string_output out;
  BOOST_TEST(make_text_renderer(out, color)->show(row));
  return out.text;
}

message_row bobs_message(std::string text) {
  return {an_id<message_id>(), "bob", 12, "alice", "bob", std::move(text), noon_ms, "p123"};
}

broadcast_row carols_broadcast(std::string text) {
  return {an_id<message_id>(), 3, "carol", std::move(text), noon_ms, "p12h3"};
}

account_row alices_account(std::string email, bool confirmed) {
  return {"alice",          an_id<account_id>(), an_id<device_id>(), true,
          "localhost:7400", "SHA256:abc",        std::move(email),   confirmed};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(renderers)

BOOST_AUTO_TEST_CASE(json_rows_are_as_documented) {
  BOOST_TEST(as_json(bobs_message("hi")) ==
             R"({"type":"message","id":"0198c0de-0000-7000-8000-000000000001","chat":"bob",)"
             R"("seq":12,"from":"alice","to":"bob","text":"hi",)"
             R"("sent_at":"2026-01-31T12:00:00.123Z","cursor":"p123"})"
             "\n");
  BOOST_TEST(as_json(sent_row{an_id<message_id>(), "bob", 12, noon_ms}) ==
             R"({"type":"sent","id":"0198c0de-0000-7000-8000-000000000001","chat":"bob",)"
             R"("seq":12,"sent_at":"2026-01-31T12:00:00.123Z"})"
             "\n");
  BOOST_TEST(as_json(receipt_row{"bob", "bob", 12, 10}) ==
             R"({"type":"receipt","chat":"bob","by":"bob","delivered_seq":12,"read_seq":10})"
             "\n");
  BOOST_TEST(as_json(presence_row{"bob", true, 0}) ==
             R"({"type":"presence","user":"bob","online":true})"
             "\n");
  BOOST_TEST(as_json(contact_row{"bob", false, false, 0}) ==
             R"({"type":"contact","user":"bob","online":false,"verified":false})"
             "\n");
  BOOST_TEST(as_json(contact_row{"bob", false, false, noon_ms}) ==
             R"({"type":"contact","user":"bob","online":false,"verified":false,)"
             R"("last_seen":"2026-01-31T12:00:00.123Z"})"
             "\n");
  BOOST_TEST(as_json(chat_row{"bob", 12, 2}) ==
             R"({"type":"chat","chat":"bob","last_seq":12,"unread":2})"
             "\n");
  BOOST_TEST(as_json(account_found_row{"bob"}) == R"({"type":"account_found","user":"bob"})"
                                                  "\n");
  BOOST_TEST(as_json(connection_row{"resumed", "localhost:7400"}) ==
             R"({"type":"connection","state":"resumed","server":"localhost:7400"})"
             "\n");
  BOOST_TEST(as_json(account_row{"alice", an_id<account_id>(), an_id<device_id>(), false,
                                 "localhost:7400", "SHA256:abc", "a@example.org", true}) ==
             R"({"type":"account","user":"alice","account":"0198c0de-0000-7000-8000-000000000001",)"
             R"("device":"0198c0de-0000-7000-8000-000000000001","premium":false,)"
             R"("server":"localhost:7400","server_fingerprint":"SHA256:abc",)"
             R"("email":"a@example.org","email_confirmed":true})"
             "\n");
  BOOST_TEST(as_json(device_row{an_id<device_id>(), "laptop", "192.0.2.7", noon_ms, true, 0}) ==
             R"({"type":"device","device":"0198c0de-0000-7000-8000-000000000001","name":"laptop",)"
             R"("address":"192.0.2.7","last_seen":"2026-01-31T12:00:00.123Z","current":true,)"
             R"("created_at":"1970-01-01T00:00:00.000Z"})"
             "\n");
  BOOST_TEST(as_json(carols_broadcast("hi")) ==
             R"({"type":"broadcast","id":"0198c0de-0000-7000-8000-000000000001","seq":3,)"
             R"("from":"carol","text":"hi","sent_at":"2026-01-31T12:00:00.123Z","cursor":"p12h3"})"
             "\n");
  BOOST_TEST(as_json(broadcast_sent_row{an_id<message_id>(), 3, noon_ms}) ==
             R"({"type":"broadcast_sent","id":"0198c0de-0000-7000-8000-000000000001","seq":3,)"
             R"("sent_at":"2026-01-31T12:00:00.123Z"})"
             "\n");
  BOOST_TEST(as_json(error{errc::account_locked, "alice"}) ==
             R"({"type":"error","code":"account_locked","message":)"
             R"("The account is locked after too many failed log-ins: alice"})"
             "\n");
}

BOOST_AUTO_TEST_CASE(json_keeps_the_text_and_holds_nothing_that_a_terminal_obeys) {
  const std::string hostile = "\x1b[2J \u202e \u009b \u2028 \n \" é";
  const auto line = as_json(bobs_message(hostile));
  BOOST_TEST(nlohmann::json::parse(line)["text"] == hostile);
  BOOST_TEST(line.ends_with('\n'));
  for (const char octet : line.substr(0, line.size() - 1))
    BOOST_TEST((octet >= 0x20 && octet < 0x7f));
  BOOST_TEST(nlohmann::json::parse(as_json(bobs_message("a\xff")))["text"] == "a\ufffd");
}

BOOST_AUTO_TEST_CASE(text_rows_say_who_what_and_which) {
  const auto line = as_text(bobs_message("hi\nthere"));
  BOOST_TEST(line.starts_with("#12  2026-0"));
  BOOST_TEST(line.ends_with("alice → bob: hi\n      there\n"));
  BOOST_TEST(as_text(chat_row{"bob", 12, 2}) == "bob  12 messages, 2 unread\n");
  BOOST_TEST(as_text(chat_row{"bob", 1, 0}) == "bob  1 message\n");
  BOOST_TEST(as_text(contact_row{"bob", true, false, 0}) == "● bob  online\n");
  BOOST_TEST(
      as_text(presence_row{"bob", false, noon_ms}).starts_with("○ bob  offline, last seen 2026"));
}

BOOST_AUTO_TEST_CASE(a_broadcast_is_seen_to_be_of_the_home_page) {
  const auto line = as_text(carols_broadcast("hi\nthere"));
  BOOST_TEST(line.starts_with("home #3  2026-0"), line);
  BOOST_TEST(line.ends_with("carol: hi\n      there\n"), line);
  BOOST_TEST(as_text(broadcast_sent_row{an_id<message_id>(), 3, noon_ms}).empty());
}

BOOST_AUTO_TEST_CASE(an_account_shows_its_address_and_whether_it_is_confirmed) {
  const auto has = [](const std::string& text, const std::string& part) {
    BOOST_TEST((text.find(part) != std::string::npos), text);
  };
  has(as_text(alices_account("a@example.org", true)), "\n  address      a@example.org\n");
  has(as_text(alices_account("a@example.org", false)),
      "\n  address      a@example.org (not confirmed: uod email confirm)\n");
  BOOST_TEST(as_text(alices_account("", false)).find("address") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_device_shows_where_it_is_and_which_is_this_one) {
  const device_row row{an_id<device_id>(), "laptop", "192.0.2.7", noon_ms, false, noon_ms};
  const auto line = as_text(row);
  BOOST_TEST(line.starts_with(std::string(id_text) + "  laptop  192.0.2.7  last seen 2026-0"));
  BOOST_TEST(line.find("this device") == std::string::npos);
  device_row mine = row;
  mine.current = true;
  BOOST_TEST(as_text(mine).ends_with("  this device\n"));
}

BOOST_AUTO_TEST_CASE(nobody_gets_an_escape_sequence_through_any_row) {
  const std::string evil = "\x1b[31m\u202e\r";
  for (const auto& line :
       {as_text(bobs_message(evil)), as_text(chat_row{evil, 1, 1}),
        as_text(contact_row{evil, true, false, 0}), as_text(contact_row{evil, false, false, 1}),
        as_text(presence_row{evil, false, 0}), as_text(receipt_row{evil, evil, 1, 1}),
        as_text(account_found_row{evil}),
        as_text(account_row{evil, {}, {}, false, evil, evil, evil, false}),
        as_text(account_row{"", {}, {}, false, "", "", evil, true}),
        as_text(device_row{{}, evil, "", 1, false, 1}),
        as_text(device_row{{}, "", evil, 1, true, 1}), as_text(carols_broadcast(evil)),
        as_text(broadcast_row{{}, 1, evil, "", 1, "h1"}),
        as_text(message_row{{}, evil, 1, evil, evil, evil, 1, "p1"})}) {
    BOOST_TEST(line.find('\x1b') == std::string::npos);
    BOOST_TEST(line.find('\r') == std::string::npos);
    BOOST_TEST(line.find("\u202e") == std::string::npos);
    BOOST_TEST(line.find("␛[31m") != std::string::npos);
  }
  BOOST_TEST(as_text(chat_row{"bob", 1, 0}, true).starts_with("\x1b[1mbob\x1b[0m"));
}

BOOST_AUTO_TEST_CASE(a_row_that_did_not_go_out_is_told) {
  string_output out;
  out.gone = true;
  BOOST_TEST(!make_json_renderer(out)->show(chat_row{"bob", 1, 0}));
  BOOST_TEST(!make_text_renderer(out, false)->show(chat_row{"bob", 1, 0}));
}

BOOST_AUTO_TEST_CASE(times_from_the_network_may_be_any_number) {
  BOOST_TEST(utc_time(0) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(utc_time(noon_ms) == "2026-01-31T12:00:00.123Z");
  BOOST_TEST(utc_time(UINT64_MAX) == "9999-12-31T23:59:59.999Z");
  BOOST_TEST(!local_time(UINT64_MAX).empty());
}

BOOST_AUTO_TEST_CASE(what_is_under_way_is_drawn_over_and_cleared_for_what_stays) {
  string_output err;
  status_line status(err, {.animate = true});
  status.show("connecting…");
  BOOST_TEST(err.text == "\r\x1b[Kconnecting…");
  err.text.clear();
  status.say("done\x1b[2J");
  BOOST_TEST(err.text == "\r\x1b[Kdone␛[2J\n");
}

BOOST_AUTO_TEST_CASE(quiet_says_only_failures_and_without_a_terminal_nothing_is_drawn) {
  string_output err;
  status_line status(err, {.quiet = true});
  status.show("connecting…");
  status.say("done");
  status.say_more("more");
  BOOST_TEST(err.text.empty());
  status.say_failure("no\x1b\nway");
  BOOST_TEST(err.text == "uod: no␛\n  way\n");
}

BOOST_AUTO_TEST_SUITE_END()
