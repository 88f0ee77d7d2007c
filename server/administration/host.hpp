#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "actors/audit.hpp"
#include "actors/trace_steps.hpp"
#include "protocol/errors.hpp"
#include "storage/store.hpp"

namespace uod {

/// What administration works on: a running node, or a data directory that no node works on. Used
/// by one thread at a time; every call may block.
class administration_host {
 public:
  virtual ~administration_host() = default;

  /// Makes one change durable. Errors are those of the change, and `storage_full`,
  /// `storage_failed`, `going_away` (the node ends).
  virtual outcome<storage::change_result> change(storage::account_change wanted) = 0;
  /// For the thread that calls; the same object each time.
  virtual storage::reader& reads() = 0;
  /// Ends all connections of an account, and tells them why.
  virtual void end_sessions(const account_id& whose, const error& why) = 0;
  virtual std::uint64_t now_ms() = 0;
  /// Arms a trace until the watch goes. `overloaded` when `traces_max` are; `server_unreachable`
  /// where no node runs, since nothing passes there.
  virtual outcome<std::unique_ptr<trace_watch>> trace(const trace_wanted& wanted) = 0;
  virtual void audit(std::string_view event, std::span<const audit::field> fields) = 0;
};

}  // namespace uod
