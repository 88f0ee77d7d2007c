#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "actors/mail/templates.hpp"
#include "actors/mail/transport.hpp"
#include "actors/node_context.hpp"

namespace uod {

/// Mails that are looked at before the outbox is read again.
inline constexpr std::uint32_t mail_batch_max = 16;
/// What a mailer asks again after when the store failed to take what it has to say.
inline constexpr std::uint64_t mail_store_retry_ms = 1'000;
/// Looks into the outbox at least so often, whoever may have put something there.
inline constexpr std::uint64_t mail_look_ms = 60'000;

/// What a mailer works with. Both are used on its thread only.
struct mail_equipment {
  std::shared_ptr<mail::transport> transport;
  std::shared_ptr<const mail::templates> templates;
};

struct mailer_state {
  static inline const char* name = "mailer";

  std::shared_ptr<node_context> node;
  mail_equipment equipment;
  std::unique_ptr<storage::reader> reader;
  std::vector<storage::outbox_row> batch;  ///< due, the next one last
  bool working = false;                    ///< a mail is being settled, or a look is on its way
  std::uint64_t look_at_ms = 0;            ///< when the next look is due; 0: none is planned
  /// Delivered, but the store has not taken it yet: never to be delivered again.
  std::unordered_map<storage::mail_id, bool> unsettled;
  std::uint64_t allowance_at_ms = 0;  ///< when the rate allows the next one
};

/// Delivers what lies in the outbox, one mail at a time: back-off for what failed for now, an end
/// for what failed for good. Blocks in SMTP: on a thread of its own (but in simulations).
mailer_actor::behavior_type mailer(mailer_actor::stateful_pointer<mailer_state> self,
                                   std::shared_ptr<node_context> node,
                                   std::shared_ptr<storage::store> store, mail_equipment equipment);

}  // namespace uod
