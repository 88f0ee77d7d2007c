#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/mailbox.hpp"
#include "tests/process/refusal.hpp"
#include "tests/process/wiretap.hpp"

/// Sealed from person to person, with the real programs: who can read what, and who cannot.
namespace uod::process {
namespace {

namespace fs = std::filesystem;

const std::string canary = "the canary sings at midnight 5f81c2";
const std::string other_password = "another horse battery";

bool is_below(const fs::path& root, const std::string& what) {
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    if (content_of(entry.path()).find(what) != std::string::npos) return true;
  }
  return false;
}

/// Everything that a process has in memory and may write to; nothing where the kernel does not let
/// us look.
std::string memory_of(pid_t process) {
  const std::string proc = "/proc/" + std::to_string(process);
  std::ifstream maps(proc + "/maps");
  std::ifstream memory(proc + "/mem", std::ios::binary);
  std::string all;
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    char dash = 0;
    std::string mode;
    std::istringstream(line) >> std::hex >> from >> dash >> to >> mode;
    if (!mode.starts_with("rw")) continue;
    std::string part(to - from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(from));
    memory.read(part.data(), static_cast<std::streamsize>(part.size()));
    all.append(part, 0, static_cast<std::size_t>(memory.gcount()));
  }
  return all;
}

std::string recovery_code_of(const std::vector<json>& rows) {
  for (const auto& row : rows) {
    if (row.at("type") == "recovery_code") return row.at("recovery_code");
  }
  BOOST_FAIL("no recovery code was shown");
  return {};
}

std::vector<std::string> texts_of(const std::vector<json>& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows) {
    if (row.at("type") == "message") texts.push_back(row.at("text"));
  }
  return texts;
}

