#include "actors/message_trace.hpp"

#include <algorithm>
#include <chrono>

#include "actors/meter.hpp"

namespace uod {

class trace_board::watch final : public trace_watch {
 public:
  watch(trace_board& board, std::size_t at) : board_(board), at_(at) {}
  ~watch() override { board_.disarm(at_); }
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;

  news next(std::uint32_t wait_ms) override { return board_.next(at_, wait_ms); }
  [[nodiscard]] std::uint64_t now_ns() const override { return steady_ns(); }

 private:
  trace_board& board_;
  const std::size_t at_;
};

bool trace_board::slot::complete() const {
  return answered && (silent || (announced && arrived >= expected));
}

void trace_board::slot::add(trace_step step) {
  switch (step.point) {
    case trace_point::repeated:
      silent = true;
      break;
    case trace_point::refused:
      silent = true;
      // The refusal goes to the sender at once, and is not followed further.
      answered = true;
      break;
    case trace_point::answer_written:
      answered = true;
      break;
    case trace_point::announced:
      announced = true;
      expected = step.count;
      break;
    case trace_point::left_to_store:
    case trace_point::written:
      ++arrived;
      break;
    default:
      break;
  }
  if (steps.size() < trace_steps_max) steps.push_back(std::move(step));
}

outcome<std::unique_ptr<trace_watch>> trace_board::arm(const trace_wanted& wanted) {
  const std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    if (slots_[at].taken) continue;
    slots_[at] = {};
    slots_[at].taken = true;
    slots_[at].wanted = wanted;
    slots_[at].message = wanted.id;
    armed_.fetch_add(1, std::memory_order_relaxed);
    return std::make_unique<watch>(*this, at);
  }
  return fail(errc::overloaded, "too many traces at once; try again later");
}

void trace_board::disarm(std::size_t at) {
  const std::lock_guard lock(mutex_);
  slots_[at] = {};
  armed_.fetch_sub(1, std::memory_order_relaxed);
}

void trace_board::came(const message_id& message, const chat_id& chat, const sender& from,
                       std::uint64_t read_ns) {
  const std::lock_guard lock(mutex_);
  for (auto& each : slots_) {
    if (!each.taken) continue;
    if (!each.message) {
      const bool meant = (!each.wanted.from || *each.wanted.from == from.account) &&
                         (!each.wanted.chat || *each.wanted.chat == chat);
      if (!meant) continue;
      each.message = message;
    } else if (*each.message != message) {
      continue;
    }
    // Armed only after the bridge had looked: then when it was read is not known.
    if (read_ns != 0)
      each.add({trace_point::frame_read, read_ns, from.session, std::string(from.name), 0, {}});
    each.add({trace_point::session_took, steady_ns(), from.session, std::string(from.name), 0, {}});
    changed_.notify_all();
  }
}

std::uint8_t trace_board::note(const message_id& message, trace_point point, const facts& told) {
  const std::lock_guard lock(mutex_);
  std::uint8_t traces = 0;
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    auto& each = slots_[at];
    if (!each.taken || each.message != message) continue;
    each.add({point, steady_ns(), told.session, std::string(told.account), told.count,
              std::string(told.detail)});
    traces = static_cast<std::uint8_t>(traces | (1U << at));
  }
  if (traces != 0) changed_.notify_all();
  return traces;
}

void trace_board::written(std::uint8_t traces, std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    auto& each = slots_[at];
    if (!each.taken || (traces & (1U << at)) == 0) continue;
    // A slot may have been taken anew since the frame was marked: what it waits for stands in it.
    const auto waits = [&](trace_point begun, trace_point ended) {
      const auto of = [&](trace_point point) {
        return std::ranges::count_if(each.steps, [&](const trace_step& step) {
          return step.point == point && step.session == session;
        });
      };
      return of(begun) > of(ended);
    };
    const auto add = [&](trace_point begun, trace_point ended) {
      if (!waits(begun, ended)) return;
      const auto step = std::ranges::find_if(each.steps, [&](const trace_step& one) {
        return one.point == begun && one.session == session;
      });
      each.add({ended, steady_ns(), session, std::string(step->account), 0, {}});
    };
    add(trace_point::answered, trace_point::answer_written);
    add(trace_point::pushed, trace_point::written);
  }
  changed_.notify_all();
}

trace_watch::news trace_board::next(std::size_t at, std::uint32_t wait_ms) {
  std::unique_lock lock(mutex_);
  auto& mine = slots_[at];
  changed_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                    [&] { return mine.told < mine.steps.size(); });
  trace_watch::news found;
  found.message = mine.message;
  found.steps.assign(mine.steps.begin() + static_cast<std::ptrdiff_t>(mine.told), mine.steps.end());
  mine.told = mine.steps.size();
  found.complete = mine.complete();
  return found;
}

}  // namespace uod
