#include "storage/sqlite_store.hpp"

#include <array>
#include <cerrno>

#include "storage/sqlite_engine.hpp"
#include "storage/sqlite_file.hpp"
#include "storage/sqlite_migrations.hpp"

namespace uod::storage {
namespace {

using namespace sqlite;

constexpr std::array tables = {"accounts",
                               "devices",
                               "contacts",
                               "chats",
                               "chat_members",
                               "messages",
                               "locks",
                               "locations",
                               "codes",
                               "premium_codes",
                               "premium_redemptions",
                               "outbox",
                               "outbox_fields",
                               "mail_counts",
                               "broadcasts",
                               "identities",
                               "chat_keys",
                               "files",
                               "chat_runs"};

tl::unexpected<error> fail_corrupt(const std::string& file, const std::string& what) {
  return fail(errc::database_corrupt,
              file + ": " + what + "; it was left as it is; restore it from a backup");
}

/// Whose database this is, as SQLite sees it (with what waits in the log).
outcome<void> check_identity(connection& database, const std::string& file) {
  statement ask(database, "PRAGMA application_id");
  {
    rows row = ask.run();
    if (!row.next() || row.integer(0) != application_id) {
      return fail_corrupt(file, "this is no database of this program");
    }
  }
  const std::uint32_t version = version_of(database);
  if (version > newest_version()) {
    return fail(errc::database_newer, file + ": version " + std::to_string(version) +
                                          "; this program knows up to " +
                                          std::to_string(newest_version()));
  }
  return {};
}

/// A look at the schema and at the root of each table: finds what is grossly wrong in
/// milliseconds. (A full integrity check reads everything.)
outcome<void> check_tables(connection& database, const std::string& file) {
  statement known(database, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  for (const char* table : tables) {
    {
      rows row = known.run(text{table});
      if (!row.next()) return fail_corrupt(file, std::string("table ") + table + " is missing");
    }
    statement first(database, (std::string("SELECT * FROM ") + table + " LIMIT 1").c_str());
    rows row = first.run();
    row.next();
  }
  return {};
}

/// Checks what is there, then brings it up to date. Nothing is written before all checks have
/// passed, and what is refused is not even tidied when it is closed.
outcome<void> prepare(const sqlite_options& options) {
  const std::string file = options.file.string();
  const bool wal = has_wal(options.file);
  connection database(options, access::read_write);
  return guarded(database, [&]() -> outcome<void> {
    database.checkpoint_on_close(!wal);
    if (auto good = check_identity(database, file); !good) return good;
    if (version_of(database) == newest_version()) {
      if (auto good = check_tables(database, file); !good) return good;
    }
    database.checkpoint_on_close(true);
    migrate(database);
    database.execute("PRAGMA journal_mode = WAL");
    return check_tables(database, file);
  });
}

class sqlite_store final : public store {
 public:
  explicit sqlite_store(sqlite_options options)
      : shared_(std::make_shared<engine>(std::move(options))) {}

  outcome<std::unique_ptr<account_writer>> make_account_writer() override {
    return make<account_writer>([&]() -> outcome<std::unique_ptr<account_writer>> {
      auto claim = sole_claim::take(shared_->account_writer_out);
      if (!claim) return second_writer();
      return new_account_writer(shared_, std::move(claim));
    });
  }

  outcome<std::unique_ptr<message_writer>> make_message_writer() override {
    return make<message_writer>([&]() -> outcome<std::unique_ptr<message_writer>> {
      auto claim = sole_claim::take(shared_->message_writer_out);
      if (!claim) return second_writer();
      return new_message_writer(shared_, std::move(claim));
    });
  }

  outcome<std::unique_ptr<file_register>> make_file_register() override {
    return make<file_register>([&]() -> outcome<std::unique_ptr<file_register>> {
      auto claim = sole_claim::take(shared_->file_register_out);
      if (!claim) return second_writer();
      return new_file_register(shared_, std::move(claim));
    });
  }

  outcome<std::unique_ptr<reader>> make_reader() override {
    return make<reader>([&]() -> outcome<std::unique_ptr<reader>> { return new_reader(shared_); });
  }

 private:
  template <class Part, class Make>
  outcome<std::unique_ptr<Part>> make(Make&& make_part) {
    try {
      return std::forward<Make>(make_part)();
    } catch (const SQLite::Exception& exception) {
      return tl::unexpected<error>(explain(name(), exception, errno));
    } catch (const std::exception& exception) {
      return fail(errc::storage_failed, name() + ": " + exception.what());
    }
  }

  [[nodiscard]] std::string name() const { return shared_->options.file.string(); }

  [[nodiscard]] tl::unexpected<error> second_writer() const {
    return fail(errc::storage_failed, name() + ": this store has given out its writer already");
  }

  std::shared_ptr<engine> shared_;
};

}  // namespace

outcome<std::unique_ptr<store>> open_sqlite(const sqlite_options& options) {
  const std::string file = options.file.string();
  try {
    outcome<bool> present = inspect_file(options.file);
    if (!present) return tl::unexpected<error>(present.error());
    if (!*present) {
      if (auto made = create_file(options); !made) return tl::unexpected<error>(made.error());
    }
    if (auto ready = prepare(options); !ready) return tl::unexpected<error>(ready.error());
    return std::make_unique<sqlite_store>(options);
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected<error>(explain(file, exception, errno));
  } catch (const std::exception& exception) {
    return fail(errc::storage_failed, file + ": " + exception.what());
  }
}

}  // namespace uod::storage
