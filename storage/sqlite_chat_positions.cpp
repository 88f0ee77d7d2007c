#include "storage/sqlite_chat_positions.hpp"

#include "storage/position_run.hpp"

namespace uod::storage::sqlite {

void chat_positions::load(std::uint64_t run) {
  std::optional<std::vector<std::uint64_t>> positions;
  if (run == last_seq_ / run_messages) {
    positions = positions_from_text(tail_);
  } else {
    rows row = runs_->run(chat_key_, run);
    if (row.next()) positions = positions_from_text(row.octets(0));
  }
  loaded_ = std::move(positions).value_or(std::vector<std::uint64_t>());
  loaded_run_ = run;
}

std::uint64_t chat_positions::at(std::uint64_t seq) {
  if (seq == last_seq_) return last_position_;
  const std::uint64_t run = run_of(seq);
  if (loaded_.empty() || loaded_run_ != run) load(run);
  const std::uint64_t place = (seq - 1) % run_messages;
  if (place >= loaded_.size()) {
    throw SQLite::Exception("chat number " + std::to_string(chat_key_) + " lacks message " +
                            std::to_string(seq) + "; check the database");
  }
  return loaded_[place];
}

// Seq and position rise together in a chat. News are few and at the end, so the search begins
// there, in steps that double.
std::uint64_t chat_positions::first_behind(std::uint64_t position) {
  if (last_position_ <= position) return last_seq_ + 1;
  std::uint64_t behind = last_seq_;  // known to lie behind the position
  std::uint64_t step = 1;
  std::uint64_t before = 0;  // known not to; seq 0 stands for the chat's beginning
  while (behind > before + 1) {
    const std::uint64_t probe = behind > step ? behind - step : 0;
    if (probe <= before) break;
    if (at(probe) <= position) {
      before = probe;
      break;
    }
    behind = probe;
    step *= 2;
  }
  while (behind - before > 1) {
    const std::uint64_t middle = before + (behind - before) / 2;
    (at(middle) > position ? behind : before) = middle;
  }
  return behind;
}

}  // namespace uod::storage::sqlite
