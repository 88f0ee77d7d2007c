#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "protocol/errors.hpp"
#include "protocol/ids.hpp"
#include "protocol/messages.hpp"
#include "storage/identities.hpp"
#include "storage/lockout.hpp"
#include "storage/outbox.hpp"

/// Accounts and what belongs to them, and every change that can be made to them. A change is
/// whole or not at all, mails included: what causes a mail and the mail are one commit.
namespace uod::storage {

inline constexpr std::size_t devices_per_account_max = 64;       ///< a list a person can survey
inline constexpr std::size_t contacts_per_account_max = 10'000;  ///< presence fans out to these
/// Names and networks whose failures are remembered; the one that failed longest ago goes first.
inline constexpr std::size_t locks_max = 100'000;
/// Places known for an account; the one that was seen longest ago goes first.
inline constexpr std::size_t locations_per_account_max = 100;
inline constexpr std::uint64_t locations_kept_ms = 365ULL * 86'400'000;
/// Wrong tries after which a mail's code is worth nothing. So many that strangers, whose networks
/// are slowed (`rates.code_network`), cannot use up an owner's code while it lives; so few that
/// guessing one of 2^50 stays hopeless. A code that unlocks, which lives for a day, has no such
/// bound: to use it up would be to keep the owner out.
inline constexpr std::uint32_t code_tries_max = 10'000;
/// Codes of one purpose that are good at a time: more than strangers may ask for in a day
/// (`mail.codes_per_day_max`) before the owner does.
inline constexpr std::size_t codes_per_purpose_max = 16;

// -------------------------------------------------------------------------------------- records

/// Names a premium code without telling it.
using code_id = strong_id<struct code_tag>;

struct account_record {
  account_id id;
  std::string name;
  std::string name_key;       ///< unique
  std::string name_skeleton;  ///< unique
  std::string email;
  std::string email_key;  ///< unique among those that are confirmed
  bytes salt;
  argon2_parameters argon2;
  bytes stored_auth_key;
  bool premium = false;
  std::uint64_t created_at_ms = 0;
  std::uint64_t last_seen_ms = 0;  ///< 0: never
  bool email_confirmed = false;
  bool closed = false;  ///< locked by an administrator: nobody gets in, no device either
  std::uint64_t deleted_at_ms = 0;  ///< 0: it is there. Otherwise only messages to others are left
  bytes identity = {};  ///< the public key's fingerprint, by `set_identity`; empty: none

  bool operator==(const account_record&) const = default;
};

struct device_record {
  device_id id;
  account_id account;
  std::string name;
  std::string address;  ///< that it was last seen at
  bytes stored_token;
  std::uint64_t created_at_ms = 0;
  std::uint64_t last_seen_ms = 0;
  std::uint64_t home_seq = 0;  ///< the newest broadcast when it logged in; the store fills it in

