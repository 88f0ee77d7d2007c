// Method. One thread commits messages of 128 octets, spread over 100 chats of two, under
// time-ordered ids, 1, 32, 256 or 2,048 a commit, each durable when the commit returns (WAL,
// synchronous=FULL). Each run has a new database, on the disk that the directory given lies on;
// ours and bare take turns. Only the commits are timed, not the making of the messages; CPU time
// is the whole process's, because our log is moved into the database by a thread of its own.
//
// Bare SQLite is its C interface on one table of the same columns as one would make it, with an
// index for each of what has to be found (a message by its id, a chat's messages in their order),
// prepared once, SQLite's own checkpoint at 1,000 pages. What ours adds over it: members and
// counters are proved and kept, repeated ids are found, results are handed back; what it saves: a
// chat's messages are found by runs of positions (storage/position_run.hpp). Ratios compare rows
// a second: 1.00 means as fast as bare.
#include "tests/bench/bench_store.hpp"

#include <fstream>

#include "storage/sqlite_store.hpp"
#include "tests/bench/bare_sqlite.hpp"
#include "tests/bench/message_maker.hpp"

namespace uod::bench {
namespace {

constexpr std::array<std::size_t, 4> commit_sizes{1, 32, 256, 2048};

/// The kind of file system that a directory lies on, as the kernel lists it (proc(5)); a sync
/// that costs nothing (tmpfs) measures nothing.
std::string file_system_of(const std::filesystem::path& directory) {
  std::ifstream mounts("/proc/self/mounts");
  const std::string path = std::filesystem::canonical(directory).string() + "/";
  std::string best;
  std::string kind = "an unknown file system";
  for (std::string device, place, type, rest; mounts >> device >> place >> type;) {
    std::getline(mounts, rest);
    const std::string prefix = place == "/" ? place : place + "/";
    if (path.rfind(prefix, 0) != 0 || prefix.size() < best.size()) continue;
    best = prefix;
    kind = type;
  }
  return kind;
}

void remove_database(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(file.string() + suffix);
  }
}

struct two_people {
  chat_id chat;
  std::array<account_id, 2> members;
};

/// Accounts and chats, before the clock starts.
std::vector<two_people> people_of(storage::store& store, storage::message_writer& writer,
                                  message_maker& maker) {
  auto accounts = must(store.make_account_writer(), "account writer");
  std::vector<two_people> pairs(chats_count);
  std::vector<storage::account_change> registrations;
  std::vector<storage::message_change> chats;
  for (auto& pair : pairs) {
    for (auto& member : pair.members) {
      member = account_id(maker.new_id());
      storage::create_account made;
      made.account.id = member;
      made.account.name = "user" + std::to_string(registrations.size());
      made.account.name_key = made.account.name_skeleton = made.account.name;
      made.account.email = made.account.email_key = made.account.name + "@example.org";
      made.account.salt = bytes(16, 's');
      made.account.argon2 = {8 * 1024, 1};
      made.account.stored_auth_key = bytes(32, 'k');
      made.device.id = device_id(maker.new_id());
      made.device.account = member;
      made.device.stored_token = bytes(32, 't');
      registrations.push_back(std::move(made));
    }
    pair.chat = direct_chat_id(pair.members[0], pair.members[1]);
    storage::create_chat opened{pair.chat, {pair.members[0], pair.members[1]}};
    chats.emplace_back(std::in_place_type<storage::create_chat>, std::move(opened));
  }
  for (auto& each : must(accounts->commit(registrations), "accounts")) must(each, "account");
  for (auto& each : must(writer.commit(std::move(chats), unix_ms()), "chats")) must(each, "chat");
  return pairs;
}

}  // namespace

sample our_rows(double seconds, std::size_t rows_a_commit, const std::filesystem::path& directory) {
  const auto file = directory / "store.db";
  remove_database(file);
  message_maker maker;
  auto store = must(storage::open_sqlite({.file = file}), "opening the store");
  auto writer = must(store->make_message_writer(), "message writer");
  const auto pairs = people_of(*store, *writer, maker);
  stopwatch watch;
  while (watch.wall() < seconds) {
    std::vector<storage::message_change> changes;
    changes.reserve(rows_a_commit);
    for (std::size_t at = 0; at < rows_a_commit; ++at) {
      const auto place = maker.next_place();
      const auto& pair = pairs[place.chat];
      storage::new_message sent{message_id(maker.new_id()), pair.chat, pair.members[place.sender],
                                content_type::text, bytes(body_bytes, 'x')};
      changes.emplace_back(std::in_place_type<storage::new_message>, std::move(sent));
    }
    watch.start();
    const auto results = must(writer->commit(std::move(changes), unix_ms()), "commit");
    watch.stop(static_cast<double>(rows_a_commit));
    for (const auto& each : results) must(each, "message");
  }
  writer.reset();
  store.reset();
  remove_database(file);
  return watch.result();
}

sample bare_rows(double seconds, std::size_t rows_a_commit,
                 const std::filesystem::path& directory) {
  const auto file = directory / "bare.db";
  remove_database(file);
  message_maker maker;
  stopwatch watch;
  {
    bare_sqlite database(file);
    std::vector<bare_row> rows(rows_a_commit);
    for (auto& row : rows) row.body.assign(body_bytes, 'x');
    while (watch.wall() < seconds) {
      for (auto& row : rows) {
        const auto place = maker.next_place();
        row.id = maker.new_id();
        row.chat = static_cast<std::int64_t>(place.chat);
        row.seq = static_cast<std::int64_t>(place.seq);
        row.sender = static_cast<std::int64_t>(place.chat * 2 + place.sender);
        row.sent_at_ms = static_cast<std::int64_t>(unix_ms());
      }
      watch.start();
      database.commit(rows);
      watch.stop(static_cast<double>(rows_a_commit));
    }
  }
  remove_database(file);
  return watch.result();
}

void bench_store(report& out, double seconds, const std::filesystem::path& directory) {
  out.begin_part(
      "store",
      "128-byte messages over 100 chats, each commit synced (WAL, synchronous=FULL) on " +
          file_system_of(directory) +
          "; bare SQLite: one table, the same columns, two indexes; medians of three runs.");
  for (const auto size : commit_sizes) {
    progress("store: " + std::to_string(size) + " rows a commit");
    const auto results = compare({[&] { return bare_rows(seconds, size, directory); },
                                  [&] { return our_rows(seconds, size, directory); }});
    for (std::size_t at = 0; at < results.size(); ++at) {
      out.add((at == 0 ? "bare SQLite, " : "store, ") + std::to_string(size) + " a commit",
              {{"rows_per_s", results[at].per_s, 0},
               {"commits_per_s", results[at].per_s / static_cast<double>(size), 0},
               {"cpu_us_per_row", results[at].cpu_us, 1},
               {"ratio_to_bare", results[at].per_s / results[0].per_s, 2}});
    }
  }
}

}  // namespace uod::bench
