#pragma once

#include <cstdint>
#include <vector>

#include "protocol/ids.hpp"
#include "storage/outbox.hpp"

/// Identities and chat keys, and every change that can be made to them. The store takes octets that
/// others have read: it opens and parses none of it.
namespace uod::storage {

/// Public keys of one account, former ones included. Each costs the password and a mail to the
/// owner, so nobody has many; none may go, because messages are there that it signed.
inline constexpr std::size_t identities_per_account_max = 100;

/// Makes a public key the account's, or seals the one that it has anew. Where it replaces another
/// one, `change_result::identity_replaced` says so, and the mails leave. `no_such_account`;
/// `wrong_credentials` when the key is not `expected_auth_key` any more, `account_closed`; past
/// `identities_per_account_max` `too_large`.
struct set_identity {
  account_id account;
  bytes expected_auth_key;
  bytes fingerprint;  ///< of the public key; 32 octets
  bytes public_key;
  bytes sealed_by_password;
  bytes sealed_by_recovery;
  std::uint64_t now_ms = 0;
  std::vector<outbox_mail> mails;
};

/// For whom a chat key is wrapped.
struct chat_key_holder {
  account_id account;
  bytes fingerprint;  ///< of the public key that it is wrapped for
};

/// Stores an epoch's key. `no_such_chat` when the maker is no member; the same epoch with the same
/// record again (a retry) is made already, with another one `id_conflict`; `not_allowed` when the
/// holders are not exactly the members who are there; `identity_missing` when one of these has no
/// identity, `identity_changed` when one has another than the record says.
struct add_chat_key {
  epoch_id epoch;
  chat_id chat;
  account_id maker;
  std::vector<chat_key_holder> holders;
  bytes record;
  std::uint64_t now_ms = 0;
};

}  // namespace uod::storage
