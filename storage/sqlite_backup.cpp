#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "storage/sqlite_check.hpp"
#include "storage/sqlite_file.hpp"

namespace uod::storage {
namespace {

using namespace sqlite;
namespace fs = std::filesystem;

/// 1 MiB between two looks at whether to stop.
constexpr int pages_a_step = 256;

/// A name with which SQLite reads the file as it is and makes nothing beside it.
std::string immutable_name(const fs::path& file) {
  std::string name = "file:";
  for (const char each : fs::absolute(file).string()) {
    const auto octet = static_cast<unsigned char>(each);
    const bool plain = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
                       (octet >= '0' && octet <= '9') || octet == '/' || octet == '.' ||
                       octet == '-' || octet == '_';
    if (plain) {
      name.push_back(each);
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "%%%02X", octet);
      name.append(escaped);
    }
  }
  return name + "?immutable=1";
}

outcome<void> check_target(const backup_order& order) {
  const std::string name = order.target.string();
  std::error_code ignored;
  if (fs::equivalent(order.file, order.target, ignored)) {
    return fail(errc::not_allowed, name + " is the database itself; choose another file");
  }
  const auto what = fs::symlink_status(order.target, ignored);
  if (fs::exists(what) && !fs::is_regular_file(what)) {
    return fail(errc::not_allowed, name + " is there and is no file; choose another");
  }
  if (fs::exists(what) && !order.replace) {
    return fail(errc::not_allowed, name + " is there already; choose another file, or --force");
  }
  // SQLite would take such a file for a part of the new one, and spoil it.
  for (const char* suffix : {"-wal", "-journal"}) {
    const auto octets = fs::file_size(name + suffix, ignored);
    if (!ignored && octets != 0) {
      return fail(errc::not_allowed,
                  name + suffix + " is left from another database; move it away first");
    }
  }
  return {};
}

tl::unexpected<error> stopped(const backup_order& order) {
  return fail(errc::interrupted, order.target.string() + " was not made");
}

/// Copies all pages of one snapshot. May throw.
outcome<void> copy(const backup_order& order, const fs::path& made, connection& source,
                   const progress_sink& progress) {
  // While this is open the snapshot stays, whoever writes: the copy never has to begin anew.
  const read_transaction together(source);
  if (auto ours = check_owner(source, order.file.string()); !ours) {
    return tl::unexpected<error>(ours.error());
  }
  SQLite::Database target(made.string(), SQLite::OPEN_READWRITE);
  sqlite3* const to = target.getHandle();
  sqlite3_extended_result_codes(to, 1);
  // Nobody sees the copy before it is whole and synced, so that it needs neither.
  target.exec("PRAGMA journal_mode = OFF");
  target.exec("PRAGMA synchronous = OFF");
  sqlite3_backup* const work =
      sqlite3_backup_init(to, "main", source.database().getHandle(), "main");
  if (work == nullptr) throw SQLite::Exception(to, sqlite3_errcode(to));
  bool go_on = true;
  int result = SQLITE_OK;
  while (go_on && result == SQLITE_OK) {
    result = sqlite3_backup_step(work, pages_a_step);
    const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(work));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(work));
    if (progress) go_on = progress({"copying", total - left, total});
  }
  const int why = sqlite3_system_errno(to);
  const int finished = sqlite3_backup_finish(work);
  if (!go_on) return stopped(order);
  if (result == SQLITE_DONE && finished == SQLITE_OK) return {};
  const int kind = finished & 0xff;
  const bool of_source = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
  return tl::unexpected<error>(explain((of_source ? order.file : order.target).string(),
                                       SQLite::Exception(to, finished), why));
}

/// Opens the copy as a restored database would be, and reads all of it.
outcome<backup_report> verify(const backup_order& order, const fs::path& made,
                              const progress_sink& progress) {
  connection database({.file = immutable_name(made)}, access::read_only_uri);
  progress_watch watch(database, progress);
  return guarded(database, [&]() -> outcome<backup_report> {
    const auto version = check_owner(database, order.target.string());
    if (!version) return tl::unexpected<error>(version.error());
    if (!watch.tell({"verifying", 0, 0})) return stopped(order);
    check_step found = check_structure(database);
    if (found.findings_count == 0 && !watch.stopped()) found = check_references(database);
    if (watch.stopped()) return stopped(order);
    if (found.findings_count != 0) {
      return fail(errc::database_corrupt, order.file.string() + ": " + found.findings.front() +
                                              "; no backup was made; see `db check`");
    }
    return backup_report{fs::file_size(made), *version};
  });
}

outcome<void> publish(const backup_order& order, const fs::path& made) {
  if (auto synced = sync_path(made, O_RDONLY); !synced) return synced;
  int failed = 0;
  if (order.replace) {
    failed = ::rename(made.c_str(), order.target.c_str());
  } else {
    // Not over one that somebody has made meanwhile.
    failed = ::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, order.target.c_str(), RENAME_NOREPLACE);
    if (failed != 0 && errno == EINVAL) failed = ::link(made.c_str(), order.target.c_str());
  }
  if (failed != 0) return fail_errno(order.target, errno);
  return sync_path(directory_of(order.target), O_RDONLY | O_DIRECTORY);
}

outcome<backup_report> back_up_into(const backup_order& order, const fs::path& made,
                                    const progress_sink& progress) {
  {
    connection source({.file = order.file}, access::read_only);
    auto copied = guarded(source, [&] { return copy(order, made, source, progress); });
    if (!copied) return tl::unexpected<error>(copied.error());
  }
  auto report = verify(order, made, progress);
  if (!report) return report;
  if (auto published = publish(order, made); !published) {
    return tl::unexpected<error>(published.error());
  }
  return report;
}

}  // namespace

outcome<backup_report> back_up_sqlite(const backup_order& order, const progress_sink& progress) {
  if (auto there = must_be_there(order.file); !there) return tl::unexpected<error>(there.error());
  if (auto free = check_target(order); !free) return tl::unexpected<error>(free.error());
  std::string made = order.target.string() + ".new-XXXXXX";
  const int file = ::mkostemp(made.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return fail_errno(order.target, errno);
  ::close(file);
  outcome<backup_report> report;
  try {
    report = back_up_into(order, made, progress);
  } catch (const SQLite::Exception& exception) {
    report = tl::unexpected<error>(explain(order.file.string(), exception, errno));
  } catch (const std::exception& exception) {
    report = fail(errc::storage_failed, order.target.string() + ": " + exception.what());
  }
  for (const char* suffix : {"", "-journal"}) ::unlink((made + suffix).c_str());
  return report;
}

}  // namespace uod::storage
