#pragma once

#include <filesystem>
#include <memory>

#include "config/server_config.hpp"
#include "server/administration/host.hpp"
#include "server/audit_log.hpp"
#include "server/directory_lock.hpp"

namespace uod::administration {

/// `DATA/audit.log` and `DATA/admin.sock`
std::filesystem::path audit_file(const server_config& config);
std::filesystem::path socket_file(const server_config& config);

/// A data directory that no node works on, locked for as long as this lives.
class offline_host final : public administration_host {
 public:
  enum class if_missing { refuse, make };

  /// Takes the lock and opens the store. `refuse`: nothing is made where no node has run yet.
  /// Errors: `data_dir_in_use` (a node runs, or another administrator is at work), `io_failed`
  /// (nothing there), and those of `directory_lock` and `open_sqlite`.
  static outcome<std::unique_ptr<offline_host>> open(const server_config& config,
                                                     if_missing otherwise = if_missing::refuse);

  outcome<storage::change_result> change(storage::account_change wanted) override;
  storage::reader& reads() override { return *reads_; }
  /// Nobody is connected.
  void end_sessions(const account_id&, const error&) override {}
  std::uint64_t now_ms() override;
  outcome<std::unique_ptr<trace_watch>> trace(const trace_wanted&) override {
    return fail(errc::server_unreachable, "no node runs here, and a trace needs one");
  }
  void audit(std::string_view event, std::span<const audit::field> fields) override;
  /// Waits for the audit log. False: it could not be written.
  bool audited() { return audit_.flush(); }

 private:
  offline_host(directory_lock lock, const server_config& config);
  outcome<void> open_store(const server_config& config);

  directory_lock lock_;
  audit_log audit_;
  std::unique_ptr<storage::store> store_;
  std::unique_ptr<storage::account_writer> writer_;
  std::unique_ptr<storage::reader> reads_;
};

}  // namespace uod::administration
