#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "protocol/messages.hpp"
#include "protocol/sealing/chat_key.hpp"
#include "protocol/sealing/safety_number.hpp"
#include "protocol/sealing/sealed_message.hpp"
#include "storage/local_archive.hpp"

/// Sealing at the client: one's own identity, whose keys are trusted, chat keys, and what was read.
/// Talks to nobody: it says what it lacks, and is given that. What costs milliseconds (RSA, the
/// disk) is said; such calls are made aside of an engine's loop, one at a time.
namespace uod::client {

/// How a key goes with what this device knows of its owner.
enum class trust {
  unknown,   ///< never met: it will be pinned
  pinned,    ///< the one that was there first
  verified,  ///< and a person has compared it
  changed,   ///< another one is pinned: nothing is sealed for it until a person confirms
};

/// A message as far as it can be read.
struct opened_message {
  message stored;                    ///< as the server has told it
  std::optional<content> what;       ///< nothing where it could not be opened
  std::optional<error> trouble;      ///< why
  bool is_misplaced = false;         ///< it stands where it cannot follow what was read before
  bool is_key_trusted = true;        ///< its sender's key is, or was, the one pinned
  std::uint32_t missing_before = 0;  ///< of the same sender: withheld, or never stored
};

/// One chat, sealed for: counts what it seals. Given back by `keyring::finish_sending`.
struct sealing_chat {
  chat_key key;
  std::uint64_t made_at_ms = 0;
  std::uint32_t sealed = 0;        ///< the last count that was given
  std::uint32_t acknowledged = 0;  ///< the highest of them that the server has stored
};

/// A key that this device went on with until now, and the highest count under it that is stored.
struct epoch_end {
  epoch_id epoch;
  std::uint32_t count = 0;  ///< 0: there was none, or nobody needs to know of it
};

/// What there is to go on from: a key that is still good, or the end of one that is not.
struct resumed_sending {
  std::optional<sealing_chat> chat;
  epoch_end before;  ///< where there is no `chat`: for `keyring::begin_sending`
};

class keyring {
 public:
  /// `key` has 32 octets and is this profile's own: what lies in the file is sealed under it. With
  /// another key, or for another account, what is in the file is lost: `sealed_damaged`. Errors
  /// beside that: those of `open_local_archive`. Reads the disk.
  static outcome<keyring> open(const std::filesystem::path& file, const account_id& account,
                               bytes_view key);

  [[nodiscard]] const account_id& account() const { return account_; }
  [[nodiscard]] const std::optional<identity_private>& identity() const { return identity_; }
  /// Takes it as one's own from now on, and knows the one before as a former one. Writes to the
  /// disk.
  outcome<void> adopt(identity_private identity);
  /// Whether this was one's own before the present one.
  outcome<bool> was_own(bytes_view fingerprint);

  /// Something small to go on from later, sealed; no octets forget it. Names are not sealed.
  outcome<void> keep_note(const std::string& name, bytes_view octets);
  /// Empty where there is none.
  outcome<secret_bytes> note(const std::string& name);

  // -------------------------------------------------------------------------------- whom to trust

  outcome<trust> trust_of(const account_id& peer, bytes_view fingerprint);
  /// The same of somebody as the server names them now: `changed` also where the name was another
  /// account's, or the account had another name (but for those that are deleted).
  outcome<trust> trust_of(const member& peer);
  /// What somebody who was met is called; nothing for whoever was not.
  outcome<std::optional<std::string>> known_name(const account_id& peer);
  /// What is pinned for somebody.
  outcome<std::optional<identity_public>> pinned(const account_id& peer);
  /// Pins a key where none is pinned; or, when a person has `confirmed` it, in place of another.
  /// Error: `identity_changed` where another is pinned, for this account or this name, and nobody
  /// has confirmed this one.
  outcome<void> pin(const account_id& peer, const std::string& name, const identity_public& key,
                    bool confirmed = false);
  /// The safety number with somebody, by the key given. Error: `identity_missing` (one's own).
  outcome<std::string> safety_number_with(const account_id& peer,
                                          const key_fingerprint& fingerprint) const;

  // --------------------------------------------------------------------------------------- sending

