#include <algorithm>

#include "storage/sqlite_maintenance.hpp"
#include "tests/storage/sqlite_database.hpp"
#include "tests/storage/sqlite_shell.hpp"

namespace uod::storage::contract {
namespace {

std::vector<std::filesystem::path> migration_files() {
  std::vector<std::filesystem::path> files;
  const auto directory = std::filesystem::path(UOD_SOURCE_DIR) / "storage/migrations/sqlite";
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string hex_of(const uuid& id) {
  std::string hex;
  for (const std::uint8_t one : id.octets) {
    for (const int digit : {one >> 4, one & 15}) hex.push_back("0123456789abcdef"[digit]);
  }
  return "x'" + hex + "'";
}

/// Alice and bob as version 1 had them, with a device, contacts, a chat and notes; bob once bore a
/// name that is nobody's to have now.
void make_version_1(const std::filesystem::path& file) {
  sqlite_shell shell(file);
  shell.run(read_file(migration_files().front()));
  BOOST_REQUIRE_EQUAL(shell.run("PRAGMA user_version"), "1\n");
  const auto account = [&](std::uint64_t number, const std::string& name, int premium) {
    shell.run("INSERT INTO accounts VALUES (" + std::to_string(number) + ", " +
              hex_of(nth_account(number)) + ", '" + name + "', '" + name + "', '" + name + "', '" +
              name + "@Example.org', '" + name + "@example.org', x'0001ff', 65536, 3, x'4b4559', " +
              std::to_string(premium) + ", 501, 777)");
  };
  account(1, "alice", 1);
  account(2, "unknown-bob", 0);
  shell.run("INSERT INTO devices VALUES (" + hex_of(nth_device(1)) +
            ", 1, 'phone', '192.0.2.7', x'00746f', 600, 700);"
            "INSERT INTO contacts VALUES (1, 2), (2, 1);"
            "INSERT INTO chats VALUES (1, " +
            hex_of(nth_chat(1)) + ", 2, 3, 900, 800), (2, " + hex_of(nth_chat(2)) +
            ", 1, 2, 850, 800);"
            "INSERT INTO chat_members VALUES (1, 1, 2, 1), (1, 2, 0, 0), (2, 1, 0, 0);"
            "INSERT INTO messages VALUES (1, " +
            hex_of(nth_message(1)) + ", 1, 1, 1, 800, 0, x'6869'), (2, " + hex_of(nth_message(2)) +
            ", 2, 1, 1, 850, 0, x'6e6f7465'), (3, " + hex_of(nth_message(3)) +
            ", 1, 2, 2, 900, 0, x'00ff')");
}

void check_what_version_1_held(household& home) {
  const account_record alice = *must(home.reads->account_by_name("alice"));
  account_record expected = registration(1, "alice").account;
  expected.salt = bytes("\0\x01\xff", 3);
  expected.stored_auth_key = "KEY";
  expected.premium = true;
  expected.last_seen_ms = 777;
  BOOST_TEST((alice == expected));  // neither confirmed, nor closed, nor deleted
  BOOST_TEST(must(home.reads->account_by_id(nth_account(2)))->name == "unknown-bob");
  const device_record phone{
      nth_device(1), nth_account(1), "phone", "192.0.2.7", bytes("\0to", 3), 600, 700, 0};
  BOOST_TEST((must(home.reads->devices(nth_account(1))) == std::vector{phone}));
  BOOST_TEST(must(home.reads->contacts(nth_account(1), "", 10)).contacts[0].mutual);
  const chat_info chat = must(home.reads->chat(nth_chat(1), nth_account(1)));
  BOOST_TEST((chat.members[0] == member{nth_account(1), "alice", 2, 1}));
  BOOST_TEST(chat.last_seq == 2U);
  BOOST_TEST(chat.unread == 1U);
  const auto feed = must(home.reads->feed(nth_account(1), 0, 10, no_byte_bound)).messages;
  BOOST_TEST(bodies(feed) == (std::vector<bytes>{"hi", "note", bytes("\0\xff", 2)}),
             boost::test_tools::per_element());
  BOOST_TEST((feed[2].sender == nth_account(2)));
}

std::string shape_of(const std::filesystem::path& file) {
  sqlite_shell shell(file);
  return shell.run(
      "PRAGMA application_id; PRAGMA user_version; PRAGMA integrity_check; "
      "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_migrations)

BOOST_AUTO_TEST_CASE(run_by_hand_they_make_what_the_program_makes) {
  sqlite_database by_program;
  must(by_program.open());
  sqlite_database by_hand;
  {
    sqlite_shell shell(by_hand.file());
    int version = 0;
    for (const auto& file : migration_files()) {
      shell.run(read_file(file));
      BOOST_TEST(shell.run("PRAGMA user_version") == std::to_string(++version) + "\n");
    }
    BOOST_TEST(version > 0);
  }
  BOOST_TEST(shape_of(by_hand.file()) == shape_of(by_program.file()));

  household home(by_hand);
  const account_id alice = home.person("alice");
  home.say(home.chat({alice, home.person("bob")}), alice, "hi");
  home.reopen();
  BOOST_TEST(must(home.reads->last_position()) == 1U);
  sqlite_shell shell(by_hand.file());
  BOOST_TEST(shell.run("PRAGMA journal_mode") == "wal\n");
}

BOOST_AUTO_TEST_CASE(each_is_whole_or_not_at_all) {
  // Run a second time, a migration fails on the first thing that is there already.
  sqlite_database bobs;
  must(bobs.open());
  const std::string before = shape_of(bobs.file());
  for (const auto& file : migration_files()) {
    sqlite3* handle = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open(bobs.file().c_str(), &handle), SQLITE_OK);
    BOOST_TEST(sqlite3_exec(handle, read_file(file).c_str(), nullptr, nullptr, nullptr) !=
               SQLITE_OK);
    sqlite3_close(handle);
  }
  BOOST_TEST(shape_of(bobs.file()) == before);
}

BOOST_AUTO_TEST_CASE(a_database_of_version_1_keeps_all_it_holds) {
  sqlite_database fresh;
  must(fresh.open());
  sqlite_database old;
  make_version_1(old.file());
  household home(old);
  check_what_version_1_held(home);
  BOOST_TEST(shape_of(old.file()) == shape_of(fresh.file()));
  home.reopen();
  check_what_version_1_held(home);

  // And it does all that is new, also to what was there before.
  BOOST_TEST(home.announce(nth_message(9), nth_account(1), "hello all").stored.seq == 1U);
  put_device elsewhere = log_in({nth_device(1), nth_account(1), "phone", "", "token", 800, 800});
  elsewhere.stored_auth_key = "KEY";
  elsewhere.warning = letter(1);
  BOOST_TEST(must(home.change(elsewhere)).mails_queued == 1U);
  set_identity key{nth_account(1), "KEY", bytes(32, 'a'), "public", "sealed", "", 1'000, {}};
  must(home.change(key));
  const chat_id notes = nth_chat(2);
  add_chat_key noted{epoch_id(nth_message(1)),           notes,    nth_account(1),
                     {{nth_account(1), bytes(32, 'a')}}, "record", 1'000};
  must(home.change(noted));
  BOOST_TEST(must(home.reads->chat_keys(nth_account(1), {notes, {noted.epoch}})).size() == 1U);
  must(home.change(delete_account{nth_account(2), 1'000}));
  BOOST_TEST(must(home.reads->account_by_id(nth_account(2)))->name.starts_with("unknown-"));
  BOOST_TEST(must(home.send(nth_message(1), nth_chat(1), nth_account(1), "hi")).repeated);
  sqlite_shell shell(old.file());
  BOOST_TEST(shell.run("PRAGMA foreign_key_check; PRAGMA integrity_check") == "ok\n");
}

BOOST_AUTO_TEST_CASE(what_a_killed_server_of_version_1_left_is_kept) {
  sqlite_database old;
  make_version_1(old.file());
  {
    sqlite_shell shell(old.file());
    shell.leave_log_on_close();
    shell.run("PRAGMA journal_mode = WAL; UPDATE accounts SET name = 'Alice' WHERE key = 1");
  }
  BOOST_REQUIRE(std::filesystem::exists(old.file().string() + "-wal"));
  household home(old);
  BOOST_TEST(must(home.reads->account_by_name("alice"))->name == "Alice");
}

BOOST_AUTO_TEST_CASE(messages_of_version_5_are_found) {
  // Chats that end on either side of a run's end, as a node of today writes them.
  sqlite_database fresh;
  {
    household home(fresh);
    const account_id alice = home.person("alice");
    std::vector<std::pair<chat_id, std::uint64_t>> left;
    std::vector<account_id> others;
    for (const std::uint64_t length : {0U, 1U, 63U, 64U, 65U, 128U, 200U}) {
      others.push_back(home.person("to" + std::to_string(length)));
      left.emplace_back(home.chat({alice, others.back()}), length);
    }
    for (std::uint64_t id = 1, round = 0; round < 200; ++round) {
      std::vector<message_change> changes;
      for (std::size_t i = 0; i < left.size(); ++i) {
        const auto& [chat, length] = left[i];
        if (round >= length) continue;
        const account_id& sender = round / 7 % 3 == 0 ? others[i] : alice;
        changes.emplace_back(
            new_message{nth_message(id++), chat, sender, content_type::text, "hi"});
      }
      must(home.messages->commit(std::move(changes), round));
    }
  }
  sqlite_database old;
  {
    sqlite_shell shell(old.file());
    for (const auto& file : migration_files()) {
      if (file.filename().string() < "0006") shell.run(read_file(file));
    }
    shell.run("ATTACH '" + fresh.file().string() + "' AS fresh");
    for (const char* table : {"accounts", "messages"}) {
      shell.run(std::string("INSERT INTO main.") + table + " SELECT * FROM fresh." + table);
    }
    shell.run(
        "INSERT INTO main.chats SELECT key, id, last_seq, last_position, last_sent_at_ms, "
        "created_at_ms FROM fresh.chats; INSERT INTO main.chat_members SELECT * FROM "
        "fresh.chat_members");
  }
  must(old.open());
  const auto found_by = [](const std::filesystem::path& file) {
    return sqlite_shell(file).run(
        "SELECT key, tail FROM chats ORDER BY key; "
        "SELECT * FROM chat_runs ORDER BY chat_key, run");
  };
  BOOST_TEST(found_by(old.file()) == found_by(fresh.file()));
  BOOST_TEST(must(check_sqlite(old.file())).findings_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_deleted_accounts_notes_and_codes_are_not_in_the_file) {
  sqlite_database shared;
  household home(shared);
  const account_id alice = home.person("alice");
  const chat_id notes = home.chat({alice});
  for (int day = 0; day < 70; ++day) home.say(notes, alice, "my secret diary, and nobody else's");
  outbox_mail mail = letter(1);
  mail.fields["code"] = "QUITE-SECRET";
  must(home.change(same_password(alice, {mail})));
  set_identity key{alice,
                   first_key_of(alice),
                   bytes(32, 'a'),
                   "HER PUBLIC KEY",
                   "HER SEALED KEY",
                   "HER CODE SEALED IT",
                   1'000,
                   {}};
  must(home.change(key));
  must(home.change(delete_account{alice, 1'000}));
  home.reopen();  // what waited in the log is in the file now
  const bytes file = read_file(shared.file());
  BOOST_TEST(file.find("secret diary") == bytes::npos);
  BOOST_TEST(file.find("QUITE-SECRET") == bytes::npos);
  BOOST_TEST(file.find("alice@") == bytes::npos);
  for (const char* hers : {"HER PUBLIC KEY", "HER SEALED KEY", "HER CODE SEALED IT"}) {
    BOOST_TEST(file.find(hers) == bytes::npos, hers);
  }
}

BOOST_AUTO_TEST_CASE(what_is_asked_often_has_an_index) {
  sqlite_database shared;
  must(shared.open());
  sqlite_shell shell(shared.file());
  // As sqlite_reader.cpp, sqlite_outbox.cpp and sqlite_account_writer.hpp ask.
  for (const char* often : {
           "SELECT * FROM outbox WHERE state = 0 AND due_at_ms <= 5 ORDER BY due_at_ms, key LIMIT "
           "5",
           "SELECT due_at_ms FROM outbox WHERE state = 0 ORDER BY due_at_ms LIMIT 1",
           "DELETE FROM outbox WHERE id = x'00'",
           "DELETE FROM outbox WHERE account_key = 1",
           "SELECT value FROM outbox_fields WHERE mail_key = 1",
           "SELECT count FROM mail_counts WHERE account_key = 1 AND kind = 'x' AND day = 1",
           "SELECT failures FROM locks WHERE subject = 'x'",
           "DELETE FROM locks WHERE failed_at_ms < 1 AND until_ms < 1",
           "SELECT device FROM locations WHERE account_key = 1",
           "UPDATE locations SET last_seen_ms = 1 WHERE account_key = 1 AND network = 'x' "
           "AND device = 'x' AND last_seen_ms > 1",
           "DELETE FROM locations WHERE last_seen_ms < 1",
           "SELECT stored FROM codes WHERE account_key = 1 AND purpose = 1",
           "SELECT key FROM premium_codes WHERE stored = x'00'",
           "DELETE FROM premium_redemptions WHERE account_key = 1",
           "SELECT public_key FROM identities WHERE account_key = 1 AND fingerprint = x'00'",
           "SELECT count(*) FROM identities WHERE account_key = 1",
           "SELECT record FROM chat_keys WHERE epoch = x'00' AND chat_key = 1",
           "DELETE FROM chat_keys WHERE chat_key = 1",
           "SELECT seq FROM broadcasts WHERE id = x'00'",
           "SELECT seq FROM broadcasts WHERE seq > 1 AND seq < 5 ORDER BY seq DESC LIMIT 5",
       }) {
    const std::string plan = shell.run(std::string("EXPLAIN QUERY PLAN ") + often);
    BOOST_TEST(plan.find("SCAN") == std::string::npos, often << ": " << plan);
    BOOST_TEST(plan.find("TEMP B-TREE") == std::string::npos, often << ": " << plan);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
