#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <random>

#include "tests/process/house.hpp"
#include "tests/process/wiretap.hpp"

/// Files from person to person, with the real programs.
namespace uod::process {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t mebibyte = 1024 * 1024;
const std::string canary = "the canary hides in a photograph 77ac01";

/// The same octets in every run, with the canary in the middle.
std::string photograph(std::size_t octets) {
  std::mt19937_64 random(5);
  std::string made(octets, '\0');
  for (auto& each : made) each = static_cast<char>(random());
  if (octets > 2 * canary.size()) made.replace(octets / 2, canary.size(), canary);
  return made;
}

bool is_below(const fs::path& root, const std::string& what) {
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    if (content_of(entry.path()).find(what) != std::string::npos) return true;
  }
  return false;
}

std::vector<fs::path> files_of(const server& home) {
  std::vector<fs::path> found;
  if (!fs::exists(home.data_dir() / "files")) return found;
  for (const auto& entry : fs::recursive_directory_iterator(home.data_dir() / "files")) {
    if (entry.is_regular_file()) found.push_back(entry.path());
  }
  return found;
}

/// A file of alice's, and a directory of bob's.
struct desk {
  fresh_directory place;
  std::string content;
  fs::path file;

  explicit desk(std::size_t octets, const std::string& name = "photo.jpg")
      : content(photograph(octets)), file(place.path() / name) {
    put_file(file, content);
  }
  [[nodiscard]] fs::path for_bob() const {
    fs::create_directories(place.path() / "bob");
    return place.path() / "bob";
  }
};

std::uint64_t seq_of(const ended& sent) {
  BOOST_REQUIRE_MESSAGE(sent.exit_code == 0, sent.err);
  return rows_of_type(sent.out, "sent").back().at("seq");
}

std::string text_of(std::uint64_t seq) { return std::to_string(seq); }

