#include "server/administration/database_commands.hpp"

#include <unistd.h>

#include "config/private_file.hpp"
#include "server/administration/interruption.hpp"
#include "server/administration/node_access.hpp"
#include "server/administration/offline_host.hpp"
#include "server/audit_log.hpp"
#include "storage/sqlite_store.hpp"

namespace uod::administration {
namespace {

storage::progress_sink shown_on(console& on, const interruption& signals) {
  return [&](const storage::work_progress& now) {
    on.show(now);
    return !signals.came();
  };
}

/// Notes what was done and what became of it, and gives that on.
outcome<void> noted(const server_config& config, console& on, std::string_view event,
                    const std::string& detail, const outcome<void>& result) {
  // Where there is no data directory there is nothing to keep a log of.
  std::error_code ignored;
  if (!std::filesystem::exists(config.data_dir, ignored)) return result;
  audit_log log(audit_file(config));
  const std::string_view became = result ? "done" : code_name(result.error().code);
  const std::initializer_list<audit::field> fields = {
      {"uid", ::getuid()}, {"way", "file"}, {"detail", detail}, {"result", became}};
  log.write(event, {fields.begin(), fields.size()});
  if (!log.flush()) on.warn("the audit log could not be written");
  return result;
}

outcome<void> tell(console& on, const row& told) {
  if (on.tell(told)) return {};
  return fail(errc::interrupted, "nobody takes the answer any more");
}

/// While a node has the directory.
outcome<void> tell_version(const server_config& config, console& on) {
  const auto version = storage::sqlite_version(database_file(config));
  if (!version) return tl::unexpected(version.error());
  if (*version != storage::newest_sqlite_version()) {
    return fail(errc::data_dir_in_use, "the node that runs works with version " +
                                           std::to_string(*version) +
                                           " of the database; end it and run this again");
  }
  return tell(on,
              {{"type", "migrated"}, {"from", *version}, {"version", *version}, {"running", true}});
}

outcome<void> migrate(const server_config& config, console& on) {
  if (auto made = make_private_directory(config.data_dir); !made) return made;
  const auto lock = directory_lock::take(config.data_dir);
  if (!lock) {
    if (lock.error().code == errc::data_dir_in_use) return tell_version(config, on);
    return tl::unexpected(lock.error());
  }
  const auto file = database_file(config);
  std::uint32_t from = 0;
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    const auto version = storage::sqlite_version(file);
    if (!version) return tl::unexpected(version.error());
    from = *version;
  }
  if (const auto opened = storage::open_sqlite({.file = file}); !opened) {
    return tl::unexpected(opened.error());
  }
  return tell(on, {{"type", "migrated"},
                   {"from", from},
                   {"version", storage::newest_sqlite_version()},
                   {"running", false}});
}

outcome<void> tell_step(console& on, const storage::check_step& step) {
  auto told = tell(on, {{"type", "check"},
                        {"step", step.name},
                        {"good", step.findings_count == 0},
                        {"findings", step.findings_count}});
  for (const std::string& finding : step.findings) {
    if (!told) return told;
    told = tell(on, {{"type", "finding"}, {"step", step.name}, {"finding", finding}});
  }
  return told;
}

outcome<void> check(const server_config& config, console& on) {
  const interruption signals;
  const auto file = database_file(config);
  const auto report = storage::check_sqlite(file, shown_on(on, signals));
  if (!report) return tl::unexpected(report.error());
  for (const auto& step : report->steps) {
    if (auto told = tell_step(on, step); !told) return told;
  }
  const std::uint64_t findings = report->findings_count();
  auto told = tell(on, {{"type", "checked"},
                        {"good", findings == 0},
                        {"findings", findings},
                        {"version", report->version},
                        {"older", report->older}});
  if (!told || findings == 0) return told;
  return fail(errc::database_corrupt,
              file.string() + ": " + std::to_string(findings) + " found; restore it from a backup");
}

outcome<void> back_up(const server_config& config, const std::filesystem::path& target,
                      bool replace, console& on) {
  const interruption signals;
  const auto report =
      storage::back_up_sqlite({database_file(config), target, replace}, shown_on(on, signals));
  if (!report) return tl::unexpected(report.error());
  return tell(on, {{"type", "backup"},
                   {"file", target.string()},
                   {"octets", report->octets},
                   {"version", report->version},
                   {"verified", true}});
}

outcome<void> with_advice(outcome<void> result, const server_config& config) {
  if (result) return result;
  return tl::unexpected(advised(std::move(result.error()), config.data_dir));
}

}  // namespace

outcome<void> migrate_database(const server_config& config, console& on) {
  return with_advice(noted(config, on, "admin.db.migrate", {}, migrate(config, on)), config);
}

outcome<void> check_database(const server_config& config, console& on) {
  return with_advice(noted(config, on, "admin.db.check", {}, check(config, on)), config);
}

outcome<void> back_up_database(const server_config& config, const std::filesystem::path& target,
                               bool replace, console& on) {
  std::error_code ignored;
  const auto whole = std::filesystem::absolute(target, ignored);
  return with_advice(
      noted(config, on, "admin.db.backup", whole.string(), back_up(config, target, replace, on)),
      config);
}

}  // namespace uod::administration
