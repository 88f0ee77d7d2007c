#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "storage/fair_turn.hpp"
#include "storage/sqlite_checkpointer.hpp"
#include "storage/sqlite_connection.hpp"
#include "storage/store.hpp"

/// What the parts of the SQLite engine share, and how each is made.
namespace uod::storage::sqlite {

/// As many accounts as may wait for the message writer's next commit.
inline constexpr std::size_t identities_changed_max = 1'000;

/// One opened database. Writers and readers hold it too, so they may outlive the store.
struct engine {
  explicit engine(sqlite_options options_in) : options(std::move(options_in)) {
    // Where durability is only played, checkpoints cost nothing, and SQLite's own make no thread.
    if (options.durable == durability::power_loss) checkpoints.emplace(options, turn);
  }

  void watch(connection& writer) {
    if (checkpoints) checkpoints->watch(writer);
  }

  const sqlite_options options;
  fair_turn turn;  ///< whose turn it is to write
  std::optional<checkpointer> checkpoints;
  std::atomic<bool> account_writer_out = false;
  std::atomic<bool> message_writer_out = false;
  std::atomic<bool> file_register_out = false;
  /// Accounts deleted: whoever keeps names in memory reads them again when this has grown.
  std::atomic<std::uint64_t> farewells = 0;
  /// Accounts (their keys) that have another identity since the message writer last looked, which
  /// keeps identities of members in memory. Touched in one's turn to write alone.
  std::vector<std::int64_t> identities_changed;

  /// In one's turn: an account has another identity. When too many wait (there need not be a
  /// message writer), everything in memory is to be read again.
  void note_identity(std::int64_t account_key) {
    if (identities_changed.size() >= identities_changed_max) {
      identities_changed.clear();
      ++farewells;
      return;
    }
    identities_changed.push_back(account_key);
  }
};

/// That there is one writer of a kind at a time: the counters in its memory are the truth.
class sole_claim {
 public:
  /// Nothing when somebody else has it.
  static std::unique_ptr<sole_claim> take(std::atomic<bool>& flag) {
    if (flag.exchange(true)) return nullptr;
    return std::unique_ptr<sole_claim>(new sole_claim(flag));
  }
  ~sole_claim() { flag_ = false; }
  sole_claim(const sole_claim&) = delete;
  sole_claim& operator=(const sole_claim&) = delete;

 private:
  explicit sole_claim(std::atomic<bool>& flag) : flag_(flag) {}
  std::atomic<bool>& flag_;
};

/// These may throw `SQLite::Exception`.
std::unique_ptr<account_writer> new_account_writer(std::shared_ptr<engine> shared,
                                                   std::unique_ptr<sole_claim> claim);
std::unique_ptr<message_writer> new_message_writer(std::shared_ptr<engine> shared,
                                                   std::unique_ptr<sole_claim> claim);
std::unique_ptr<file_register> new_file_register(std::shared_ptr<engine> shared,
                                                 std::unique_ptr<sole_claim> claim);
std::unique_ptr<reader> new_reader(std::shared_ptr<engine> shared);

}  // namespace uod::storage::sqlite