void bob_saves(const person& bob, std::uint64_t seq, const desk& on) {
  const auto saved = bob.sees({"save", "alice", text_of(seq), "--output", on.for_bob().string()});
  BOOST_TEST(saved.back().at("type") == "saved");
  BOOST_TEST((content_of(on.for_bob() / on.file.filename()) == on.content));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(the_server_is_killed_in_the_middle_and_bob_has_all_of_it) {
  server home("[log]\nlevel = \"debug\"\n");
  wiretap tap(home.port());
  const person alice(tap.address(), "alice");
  const person bob(home, "bob");
  const desk on(5 * mebibyte);
  tap.hold_after(3 * mebibyte);
  auto sending = alice.starts({"--timeout", "50", "send", "bob", "--file", on.file.string()});
  tap.await_hold();
  const auto there = files_of(home);
  BOOST_REQUIRE_EQUAL(there.size(), 1U);
  BOOST_TEST(there.front().extension() == ".part");
  BOOST_TEST(fs::file_size(there.front()) > mebibyte);
  home.kill();
  home.start();
  tap.go_on();
  const auto seq = seq_of(sending.end());
  BOOST_TEST(files_of(home).front().extension() != ".part");
  bob_saves(bob, seq, on);
  const auto row = bob.sees({"history", "alice"}).back();
  BOOST_TEST(row.at("file").at("name") == "photo.jpg");
  BOOST_TEST(row.at("file").at("size") == 5 * mebibyte);
  BOOST_TEST(!is_below(home.data_dir(), canary));
  BOOST_TEST(home.log().find(canary) == std::string::npos);
  BOOST_TEST(!is_below(home.data_dir(), "photo.jpg"));
  BOOST_TEST(home.log().find("photo.jpg") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(alice_is_killed_and_goes_on_with_the_same_command) {
  server home;
  wiretap tap(home.port());
  const person alice(tap.address(), "alice");
  const person bob(home, "bob");
  const desk on(5 * mebibyte);
  tap.hold_after(3 * mebibyte);
  {
    auto sending = alice.starts({"send", "bob", "--file", on.file.string()});
    tap.await_hold();
    sending.signal(SIGKILL);
    sending.end();
  }
  tap.go_on();
  const auto before = tap.captured().size();
  const auto seq = seq_of(alice.types({"send", "bob", "--file", on.file.string()}));
  // What was there was not sent again.
  BOOST_TEST(tap.captured().size() - before < 4 * mebibyte);
  BOOST_TEST(files_of(home).size() == 1U);
  bob_saves(bob, seq, on);
}

BOOST_AUTO_TEST_CASE(bob_is_killed_and_goes_on_with_the_same_command) {
  server home;
  wiretap tap(home.port());
  const person alice(home, "alice");
  const person bob(tap.address(), "bob");
  const desk on(12 * mebibyte);
  const auto seq = seq_of(alice.types({"send", "bob", "--file", on.file.string()}));
  const words save = {"save", "alice", text_of(seq), "--output", on.for_bob().string()};
  tap.hold_after(8 * mebibyte);
  {
    auto saving = bob.starts(save);
    tap.await_hold();
    saving.signal(SIGKILL);
    saving.end();
  }
  tap.go_on();
  BOOST_TEST(fs::exists(on.for_bob() / "photo.jpg.part"));
  const auto before = tap.captured().size();
  bob_saves(bob, seq, on);
  BOOST_TEST(tap.captured().size() - before < 10 * mebibyte);
  BOOST_TEST(!fs::exists(on.for_bob() / "photo.jpg.part"));
}

BOOST_AUTO_TEST_CASE(a_disk_that_fills_while_bob_saves_keeps_what_is_there) {
  server home;
  const person alice(home, "alice");
  wiretap tap(home.port());
  const person bob(tap.address(), "bob");
  const desk on(8 * mebibyte);
  const auto seq = seq_of(alice.types({"send", "bob", "--file", on.file.string()}));
  // 4 MiB for any one file, in blocks of 512 octets.
  auto cramped = bob.typing({"save", "alice", text_of(seq), "--output", on.for_bob().string()});
  cramped.command.insert(cramped.command.begin(),
                         {"/bin/sh", "-c", "ulimit -f 8192; exec \"$@\"", "sh"});
  const auto full = run(cramped);
  BOOST_TEST(full.exit_code == 1, full.err);
  BOOST_TEST(rows_of_type(full.out, "error").back().at("code") == "storage_full");
  BOOST_TEST(full.err.find("goes on from there") != std::string::npos, full.err);
  BOOST_TEST(!fs::exists(on.for_bob() / "photo.jpg"));
  BOOST_TEST(fs::file_size(on.for_bob() / "photo.jpg.part") == 4 * mebibyte);
  const auto before = tap.captured().size();
  bob_saves(bob, seq, on);
  BOOST_TEST(tap.captured().size() - before < 5 * mebibyte);
}

BOOST_AUTO_TEST_CASE(they_chat_while_a_file_is_on_its_way) {
  server home;
  wiretap tap(home.port());
  const person alice(tap.address(), "alice");
  const person bob(home, "bob");
  const person alice_elsewhere(home, "alice", false);
  BOOST_TEST(alice_elsewhere
                 .types({"login", "--user", "alice", "--password-stdin"},
                        std::string(usual_password) + "\n")
                 .exit_code == 0);
  const desk on(5 * mebibyte);
  tap.hold_after(2 * mebibyte);
  auto sending = alice.starts({"--timeout", "50", "send", "bob", "--file", on.file.string()});
  tap.await_hold();
  alice_elsewhere.sees({"send", "bob", "it is coming"});
  BOOST_TEST(bob.sees({"history", "alice"}).back().at("text") == "it is coming");
  tap.go_on();
  bob_saves(bob, seq_of(sending.end()), on);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_while_it_is_sent_is_not_sent) {
  server home;
  wiretap tap(home.port());
  const person alice(tap.address(), "alice");
  const person bob(home, "bob");
  const desk on(5 * mebibyte);
  tap.hold_after(2 * mebibyte);
  auto sending = alice.starts({"send", "bob", "--file", on.file.string()});
  tap.await_hold();
  fs::resize_file(on.file, 4 * mebibyte);
  tap.go_on();
  const auto refused = sending.end();
  BOOST_TEST(refused.exit_code == 1, refused.err);
  BOOST_TEST(refused.err.find("was changed while it was sent") != std::string::npos);
  BOOST_TEST(bob.sees({"history", "alice"}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_overwritten_and_nothing_lies_elsewhere) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  const desk on(100'000);
  const auto seq = seq_of(alice.types({"send", "bob", "--file", on.file.string()}));
  const auto elsewhere = on.for_bob() / "other name";
  put_file(elsewhere, "mine");
  const words save = {"save", "alice", text_of(seq), "--output", elsewhere.string()};
  const auto refused = bob.types(save);
  BOOST_TEST(refused.exit_code == 7, refused.err);
  BOOST_TEST(content_of(elsewhere) == "mine");
  BOOST_TEST(bob.types({"save", "alice", text_of(seq), "--force", "--output", elsewhere.string()})
                 .exit_code == 0);
  BOOST_TEST((content_of(elsewhere) == on.content));
  // Somebody else's part is not gone on with.
  put_file(on.for_bob() / "third.part", "mine");
  const auto third = (on.for_bob() / "third").string();
  BOOST_TEST(bob.types({"save", "alice", text_of(seq), "--output", third}).exit_code == 7);
  BOOST_TEST(content_of(on.for_bob() / "third.part") == "mine");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_or_saved_is_told) {
  server home("[limits]\nfile_octets_max = 1000\n");
  const person alice(home, "alice");
  const person bob(home, "bob");
  const desk on(1'001);
  const auto large = alice.types({"send", "bob", "--file", on.file.string()});
  BOOST_TEST(large.exit_code == 7, large.err);
  BOOST_TEST(large.err.find("allowed are 1000") != std::string::npos);
  BOOST_TEST(alice.types({"send", "bob", "--file", on.place.path().string()}).exit_code == 1);
  BOOST_TEST(alice.types({"send", "bob", "--file", "/nowhere/at all"}).exit_code == 1);
  BOOST_TEST(alice.types({"send", "bob", "--file", on.file.string(), "text"}).exit_code == 2);
  const auto seq = seq_of(alice.types({"send", "bob", "only a word"}));
  BOOST_TEST(bob.types({"save", "alice", text_of(seq)}).exit_code == 5);
  BOOST_TEST(bob.types({"save", "alice", text_of(seq + 1)}).exit_code == 5);
  const desk empty(0, "empty");
  bob_saves(bob, seq_of(alice.types({"send", "bob", "--file", empty.file.string()})), empty);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
