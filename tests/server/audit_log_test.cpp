#include "server/audit_log.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "tests/server/house.hpp"

namespace uod::test {

namespace {

struct desk {
  fresh_directory home;
  std::filesystem::path file = home.path() / "audit.log";

  std::vector<row> rows() const { return rows_of(content_of(file)); }
};

void write(audit_log& log, std::string_view event, std::initializer_list<audit::field> fields) {
  log.write(event, {fields.begin(), fields.size()});
}

bool is_plain(const std::string& text) {
  return std::ranges::all_of(text, [](char each) { return each >= ' ' && each < 0x7f; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_logs)

BOOST_FIXTURE_TEST_CASE(an_event_is_a_line_that_only_its_owner_reads, desk) {
  audit_log log(file);
  write(log, "account.locked", {{"account", "bob"}, {"uid", 1000}});
  BOOST_TEST(log.flush());
  const auto told = rows();
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0]["event"] == "account.locked");
  BOOST_TEST(told[0]["account"] == "bob");
  BOOST_TEST(told[0]["uid"] == "1000");
  const std::string time = told[0]["time"];
  BOOST_TEST(time.size() == std::string("2027-01-31T12:00:00.123Z").size());
  struct stat about {};
  BOOST_TEST_REQUIRE(::stat(file.c_str(), &about) == 0);
  BOOST_TEST((about.st_mode & 0777U) == 0600U);
}

BOOST_FIXTURE_TEST_CASE(no_value_can_forge_a_line_or_a_field, desk) {
  const std::vector<std::string> evil = {
      "bob\n{\"time\":\"now\",\"event\":\"admin.account.lock\"}",
      "\",\"event\":\"forged",
      "\\\",\"result\":\"done",
      std::string("a\0b\r\x1b[2J\x7f\x9b", 11),
      "\u2028\u2029\u202e\u0085",
      "\xff\xfe\xc0\xaf\xed\xa0\x80",
      std::string(64 * 1024, '\n'),
      std::string(64 * 1024, 'x'),
      std::string(1023, 'x') + "\u20ac",  // cut in the middle of a character
  };
  {
    audit_log log(file);
    for (const auto& one : evil) {
      write(log, "account.failed", {{"name", one}, {"event", one}, {"time", one}, {"last", "1"}});
    }
    log.write(evil[0], {});
  }
  const std::string content = content_of(file);
  const auto lines = lines_of(content);
  BOOST_TEST_REQUIRE(lines.size() == evil.size() + 1);
  BOOST_TEST(std::ranges::count(content, '\n') == static_cast<int>(lines.size()));
  const auto told = rows();
  for (std::size_t i = 0; i < evil.size(); ++i) {
    BOOST_TEST(is_plain(lines[i]));
    BOOST_TEST(lines[i].size() < 4 * 6 * 1024 + 200);
    BOOST_TEST(told[i]["event"] == "account.failed");
    BOOST_TEST(told[i]["time"].get<std::string>().starts_with("20"));
    BOOST_TEST(told[i]["last"] == "1");
    BOOST_TEST(told[i].size() == 6U);
  }
  BOOST_TEST(told[0]["name"] == evil[0]);
  BOOST_TEST(told[1]["event_"] == evil[1]);
  BOOST_TEST(told[6]["name"].get<std::string>().ends_with("\n [cut]"));
  BOOST_TEST(told[7]["name"].get<std::string>().size() == audit_value_octets_max + 6);
  BOOST_TEST(told.back()["event"] == evil[0]);
}

BOOST_FIXTURE_TEST_CASE(a_log_that_is_moved_away_begins_anew, desk) {
  audit_log log(file);
  write(log, "one", {});
  BOOST_TEST(log.flush());
  std::filesystem::rename(file, home.path() / "audit.log.1");
  write(log, "two", {});
  BOOST_TEST(log.flush());
  BOOST_TEST(rows_of(content_of(home.path() / "audit.log.1"))[0]["event"] == "one");
  BOOST_TEST_REQUIRE(rows().size() == 1U);
  BOOST_TEST(rows()[0]["event"] == "two");
}

BOOST_FIXTURE_TEST_CASE(what_waits_is_written_at_the_end, desk) {
  {
    audit_log log(file);
    for (int i = 0; i < 1'000; ++i) write(log, "event", {{"number", i}});
  }
  BOOST_TEST(rows().size() == 1'000U);
}

BOOST_FIXTURE_TEST_CASE(two_processes_may_write_to_one_log, desk) {
  {
    audit_log one(file);
    audit_log other(file);
    std::thread aside([&] {
      for (int i = 0; i < 2'000; ++i) write(other, "other", {{"number", i}});
    });
    for (int i = 0; i < 2'000; ++i) write(one, "one", {{"number", i}});
    aside.join();
  }
  std::uint64_t ones = 0;
  const auto told = rows();
  for (const row& each : told) {
    if (each["event"] == "one") BOOST_TEST(each["number"] == std::to_string(ones++));
  }
  BOOST_TEST(ones == 2'000U);
  BOOST_TEST(told.size() == 4'000U);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_written_is_kept_up_to_a_bound_and_then_counted, desk) {
  const auto later = home.path() / "later";
  const std::size_t beyond = 1'234;
  std::atomic<int> failures = 0;
  {
    audit_log log(later / "audit.log", [&](const error& why) {
      ++failures;
      BOOST_TEST(why.detail.find("audit.log") != std::string::npos);
    });
    for (std::size_t i = 0; i < audit_lines_max + beyond; ++i) write(log, "e", {{"n", i}});
    BOOST_TEST(!log.flush());
    std::filesystem::create_directory(later);
    BOOST_TEST(log.flush());
    write(log, "after", {});
  }
  BOOST_TEST(failures > 0);
  const auto lines = lines_of(content_of(later / "audit.log"));
  std::size_t kept = 0;
  std::size_t dropped = 0;
  for (const auto& line : lines) {
    const row told = row::parse(line);
    if (told["event"] == "e") BOOST_TEST_REQUIRE(told["n"] == std::to_string(kept++));
    if (told["event"] == "audit.dropped") {
      dropped += std::stoul(told["count"].get<std::string>());
    }
  }
  BOOST_TEST(kept == audit_lines_max);
  BOOST_TEST(dropped == beyond);
  BOOST_TEST(row::parse(lines.back())["event"] == "after");
}

BOOST_FIXTURE_TEST_CASE(large_events_are_bounded_in_octets, desk) {
  const auto later = home.path() / "later";
  const std::string large(audit_value_octets_max, '\x01');  // six octets each, once escaped
  {
    audit_log log(later / "audit.log");
    for (int i = 0; i < 6'000; ++i) {
      write(log, "e", {{"a", large}, {"b", large}});
    }
    std::filesystem::create_directory(later);
  }
  const auto octets = std::filesystem::file_size(later / "audit.log");
  BOOST_TEST(octets > audit_octets_max / 4);
  BOOST_TEST(octets < audit_octets_max + 1024);
}

BOOST_FIXTURE_TEST_CASE(a_link_in_place_of_the_log_is_not_followed, desk) {
  const auto victim = home.path() / "victim";
  std::filesystem::create_symlink(victim, file);
  audit_log log(file);
  write(log, "event", {});
  BOOST_TEST(!log.flush());
  BOOST_TEST(!std::filesystem::exists(victim));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::test
