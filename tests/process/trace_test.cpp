#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/refusal.hpp"

/// An administrator follows a message of Alice's through a node that runs.
namespace uod::process {
namespace {

constexpr const char* some_id = "01a20cfd-b6d8-7ca9-9e42-f9d5d16be754";

words steps_of(const std::vector<json>& rows) {
  words found;
  for (const auto& row : rows) found.push_back(row.at("step"));
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracing)

BOOST_AUTO_TEST_CASE(a_message_is_followed_from_socket_to_socket) {
  server home;
  const administrator boss(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  befriend(alice, bob);
  auto bob_hears = bob.listens();
  child trace(boss.typing({"trace", "next", "--from", "alice", "--wait", "60"}));
  await_row(trace, "armed");
  const auto sent = alice.sees({"send", "bob", "follow this"}).back();
  const auto done = trace.end();
  BOOST_TEST(done.exit_code == 0, done.err);
  BOOST_TEST(done.out.find("follow this") == std::string::npos);

  const auto rows = rows_of_type(done.out, "step");
  const auto steps = steps_of(rows);
  for (const char* each :
       {"frame_read", "session_took", "submitted", "store_took", "commit_begun", "commit_ended",
        "answered", "answer_written", "announced", "pushed", "written"}) {
    BOOST_TEST(std::ranges::count(steps, each) == 1, each);
  }
  std::int64_t last_us = 0;
  for (const auto& row : rows) {
    BOOST_TEST(row.at("message") == sent.at("id"));
    BOOST_TEST(row.at("after_us").get<std::int64_t>() >= last_us);
    last_us = row.at("after_us");
    const auto& step = row.at("step");
    if (step == "frame_read" || step == "answered") BOOST_TEST(row.at("account") == "alice");
    if (step == "pushed" || step == "written") BOOST_TEST(row.at("account") == "bob");
    if (step == "commit_ended") BOOST_TEST(row.at("seq") == sent.at("seq"));
  }
  const auto end = rows_of_type(done.out, "traced").at(0);
  BOOST_TEST(end.at("complete") == true);
  BOOST_TEST(end.at("us") == last_us);
  BOOST_TEST(rows_of_type(done.out, "waiting").empty());
  const auto trail = boss.audit_trail();
  BOOST_TEST(std::ranges::any_of(trail, [&](const json& row) {
    return row.at("event") == "admin.trace.next" && row.at("traced") == sent.at("id");
  }));
}

BOOST_AUTO_TEST_CASE(a_message_that_does_not_come_is_not_waited_for_for_ever) {
  server home;
  const administrator boss(home);
  check_refused(boss.types({"trace", "message", some_id, "--wait", "1"}), 1, "timed_out");
  check_refused(boss.types({"trace", "message", "7"}), 2, "usage");
  check_refused(boss.types({"trace", "next", "--wait", "0"}), 2, "usage");
  check_refused(boss.types({"trace", "next", "--from", "nobody"}), 5, "no_such_account");
  child trace(boss.typing({"trace", "message", some_id, "--wait", "3600"}));
  await_row(trace, "armed");
  BOOST_TEST(home.stop().exit_code == 0);  // it does not keep the node
  check_refused(trace.end(), 1, "going_away");
  check_refused(boss.types({"trace", "message", some_id}), 1, "server_unreachable");
}

BOOST_AUTO_TEST_CASE(who_goes_away_frees_the_place) {
  server home;
  const administrator boss(home);
  const auto waits = [&] {
    return child(boss.typing({"trace", "message", some_id, "--wait", "3600"}));
  };
  {
    std::vector<child> traces;
    for (int number = 0; number < 4; ++number) traces.push_back(waits());
    for (auto& each : traces) await_row(each, "armed");
    check_refused(boss.types({"trace", "next"}), 1, "overloaded");
    // Whoever traces keeps no administrator from working.
    BOOST_TEST(boss.types({"account", "list"}).exit_code == 0);
  }
  // All of them are killed, which the node finds out when it next has something to say to them.
  for (int tries = 0; tries < 1'000; ++tries) {
    const auto done = boss.types({"trace", "message", some_id, "--wait", "1"});
    if (done.out.find("overloaded") == std::string::npos) {
      check_refused(done, 1, "timed_out");
      return;
    }
  }
  BOOST_ERROR("the places were never free again");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
