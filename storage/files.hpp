#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// What the store knows of files; their octets lie on the shelf (file_shelf.hpp).
namespace uod::storage {

/// An unfinished file that nobody has touched for so long is forgotten.
inline constexpr std::uint64_t file_forgotten_ms = 7ULL * 24 * 60 * 60 * 1000;
/// One that nobody has touched for so long gives way to a new one of its owner's: who has broken
/// off a few is not kept from sending for a week.
inline constexpr std::uint64_t file_idle_ms = 60ULL * 60 * 1000;
/// What a file costs beside its octets, in the account's account: its row, its place on the disk.
/// So that empty ones are not free, and their number has a bound.
inline constexpr std::uint64_t file_overhead_octets = 4096;
/// Unfinished files of an account: enough for several devices at work.
inline constexpr std::uint32_t unfinished_files_max = 8;

struct new_file {
  file_id id;
  chat_id chat;
  account_id owner;
  std::uint64_t size = 0;  ///< octets of the plaintext
  std::uint64_t now_ms = 0;
  std::uint64_t account_octets_max = 0;  ///< of all files of the owner's, overheads included
};

struct file_record {
  file_id id;
  account_id owner;
  std::uint64_t size = 0;
  std::uint64_t segments_held = 0;  ///< synced
  bool complete = false;
  bool fresh = false;  ///< made by this `begin`: whatever lies on the shelf under its id is not it
};

/// The register of files. Every call blocks; for one thread at a time. What it gives is on disk.
/// Errors where not said otherwise: the store's.
class file_register {
 public:
  virtual ~file_register() = default;

  /// Notes a new file, or finds it: begun again with the same owner, chat and size it is the same.
  /// `no_such_chat` (also for who is no member), `id_conflict`, `not_allowed` (too many are
  /// unfinished), `too_large` (the account has too much already).
  virtual outcome<file_record> begin(const new_file& wanted) = 0;

  /// A file as a member of its chat sees it. `no_such_file`, also for others.
  virtual outcome<file_record> find(const file_id& id, const account_id& viewer) = 0;

  /// So many segments are on disk. `no_such_file` when it was forgotten meanwhile.
  virtual outcome<void> note_held(const file_id& id, std::uint64_t segments, bool complete,
                                  std::uint64_t now_ms) = 0;

  /// Gives up unfinished files that nobody has touched for `file_forgotten_ms`, and names those
  /// whose octets are to be removed, at most `limit`.
  virtual outcome<std::vector<file_id>> take_leave(std::uint64_t now_ms, std::uint32_t limit) = 0;

  /// Their octets are gone.
  virtual outcome<void> forget(std::span<const file_id> files) = 0;
};

}  // namespace uod::storage
