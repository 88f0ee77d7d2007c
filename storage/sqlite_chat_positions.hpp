#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/sqlite_connection.hpp"

namespace uod::storage::sqlite {

/// Gives the positions of a chat's run: `(chat_key, run) -> positions`.
inline constexpr const char* run_columns =
    "SELECT positions FROM chat_runs WHERE chat_key = ? AND run = ?";

/// Where the messages of one chat stand, within one read transaction. Keeps the run that was
/// looked at last, so that neighbours cost nothing. Throws `SQLite::Exception` where the database
/// lacks what its counters promise.
class chat_positions {
 public:
  /// `runs` is a statement of `run_columns`, and outlives this. `tail` is the run that is not
  /// full yet.
  chat_positions(statement& runs, std::int64_t chat_key, std::uint64_t last_seq,
                 std::uint64_t last_position, std::string tail)
      : runs_(&runs),
        chat_key_(chat_key),
        last_seq_(last_seq),
        last_position_(last_position),
        tail_(std::move(tail)) {}

  /// The position of a message, 1 <= seq <= last_seq.
  std::uint64_t at(std::uint64_t seq);

  /// The first seq whose message lies behind a position; last_seq + 1 when there is none.
  std::uint64_t first_behind(std::uint64_t position);

 private:
  void load(std::uint64_t run);

  statement* runs_;
  std::int64_t chat_key_;
  std::uint64_t last_seq_;
  std::uint64_t last_position_;
  std::string tail_;
  std::vector<std::uint64_t> loaded_;  ///< empty: none yet
  std::uint64_t loaded_run_ = 0;
};

}  // namespace uod::storage::sqlite
