#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

namespace uod::storage {

/// How the shelf writes: for tests of a disk that is full.
using positioned_write = ssize_t (*)(int file, const void* data, std::size_t octets, off_t at);

/// Where the octets of files lie: `DIRECTORY/ab/UUID`, in which ab are the id's last two digits
/// (its first are a time, so that all of a week would lie together); `UUID.part` until all of it is
/// there. Files are 0600, directories 0700. The only one who touches them; knows nothing of what
/// they hold. Every call blocks; for one thread at a time. Errors where not said otherwise:
/// `storage_full`, `permission_denied`, `storage_failed`, with the path.
class file_shelf {
 public:
  /// Nothing is made before something is written.
  explicit file_shelf(std::filesystem::path directory, positioned_write writes = ::pwrite)
      : directory_(std::move(directory)), write_(writes) {}

  /// Writes octets into the part, which ends there afterwards (and begins to be with the first).
  /// On an error it ends at `at`: nothing of them is there.
  outcome<void> write(const file_id& id, std::uint64_t at, bytes_view octets);

  /// What the part holds is on disk when this returns.
  outcome<void> sync(const file_id& id);

  /// Lets the part end at `octets`. Error: `no_such_file` when it does not reach so far.
  outcome<void> cut(const file_id& id, std::uint64_t octets);

  /// The part is whole: once it is on disk it gets its name. Done again without effect.
  outcome<void> finish(const file_id& id);

  /// Whether a file has got its name.
  [[nodiscard]] bool is_finished(const file_id& id) const;

  /// Octets of a finished file. Error: `no_such_file` when it does not hold them.
  outcome<bytes> read(const file_id& id, std::uint64_t at, std::size_t octets) const;

  /// Removes the file and its part, if they are there.
  outcome<void> remove(const file_id& id);

 private:
  [[nodiscard]] std::filesystem::path place_of(const file_id& id) const;
  [[nodiscard]] std::filesystem::path part_of(const file_id& id) const;

  std::filesystem::path directory_;
  positioned_write write_;
};

}  // namespace uod::storage