ended logs_in(const person& who, const std::string& password = usual_password) {
  return who.types({"login", "--user", who.name(), "--password-stdin"}, password + "\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sealing)

BOOST_AUTO_TEST_CASE(what_alice_writes_is_nowhere_but_with_bob) {
  server home("[log]\nlevel = \"debug\"\n");
  wiretap tap(home.port());
  const person alice(tap.address(), "alice");
  const person bob(home, "bob");
  auto bob_hears = bob.listens();
  alice.sees({"send", "bob", canary});
  BOOST_TEST(await_row(bob_hears, "message").at("text") == canary);
  bob.sees({"history", "alice"});

  const auto memory = memory_of(home.process().pid());
  if (memory.empty()) {
    BOOST_TEST_MESSAGE("the memory of another process cannot be read here");
  } else {
    // That there is something to be found at all: names are no secret of the server's.
    BOOST_TEST((memory.find("alice") != std::string::npos));
    BOOST_TEST((memory.find(canary) == std::string::npos));
  }
  BOOST_TEST((tap.captured().size() > 5'000U));
  BOOST_TEST((tap.captured().find(canary) == std::string::npos));
  home.stop();
  BOOST_TEST(!is_below(home.data_dir(), canary));
  BOOST_TEST((home.log().find(canary) == std::string::npos));
  // Nor does it lie about in the clear where it was read.
  BOOST_TEST(!is_below(bob.state_dir(), canary));
  BOOST_TEST(!is_below(alice.state_dir(), canary));
}

BOOST_AUTO_TEST_CASE(a_log_in_elsewhere_brings_the_history_back) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  alice.sees({"send", "bob", "one"});
  bob.sees({"send", "alice", "two"});
  const person tablet(home, "alice", false);
  BOOST_TEST(logs_in(tablet).exit_code == 0);
  BOOST_TEST(texts_of(tablet.sees({"history", "bob"})) == (words{"one", "two"}),
             boost::test_tools::per_element());
  tablet.sees({"send", "bob", "three"});
  BOOST_TEST(texts_of(bob.sees({"history", "alice"})).back() == "three");
  // The same key everywhere.
  const auto identity = [](const person& who) {
    return who.sees({"whoami"}).at(0).at("identity_fingerprint").get<std::string>();
  };
  BOOST_TEST(identity(alice) == identity(tablet));
  BOOST_TEST(identity(alice).starts_with("SHA256:"));
}

BOOST_AUTO_TEST_CASE(a_new_password_keeps_the_history) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  bob.sees({"send", "alice", "remember this"});
  alice.sees({"password", "change", "--password-stdin"}, password_line + other_password + "\n");
  BOOST_TEST(texts_of(alice.sees({"history", "bob"})) == words{"remember this"},
             boost::test_tools::per_element());
  const person tablet(home, "alice", false);
  BOOST_TEST(logs_in(tablet, other_password).exit_code == 0);
  BOOST_TEST(texts_of(tablet.sees({"history", "bob"})) == words{"remember this"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_safety_number_is_the_same_for_both) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  befriend(alice, bob);
  const auto hers = alice.sees({"contacts", "verify", "bob"}).at(0);
  const auto his = bob.sees({"contacts", "verify", "alice"}).at(0);
  BOOST_TEST(hers.at("type") == "safety_number");
  BOOST_TEST(hers.at("safety_number") == his.at("safety_number"));
  BOOST_TEST(hers.at("verified") == false);
  BOOST_TEST(alice.sees({"contacts", "verify", "bob", "--confirm"}).at(0).at("verified") == true);
  BOOST_TEST(alice.sees({"contacts"}).at(0).at("verified") == true);
  BOOST_TEST(bob.sees({"contacts"}).at(0).at("verified") == false);
  check_refused(alice.types({"contacts", "verify", "nobody"}), 5, "no_such_account");
  check_refused(alice.types({"contacts", "verify", "alice"}), 7, "not_allowed");
}

BOOST_AUTO_TEST_CASE(a_changed_key_stops_sending_until_it_is_confirmed) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  befriend(alice, bob);
  alice.sees({"send", "bob", "before"});
  check_refused(bob.types({"identity", "renew", "--password-stdin"}, password_line), 2, "usage");
  recovery_code_of(bob.sees({"identity", "renew", "--yes", "--password-stdin"}, password_line));
  check_refused(alice.types({"send", "bob", "after"}), 8, "identity_changed");
  BOOST_TEST(alice.sees({"contacts"}).at(0).at("key_changed") == true);
  BOOST_TEST(alice.sees({"chats"}).at(0).at("key_changed") == true);
  BOOST_TEST(alice.sees({"contacts", "verify", "bob"}).at(0).at("key_changed") == true);
  alice.sees({"contacts", "verify", "bob", "--confirm"});
  alice.sees({"send", "bob", "after"});
  // What was sealed for the old key is closed to him; what came after is not.
  const auto rows = bob.sees({"history", "alice"});
  BOOST_TEST(rows.at(0).contains("trouble"));
  BOOST_TEST(rows.at(0).at("text") == "");
  BOOST_TEST(rows.at(1).at("text") == "after");
  // And she reads on what she wrote.
  BOOST_TEST(texts_of(alice.sees({"history", "bob"})) == (words{"before", "after"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_forgotten_password_with_and_without_the_recovery_code) {
  server home;
  mailbox post{home};
  const person alice(home, "alice", false);
  const auto code = recovery_code_of(alice.sees(
      {"register", "--user", "alice", "--email", "alice@example.org", "--password-stdin"},
      password_line));
  const auto welcome = code_in(post.takes("alice@example.org", "Welcome"));
  alice.sees({"email", "confirm", "--code-stdin"}, welcome + "\n");
  const person bob(home, "bob");
  bob.sees({"send", "alice", "remember this"});

  const person elsewhere(home, "alice", false);
  elsewhere.sees({"password", "forgot", "--user", "alice"});
  const auto by_mail = code_in(post.takes("alice@example.org", "code for a new password"));
  elsewhere.sees({"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"},
                 by_mail + "\n" + other_password + "\n");
  // Logged in, and the history is closed; that is said, and what to do.
  const auto closed = elsewhere.types({"history", "bob"});
  check_refused(closed, 1, "identity_missing");

  // A typing error is told before anything is tried, a wrong code after.
  auto mistyped = code;
  mistyped[0] = mistyped[0] == 'A' ? 'B' : 'A';
  const words recover = {"identity", "recover", "--recovery-code-stdin", "--password-stdin"};
  check_refused(elsewhere.types(recover, mistyped + "\n" + other_password + "\n"), 3,
                "recovery_code_invalid");
  const auto of_bob =
      recovery_code_of(bob.sees({"identity", "renew", "--yes", "--password-stdin"}, password_line));
  check_refused(elsewhere.types(recover, of_bob + "\n" + other_password + "\n"), 1,
                "sealed_damaged");
  elsewhere.sees(recover, code + "\n" + other_password + "\n");
  BOOST_TEST(texts_of(elsewhere.sees({"history", "bob"})) == words{"remember this"},
             boost::test_tools::per_element());
  // From then on the new password opens it, too.
  const person tablet(home, "alice", false);
  BOOST_TEST(logs_in(tablet, other_password).exit_code == 0);
  BOOST_TEST(texts_of(tablet.sees({"history", "bob"})) == words{"remember this"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_read_can_be_searched) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  alice.sees({"send", "bob", "lunch at NOON?"});
  alice.sees({"send", "bob", "or dinner"});
  BOOST_TEST(bob.sees({"search", "noon"}).empty());  // not read yet
  bob.sees({"history", "alice"});
  const auto found = bob.sees({"search", "noon"});
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0].at("text") == "lunch at NOON?");
  BOOST_TEST(found[0].at("from") == "alice");
  BOOST_TEST(found[0].at("chat") == "alice");
  // Logging out forgets it.
  bob.sees({"logout"});
  BOOST_TEST(!fs::exists(bob.state_dir() / "profiles" / "default" / "archive.db"));
}

BOOST_AUTO_TEST_CASE(a_restored_backup_hides_nothing_that_is_said_afterwards) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  const fresh_directory safe;
  alice.sees({"send", "bob", "kept"});
  bob.sees({"send", "alice", "kept too"});
  administrator(home).sees({"db", "backup", safe.path() / "backup.db"});
  alice.sees({"send", "bob", "lost"});
  bob.sees({"history", "alice"});
  home.stop();
  for (const char* tail : {"", "-wal", "-shm"})
    fs::remove(home.data_dir() / ("uod.db" + std::string(tail)));
  fs::copy_file(safe.path() / "backup.db", home.data_dir() / "uod.db");
  home.start();
  alice.sees({"send", "bob", "after"});
  alice.sees({"send", "bob", "and after that"});
  const auto read = bob.sees({"history", "alice"});
  BOOST_TEST(
      texts_of(read) == (std::vector<std::string>{"kept", "kept too", "after", "and after that"}),
      boost::test_tools::per_element());
  BOOST_TEST(read.at(2).at("misplaced") == true);
  BOOST_TEST(!read.at(1).contains("misplaced"));
  BOOST_TEST(!read.at(3).contains("misplaced"));
  // What the server has lost is with him still.
  BOOST_TEST(texts_of(bob.sees({"search", "lost"})) == std::vector<std::string>{"lost"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(notes_to_oneself_are_sealed_as_well) {
  server home;
  const person alice(home, "alice");
  alice.sees({"send", "alice", canary});
  BOOST_TEST(texts_of(alice.sees({"history", "alice"})) == words{canary},
             boost::test_tools::per_element());
  home.stop();
  BOOST_TEST(!is_below(home.data_dir(), canary));
}

BOOST_AUTO_TEST_CASE(thousands_of_lines_arrive_readable_and_in_order) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  std::string lines;
  for (int i = 1; i <= 2'000; ++i) lines += "line " + std::to_string(i) + "\n";
  auto bob_hears = bob.listens({"--count", "2000"});
  alice.sees({"send", "bob", "-"}, lines);
  const auto heard = bob_hears.end();
  const auto texts = texts_of(rows_of(heard.out));
  BOOST_REQUIRE(texts.size() == 2'000U);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    BOOST_REQUIRE(texts[i] == "line " + std::to_string(i + 1));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
