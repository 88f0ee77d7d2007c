#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "actors/log.hpp"

/// The audit log's seam: what happened to accounts, codes and keys, and by whom, for whoever must
/// answer for a node later. Apart from the log, which may be silenced and thrown away; where it
/// goes is the sink's business, `server/audit_log` is one. Thread-safe, never blocks. Never give
/// it a password, key, token, code or message text.
namespace uod::audit {

using field = log::field;

class sink {
 public:
  virtual ~sink() = default;
  /// `event` is a dotted name: `account.locked`.
  virtual void write(std::string_view event, std::span<const field> fields) = 0;
};

/// Where events go from now on; nullptr: nowhere, as at the beginning. The sink must stay alive
/// until another is installed and no actor runs.
void install(sink* where);

void write(std::string_view event, std::span<const field> fields);
inline void write(std::string_view event, std::initializer_list<field> fields = {}) {
  write(event, std::span<const field>(fields.begin(), fields.size()));
}

}  // namespace uod::audit
