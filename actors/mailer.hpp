#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/mail/templates.hpp"
#include "actors/mail/transport.hpp"
#include "actors/node_context.hpp"

namespace uod {

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
  bool working = false;          ///< the store is being told of the mail in hand
  std::uint64_t look_at_ms = 0;  ///< when the next look is due; 0: none is planned
  /// What became of the mail in hand, until the store has taken it: kept here, a store that fails
  /// makes no mail leave twice, and none be tried without its pause.
  std::optional<storage::account_change> unsettled;
  std::string delivered_kind;         ///< of the mail in hand, where it was delivered
  std::uint64_t allowance_at_ms = 0;  ///< when the rate allows the next one
  bool stopping = false;              ///< no other mail is taken up
  caf::typed_response_promise<mailing_stopped> stopped;
};

/// Delivers what lies in the outbox, one mail at a time: back-off for what failed for now, an end
/// for what failed for good. Blocks in SMTP: on a thread of its own (but in simulations). Told to
/// stop, it finishes the mail it has in hand, with the store too, and takes no more.
mailer_actor::behavior_type mailer(mailer_actor::stateful_pointer<mailer_state> self,
                                   std::shared_ptr<node_context> node,
                                   std::shared_ptr<storage::store> store, mail_equipment equipment);

}  // namespace uod
