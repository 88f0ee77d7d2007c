#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "actors/node_context.hpp"
#include "storage/file_shelf.hpp"
#include "storage/files.hpp"

namespace uod {

/// Segments that are written before they are synced and noted in the register: what a crash can
/// cost of an upload, 2 MiB. Syncing each would cost as much as a commit.
inline constexpr std::uint64_t segments_a_sync = 32;
/// Uploads whose state is kept in memory; of another one the register knows.
inline constexpr std::size_t uploads_known_max = 1'024;
/// How often what nobody wants any more is removed, and how much of it in one go.
inline constexpr std::uint32_t file_tidy_ms = 60 * 60 * 1000;
inline constexpr std::uint32_t file_tidy_slice_max = 64;

struct file_store_state {
  static inline const char* name = "file store";

  /// A file that comes in.
  struct upload {
    account_id owner;
    std::uint64_t size = 0;
    std::uint64_t held = 0;    ///< segments that were taken
    std::uint64_t synced = 0;  ///< of these, on disk
    bool complete = false;
  };

  std::shared_ptr<node_context> node;
  std::unique_ptr<storage::file_register> files;
  std::unique_ptr<storage::file_shelf> shelf;
  std::unordered_map<file_id, upload> uploads;
};

/// Takes the segments of sealed files, and gives them out to the members of a file's chat. Blocks
/// in the file system and in the database, so that nobody else has to: belongs on a thread of its
/// own. `file_room` of the node bounds what waits for it.
file_store_actor::behavior_type file_store(
    file_store_actor::stateful_pointer<file_store_state> self, std::shared_ptr<node_context> node,
    std::shared_ptr<storage::store> store, std::filesystem::path directory);

}  // namespace uod