  /// Takes the key that this device seals with in a chat, if there is one that is still good. All
  /// members' keys must be trusted (see `check_members`).
  outcome<resumed_sending> resume_sending(const chat_info& chat, std::uint64_t now_ms);
  /// Makes a new one, behind `before` if there was one, so that its readers know where that ended;
  /// `record` is to be stored at the server before the first message is sent. Costs a signature.
  /// Errors: `identity_missing`, `identity_changed`.
  struct new_sending {
    sealing_chat chat;
    bytes record;
  };
  outcome<new_sending> begin_sending(const chat_info& chat, const epoch_id& epoch,
                                     std::uint64_t now_ms, const epoch_end& before = {});
  /// Whether a chat's messages may be sealed for all who are in it. Errors: `identity_missing`
  /// (somebody has none), `identity_changed` (another than the one pinned), each with the name.
  /// Members who are not known yet are given in `unknown`, to be pinned first.
  outcome<void> check_members(const chat_info& chat, std::vector<member>& unknown);
  /// Where the last that was sealed is stored, the next process goes on with this key; otherwise
  /// it has ended, and the next key says where: so that no count is missing where nothing was
  /// withheld.
  outcome<void> finish_sending(const sealing_chat& chat);
  /// Leaves it to a later key to say where the one before ended, because the present one came to
  /// nothing.
  outcome<void> leave_end(const epoch_end& before);
  /// Whether a person has confirmed another key of somebody's since this one was taken: nothing
  /// more is to be sealed with it.
  outcome<bool> is_given_up(const chat_key& key);

  // --------------------------------------------------------------------------------------- reading

  /// The epochs of these messages whose keys are not here yet.
  outcome<std::set<epoch_id>> lacking(std::span<const message> messages);
  /// Whose key signed a record, if it is not here: to be asked for before the record is taken.
  /// Errors: `sealed_damaged` where it is of another chat than was asked about, or names others
  /// than the two whose chat it is.
  outcome<std::optional<chat_key_member>> lacking_maker(const chat_id& chat, bytes_view record);
  /// Verifies, opens and keeps a record; one by a key that is not pinned for this process only, so
  /// that it is in nobody's way later. `maker` is the key that `lacking_maker` asked for. Costs a
  /// private-key operation. Errors: those of `parse_chat_key`, `verify_chat_key`, `open_chat_key`,
  /// `lacking_maker`.
  outcome<void> take_record(const chat_id& chat, bytes_view record,
                            const std::optional<identity_public>& maker);
  /// Opens messages of one chat or several, each chat's in order of `seq`, judges how they follow
  /// what was read before, and keeps them.
  outcome<std::vector<opened_message>> open_messages(std::span<const message> messages);

  /// Texts and file names that contain `part` (letters in either case), the newest first, until
  /// `found` says false. Opens everything that was ever read: a hundred thousand a second or so.
  outcome<void> search(
      const std::string& part,
      const std::function<bool(const storage::read_message&, const content&)>& found);

 private:
  keyring(const account_id& account, secret_bytes key,
          std::unique_ptr<storage::local_archive> archive)
      : account_(account), key_(std::move(key)), archive_(std::move(archive)) {}

  struct opened_key {
    chat_key key;
    bytes maker_fingerprint;
    bool is_trusted = false;      ///< its maker's is pinned
    std::uint64_t judged_in = 0;  ///< the `judging_` in which that was so
  };
  static std::string key_label(const epoch_id& epoch);
  outcome<opened_key*> find_key(const epoch_id& epoch);
  /// Only a key that is pinned now: a former one may be in other hands.
  outcome<bool> trusts(const account_id& account, bytes_view fingerprint);
  void remember(const epoch_id& epoch, opened_key key);
  opened_message open_one(const message& stored, storage::read_message& read);
  [[nodiscard]] outcome<bytes> seal_local(const std::string& label, bytes_view plaintext) const;
  [[nodiscard]] outcome<secret_bytes> open_local(const std::string& label, bytes_view sealed) const;

  account_id account_;
  secret_bytes key_;
  std::unique_ptr<storage::local_archive> archive_;
  std::optional<identity_private> identity_;
  /// Those used last; more are found on the disk, or asked for again.
  static constexpr std::size_t keys_held_max = 4096;
  std::map<epoch_id, opened_key> keys_;
  /// Counts what is opened in one go: another process may pin something meanwhile.
  std::uint64_t judging_ = 0;
};

}  // namespace uod::client
