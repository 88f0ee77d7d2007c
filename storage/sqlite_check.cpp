#include "storage/sqlite_check.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "storage/sqlite_check_chats.hpp"
#include "storage/sqlite_file.hpp"
#include "storage/sqlite_migrations.hpp"

namespace uod::storage {
namespace sqlite {
namespace {

/// Some ten milliseconds of work between two looks at whether to stop.
constexpr int instructions_a_look = 1'000'000;

bool is_damage(const SQLite::Exception& exception) {
  const int code = exception.getExtendedErrorCode() & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

/// What this program promises of its tables. Each row that a query gives is a finding.
struct promise {
  const char* name;
  const char* sql;
};

constexpr std::array promises = {
    promise{"members",
            "SELECT 'chat number ' || chat_key || ' holds messages of account number ' || "
            "sender_key || ', which is no member' FROM (SELECT chat_key, sender_key FROM messages "
            "EXCEPT SELECT chat_key, account_key FROM chat_members) UNION ALL "
            "SELECT 'chat ' || lower(hex(id)) || ' has no members' FROM chats c WHERE NOT EXISTS "
            "(SELECT 1 FROM chat_members m WHERE m.chat_key = c.key) UNION ALL "
            "SELECT 'chat ' || lower(hex(c.id)) || ': a mark of account number ' || m.account_key "
            "|| ' stands behind the last message' FROM chat_members m JOIN chats c "
            "ON c.key = m.chat_key WHERE m.delivered_seq > c.last_seq OR m.read_seq > c.last_seq "
            "OR m.read_seq > m.delivered_seq"},
    promise{"broadcasts",
            "SELECT 'the home page has ' || amount || ' broadcasts, numbered from ' || first || "
            "' to ' || last FROM (SELECT count(*) AS amount, min(seq) AS first, max(seq) AS last "
            "FROM broadcasts) WHERE amount > 0 AND (first <> 1 OR last <> amount)"},
    // A deleted account takes its redemptions with it, but what it used stays used.
    promise{"premium codes",
            "SELECT 'premium code ' || lower(hex(id)) || ' counts ' || uses || ' uses of ' || "
            "uses_max || ', and ' || redeemed || ' are known' FROM (SELECT c.id, c.uses, "
            "c.uses_max, (SELECT count(*) FROM premium_redemptions r WHERE r.code_key = c.key) AS "
            "redeemed FROM premium_codes c) WHERE uses > uses_max OR redeemed > uses"},
    promise{"identities",
            "SELECT 'account ' || lower(hex(a.id)) || ' has an identity whose public key is not "
            "there' FROM accounts a WHERE length(a.identity) > 0 AND NOT EXISTS (SELECT 1 FROM "
            "identities i WHERE i.account_key = a.key AND i.fingerprint = a.identity) UNION ALL "
            "SELECT 'account ' || lower(hex(id)) || ' has something sealed and no identity' "
            "FROM accounts WHERE length(identity) = 0 AND (length(sealed_by_password) > 0 OR "
            "length(sealed_by_recovery) > 0)"},
    promise{"chat keys",
            "SELECT 'chat ' || lower(hex(c.id)) || ' holds a key of account number ' || "
            "k.maker_key || ', which is no member' FROM chat_keys k JOIN chats c "
            "ON c.key = k.chat_key WHERE NOT EXISTS (SELECT 1 FROM chat_members m "
            "WHERE m.chat_key = k.chat_key AND m.account_key = k.maker_key)"},
    promise{"files",
            "SELECT 'file ' || lower(hex(f.id)) || ' was sent by account number ' || f.owner_key "
            "|| ', which is no member of its chat' FROM files f WHERE NOT EXISTS (SELECT 1 FROM "
            "chat_members m WHERE m.chat_key = f.chat_key AND m.account_key = f.owner_key)"},
    promise{"deleted accounts",
            "SELECT 'account ' || lower(hex(a.id)) || ' was deleted and has left something behind' "
            "FROM accounts a WHERE a.deleted_at_ms <> 0 AND (a.email <> '' OR "
            "length(a.stored_auth_key) > 0 OR length(a.identity) > 0 OR "
            "length(a.sealed_by_password) > 0 OR length(a.sealed_by_recovery) > 0 OR "
            "EXISTS (SELECT 1 FROM identities i WHERE i.account_key = a.key) OR "
            "EXISTS (SELECT 1 FROM devices d WHERE d.account_key = a.key) OR "
            "EXISTS (SELECT 1 FROM contacts c WHERE c.owner_key = a.key OR c.contact_key = a.key) "
            "OR EXISTS (SELECT 1 FROM locations l WHERE l.account_key = a.key) OR "
            "EXISTS (SELECT 1 FROM codes k WHERE k.account_key = a.key) OR "
            "EXISTS (SELECT 1 FROM outbox o WHERE o.account_key = a.key) OR "
            "EXISTS (SELECT 1 FROM files f WHERE f.owner_key = a.key AND f.state = 0))"},
};

}  // namespace

outcome<std::uint32_t> check_owner(connection& database, const std::string& file) {
  {
    statement ask(database, "PRAGMA application_id");
    rows row = ask.run();
    if (!row.next() || row.integer(0) != application_id) {
      return fail(errc::database_corrupt, file + ": this is no database of this program");
    }
  }
  const std::uint32_t version = version_of(database);
  if (version > newest_version()) {
    return fail(errc::database_newer, file + ": version " + std::to_string(version) +
                                          "; this program knows up to " +
                                          std::to_string(newest_version()));
  }
  return version;
}

void add(check_step& step, std::string finding) {
  ++step.findings_count;
  if (step.findings.size() < findings_told_max) step.findings.push_back(std::move(finding));
}

void tell_damage(check_step& step, const std::function<void()>& look) {
  try {
    look();
  } catch (const SQLite::Exception& exception) {
    if (!is_damage(exception)) throw;
    add(step, std::string("it cannot be read: ") + exception.what());
  }
}

check_step find(connection& database, std::string name, const char* sql) {
  check_step step{std::move(name), {}, 0};
  tell_damage(step, [&] {
    statement query(database, sql);
    rows row = query.run();
    while (row.next()) add(step, row.octets(0));
  });
  return step;
}

check_step check_structure(connection& database) {
  return find(database, "structure",
              "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
}

check_step check_references(connection& database) {
  return find(database, "references",
              "SELECT 'table ' || \"table\" || ': row ' || coalesce(rowid, '') || "
              "' points at a missing row of ' || parent FROM pragma_foreign_key_check");
}

progress_watch::progress_watch(connection& database, const progress_sink& sink)
    : database_(database), sink_(sink) {
  const auto look = [](void* self) {
    auto& watch = *static_cast<progress_watch*>(self);
    return watch.tell(watch.now_) ? 0 : 1;
  };
  sqlite3_progress_handler(database_.database().getHandle(), instructions_a_look, look, this);
}

progress_watch::~progress_watch() {
  sqlite3_progress_handler(database_.database().getHandle(), 0, nullptr, nullptr);
}

bool progress_watch::tell(const work_progress& now) {
  now_ = now;
  if (sink_ && !sink_(now)) stopped_ = true;
  return !stopped_;
}

namespace {

outcome<check_report> check_all(connection& database, const std::string& file,
                                progress_watch& watch) {
  check_report report;
  const read_transaction together(database);
  const auto version = check_owner(database, file);
  if (!version) return tl::unexpected<error>(version.error());
  report.version = *version;
  report.older = *version < newest_version();
  const std::size_t total = 2 + (report.older ? 0 : 2 + promises.size());
  const auto begin = [&](const char* step) {
    return watch.tell({step, report.steps.size(), total});
  };
  if (!begin("structure")) return report;
  report.steps.push_back(check_structure(database));
  if (!begin("references")) return report;
  report.steps.push_back(check_references(database));
  if (report.older) return report;
  if (!begin("sequences")) return report;
  chat_findings chats = check_chats(database);
  report.steps.push_back(std::move(chats.sequences));
  report.steps.push_back(std::move(chats.counters));
  for (const promise& one : promises) {
    if (!begin(one.name)) return report;
    report.steps.push_back(find(database, one.name, one.sql));
  }
  return report;
}

}  // namespace
}  // namespace sqlite

std::uint64_t check_report::findings_count() const {
  std::uint64_t count = 0;
  for (const check_step& step : steps) count += step.findings_count;
  return count;
}

outcome<check_report> check_sqlite(const std::filesystem::path& file,
                                   const progress_sink& progress) {
  using namespace sqlite;
  if (auto there = must_be_there(file); !there) return tl::unexpected<error>(there.error());
  try {
    connection database({.file = file}, access::read_only);
    progress_watch watch(database, progress);
    auto report = guarded(database, [&] { return check_all(database, file.string(), watch); });
    if (watch.stopped()) return fail(errc::interrupted, file.string() + " was not checked");
    return report;
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected<error>(explain(file.string(), exception, errno));
  }
}

outcome<std::uint32_t> sqlite_version(const std::filesystem::path& file) {
  using namespace sqlite;
  if (auto there = must_be_there(file); !there) return tl::unexpected<error>(there.error());
  try {
    connection database({.file = file}, access::read_only);
    return guarded(database, [&] { return check_owner(database, file.string()); });
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected<error>(explain(file.string(), exception, errno));
  }
}

std::uint32_t newest_sqlite_version() { return sqlite::newest_version(); }

}  // namespace uod::storage
