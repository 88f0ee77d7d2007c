#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocol/ids.hpp"

/// Mail that waits to be delivered: stored in the commit of what caused it, taken out when it has
/// left. What it says is made from its template when it leaves.
namespace uod::storage {

using mail_id = strong_id<struct mail_tag>;

/// Mails that may lie there. With more, the oldest that was refused goes, since only administrators
/// still look at it; when all of them wait, new ones are dropped and counted, because what causes
/// them (a log-in, a lock) must not fail for it.
inline constexpr std::size_t outbox_mails_max = 100'000;
/// Mails of any kind that one address is sent a day while nobody has shown it to be theirs: a
/// registration, the codes for it (`mail.codes_per_day_max`) and some warnings, but no flood from
/// however many accounts that name a stranger's address.
inline constexpr std::uint32_t stranger_mails_per_day_max = 10;
/// Such addresses that are counted a day; with more, counting begins anew. So many mails fill the
/// outbox first.
inline constexpr std::size_t strangers_counted_max = 100'000;
/// How long one that was refused for good is kept, for an administrator to see.
inline constexpr std::uint64_t refused_mails_kept_ms = 30ULL * 86'400'000;

struct outbox_mail {
  mail_id id;
  std::string to;                             ///< an address as `parse_email` takes it
  std::string kind;                           ///< the template's name
  std::map<std::string, std::string> fields;  ///< what the template's places are filled with
  std::uint64_t written_at_ms = 0;
  std::uint64_t expires_at_ms = 0;  ///< worth nothing any more from then on; 0: never
  std::uint32_t per_day_max = 0;    ///< of this kind to one account; 0: no limit
  /// The address is not known to be its account's: `stranger_mails_per_day_max` counts.
  bool to_stranger = false;

  bool operator==(const outbox_mail&) const = default;
};

enum class mail_state : std::uint8_t {
  waiting = 0,
  refused = 1,  ///< for good; only an administrator tries it again
};

/// A mail as it lies in the outbox.
struct outbox_row {
  outbox_mail mail;
  mail_state state = mail_state::waiting;
  std::uint32_t attempts = 0;
  std::uint64_t due_at_ms = 0;
  std::string last_error;
  account_id account;  ///< whose mail it is; nil: nobody's
};

/// How many lie there.
struct outbox_counts {
  std::uint64_t waiting = 0;
  std::uint64_t refused = 0;
};

/// What became of an attempt.
struct mail_delivered {
  mail_id id;
};
struct mail_postponed {
  mail_id id;
  std::uint64_t due_at_ms = 0;
  std::string why;
};
struct mail_refused {
  mail_id id;
  std::string why;
};
/// An administrator: try it (nil: all) again now. `no_such_message` where nothing waits under this
/// id.
struct retry_mail {
  mail_id id;
  std::uint64_t now_ms = 0;
};

}  // namespace uod::storage
