#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "client/sealing/keyring.hpp"
#include "config/descriptor.hpp"

/// A file on its way here: the part of it that is on this disk, and what is known of that.
namespace uod::client {

/// Whether there is anything under a path, if only a link that leads nowhere.
bool is_there(const std::filesystem::path& path);
/// `not_allowed`, with what a person can do.
tl::unexpected<error> something_is_there(const std::filesystem::path& path);

/// `PLACE.part`, which gets its name when all of it is there. Nobody else's links are followed.
/// Errors where not said otherwise: `storage_full`, `permission_denied`, `io_failed`, with the
/// path.
class part_file {
 public:
  explicit part_file(std::filesystem::path place)
      : place_(std::move(place)), path_(place_.string() + ".part") {}

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Opens the part that is there, or a new one, of which at most `known` segments are kept, and
  /// keeps other processes out of it. How many it holds. Error beside those: `not_allowed` where
  /// another process has it, or it is not this user's alone.
  outcome<std::uint64_t> open(std::uint64_t known);
  outcome<void> cut_to(std::uint64_t octets);
  /// On an error the part ends at `at`: what came before is kept.
  outcome<void> write(std::uint64_t at, bytes_view octets);
  /// What was written is on disk when this returns.
  outcome<void> sync();
  /// Gives it its name, in place of another only by `force`. Error beside those: `not_allowed`.
  outcome<void> finish(bool force);

 private:
  std::filesystem::path place_;
  std::filesystem::path path_;
  descriptor file_;
};

/// Which parts are of which files, in the keyring: another file of the same name has another part.
class part_note {
 public:
  part_note(keyring& keys, const file_id& id, const std::filesystem::path& part);

  /// Segments of the part that are known to be of this file and on disk; nothing: it is not its.
  outcome<std::optional<std::uint64_t>> held();
  outcome<void> keep(std::uint64_t held);
  outcome<void> forget();

 private:
  struct entry {
    file_id id;
    std::uint64_t held = 0;
    std::string where;
  };
  outcome<std::vector<entry>> all();
  outcome<void> put(const std::optional<entry>& mine);

  keyring& keys_;
  file_id id_;
  std::string where_;
};

}  // namespace uod::client