  bool operator==(const device_record&) const = default;
};

/// Where somebody was seen: what makes a place known or new.
struct sighting {
  std::string network;  ///< as `network_of` tells it
  std::string device;   ///< the name that the device gives itself
  std::uint64_t now_ms = 0;
};

struct location_record {
  std::string network;
  std::string device;
  std::uint64_t first_seen_ms = 0;
  std::uint64_t last_seen_ms = 0;
};

/// What a code from a mail is good for.
enum class code_purpose : std::uint8_t {
  confirm_email = 1,
  unlock = 2,
  reset_password = 3,
  move_email = 4,  ///< to another address, which it also confirms
};

struct account_code {
  code_purpose purpose = code_purpose::confirm_email;
  bytes stored;  ///< `stored_mail_code`
  std::uint64_t expires_at_ms = 0;
  std::string new_email;  ///< `move_email`: the address that it moves the account to
  std::string new_email_key;
};

struct premium_code_record {
  code_id id;    ///< what people call it by
  bytes stored;  ///< `stored_premium_code`
  std::uint32_t uses_max = 1;
  std::uint32_t uses = 0;
  std::uint64_t created_at_ms = 0;
  std::uint64_t expires_at_ms = 0;  ///< 0: never
  bool revoked = false;
};

// -------------------------------------------------------------------------------------- changes

/// Makes an account together with its first device and place. The same again (a retry: the same
/// account, device, key, name and address, and not closed since) replaces the device's token, and
/// `change_result::earlier` tells the account as it is. Anything else under an account's id is
/// `id_conflict`, whatever it is that differs: ids are no secret, and whoever knows one learns
/// nothing. Otherwise `name_taken`, `name_confusable` (same skeleton), `email_taken` (somebody has
/// confirmed it), `premium_code_invalid`: then nothing was made and no code used.
struct create_account {
  account_record account;
  device_record device;
  sighting seen;
  bytes stored_premium_code;  ///< empty: none
  std::optional<account_code> code;
  std::vector<outbox_mail> mails;  ///< only for the first time
};
/// A log-in by password: adds a device, or replaces token, name and address of the same id of the
/// same account (another account's: `id_conflict`). `no_such_account`; `wrong_credentials` when the
/// key is no longer the one that it was judged by, `account_closed`. Past
/// `devices_per_account_max` the one seen longest ago goes, and is told. Forgets the name's
/// failures. Where the place is new it is known from now on, and `warning` leaves.
struct put_device {
  device_record device;
  bytes stored_auth_key;  ///< that the password was found right by
  sighting seen;
  std::optional<outbox_mail> warning;
};
/// A device was seen at another address than before; where the place is new, `warning` leaves.
/// `no_such_device`.
struct note_sighting {
  account_id account;
  device_id device;
  std::string address;
  sighting seen;
  std::optional<outbox_mail> warning;
};
/// `no_such_device`.
struct remove_device {
  account_id account;
  device_id device;
};
struct remove_all_devices {
  account_id account;
};
/// One-sided and idempotent. `no_such_account`; past `contacts_per_account_max` `too_large`.
struct put_contact {
  account_id owner;
  account_id contact;
};
/// `no_such_contact`.
struct delete_contact {
  account_id owner;
  account_id contact;
};
/// When an account (and the device, unless nil) was last online.
struct touch {
  account_id account;
  device_id device;
  std::uint64_t seen_at_ms = 0;
};

/// A wrong password, counted for the name (whether or not somebody has it) and for the network.
/// When the name is locked by it and somebody has it, `warning` leaves with `unlock` as its code,
/// its field `until_ms` filled in by the store; where no mail leaves (too many today), an earlier
/// code stays good.
struct count_failure {
  std::string name_key;
  std::string network;
  std::uint64_t now_ms = 0;
  lock_policy name_policy;
  lock_policy network_policy;
  account_id account;  ///< nil: nobody has the name
  std::optional<account_code> unlock;
  std::optional<outbox_mail> warning;
};
/// Ends the lock of a name by a mail's code, which stays good until it expires. `code_wrong`.
struct unlock_by_code {
  account_id account;
  bytes stored_code;
  std::uint64_t now_ms = 0;
};
/// An administrator ends a lock. `no_such_account`.
struct unlock_account_now {
  account_id account;
};
/// An administrator closes an account or opens it again. `no_such_account`.
struct set_closed {
  account_id account;
  bool closed = false;
};

/// Gives an account a code of a purpose, and lets the mails leave. Those before it stay good beside
/// it until they expire, so that strangers who ask for codes do not take the owner's away; past
/// `codes_per_purpose_max` the oldest ends, and of those that move to another address only the
/// newest is good. Where a mail may not leave (too many today) `rate_limited`, where the outbox has
/// no room for it `overloaded`, and no code changes. `email_taken` for an address that somebody
/// else has confirmed.
struct set_code {
  account_id account;
  account_code code;
  std::vector<outbox_mail> mails;
};
/// Confirms the address, or moves the account to the one that the code was sent to: then codes that
/// the old one got are worth nothing. The same right code again changes nothing. `code_wrong`,
/// `email_taken`.
struct confirm_email_by_code {
  account_id account;
  bytes stored_code;       ///< if it is one that confirms
  bytes stored_move_code;  ///< if it is one that moves
  std::uint64_t now_ms = 0;
};
/// Replaces the password's key and the token of the device that asks; removes all other devices,
/// unless `keep_devices`. Where the account has an identity, what the password seals is replaced
/// too, and `malformed` where that is empty. `wrong_credentials` when the key is not
/// `expected_auth_key` any more, `no_such_device` when the device is gone, `account_closed`.
struct replace_password {
  account_id account;
  bytes expected_auth_key;
  bytes salt;
  argon2_parameters argon2;
  bytes stored_auth_key;
  device_id device;
  bytes stored_token;
  bool keep_devices = false;
  bytes sealed_by_password;  ///< not looked at where there is no identity
  std::vector<outbox_mail> mails;
};
/// The same by a mail's code, which is used up: ends a lock, removes all devices and adds this one;
/// what the old password sealed goes.
/// The same right code again with the same key (a retry) replaces the device's token. `code_wrong`,
/// also for an account that is closed.
struct reset_password_by_code {
  account_id account;
  bytes stored_code;
  bytes salt;
  argon2_parameters argon2;
  bytes stored_auth_key;
  device_record device;
  sighting seen;
  std::vector<outbox_mail> mails;
};

/// Makes an account premium. By the same account again it costs no further use; an account that is
/// premium by other means keeps its code for somebody else: `not_allowed`. `premium_code_invalid`.
struct redeem_premium_code {
  account_id account;
  bytes stored_code;
  std::uint64_t now_ms = 0;
};
/// The same codes again (a retry) change nothing; an id or a code that is there with another one
/// `id_conflict`, and none is added.
struct add_premium_codes {
  std::vector<premium_code_record> codes;
};
/// Accounts that used it stay premium. `no_such_code`.
struct revoke_premium_code {
  code_id id;
};
/// Where it is taken away, a code that the account redeemed costs it a further use.
/// `no_such_account`.
struct set_premium {
  account_id account;
  bool premium = false;
};
/// Removes an account and all that belongs to it: devices, contacts, places, codes, mails,
/// identities, notes to oneself and their keys. What it said to others stays, said by somebody
/// unknown, and so do the keys of it. `no_such_account`.
struct delete_account {
  account_id account;
  std::uint64_t now_ms = 0;
};
/// Lets go of what has lost its worth: places not seen for a year, codes, failures, refused mails.
struct forget_old {
  std::uint64_t now_ms = 0;
  std::uint64_t failures_forgotten_ms = 0;
};

using account_change =
    std::variant<create_account, put_device, note_sighting, remove_device, remove_all_devices,
                 put_contact, delete_contact, touch, count_failure, unlock_by_code,
                 unlock_account_now, set_closed, set_code, confirm_email_by_code, replace_password,
                 reset_password_by_code, redeem_premium_code, add_premium_codes,
                 revoke_premium_code, set_premium, delete_account, forget_old, mail_delivered,
                 mail_postponed, mail_refused, retry_mail, set_identity, add_chat_key>;

/// What a change has to tell beyond that it was made. Most leave most of it as it is.
struct change_result {
  std::uint32_t mails_queued = 0;
  std::uint32_t mails_dropped = 0;  ///< the outbox was full
  bool place_was_new = false;
  bool identity_replaced = false;          ///< `set_identity`: there was another one
  std::optional<account_record> earlier;   ///< `create_account`, a retry: what is there
  std::optional<device_id> device_pushed;  ///< gone for being one too many
  bool locked_now = false;                 ///< `count_failure`: this one locked the name
  lock_state name_lock;                    ///< `count_failure`
  lock_state network_lock;                 ///< `count_failure`
};

class account_writer {
 public:
  virtual ~account_writer() = default;

  /// Makes the changes durable in one commit, in order. Each succeeds or fails by itself (a wrong
  /// code is counted even so); the outer error (`storage_full`, `storage_failed`) means that none
  /// happened.
  virtual outcome<std::vector<outcome<change_result>>> commit(
      std::span<const account_change> changes) = 0;
};

}  // namespace uod::storage
