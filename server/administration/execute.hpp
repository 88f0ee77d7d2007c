#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>

#include "server/administration/command.hpp"
#include "server/administration/host.hpp"

namespace uod::administration {

/// What a command tells, one object at a time; `type` says what it is. `code` is in it only where
/// codes are made; never a hash, salt, token or mail's code.
using row = nlohmann::ordered_json;
/// False: nobody takes any more.
using row_sink = std::function<bool(const row&)>;

/// Codes that are made at once: one commit, which others wait for.
inline constexpr std::uint64_t codes_made_max = 10'000;
inline constexpr std::uint64_t code_uses_max = 1'000'000;
/// How long a trace may wait for its message, in seconds: it holds one of the administrators'
/// places.
inline constexpr std::uint64_t trace_wait_s_max = 3'600;

/// On whose behalf, for the audit log.
struct caller {
  std::uint32_t uid = 0;
  std::string_view way;  ///< how it came: `socket`, `offline`
};

/// Does what a command asks, and writes one event about it to the audit log, whether it was done
/// or not. What belongs to a command's answer goes to `sink` row by row; errors are those of the
/// command, `usage` (an argument out of its bounds), `interrupted` (the sink took no more) and
/// those of the host.
outcome<void> execute(administration_host& host, const command& wanted, const caller& who,
                      const row_sink& sink);

/// `{"type":"error","code":…,"message":…}`, and back from it.
row error_row(const error& why);
error error_from_row(const row& from);

}  // namespace uod::administration
