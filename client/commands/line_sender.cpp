#include "client/commands/line_sender.hpp"

#include <algorithm>

#include "client/commands/interruption.hpp"

namespace uod::client {
namespace {

/// A person sees a number move, and the terminal is not what takes the time.
constexpr std::uint64_t draw_every_ms = 100;
/// After a signal, for what is under way.
constexpr std::uint64_t last_answers_ms = 2'000;

std::size_t backlog_half() { return engine_options{}.backlog_bytes_max / 2; }

std::string counted_lines(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " line" : " lines");
}

}  // namespace

line_sender::line_sender(context& with, conversation& talk, line_way way)
    : with_(with), talk_(talk), way_(std::move(way)), reader_(way_.line_bytes_max) {}

outcome<void> line_sender::run(int descriptor) {
  input_ = talk_.world().read_from(descriptor, [this](bytes_view octets) { take(octets); });
  auto waited = wait_for_answers();
  if (!waited && waited.error().code == errc::interrupted) {
    stop_reading(waited.error());
    static_cast<void>(talk_.finish_until([this] { return queue_.under_way() == 0; },
                                         std::min(last_answers_ms, with_.timeout_ms())));
  }
  input_.reset();
  rest_.reset();
  if (reader_.empty_lines() != 0)
    with_.status.say_more(counted_lines(reader_.empty_lines()) + " had no text: not sent");
  if (failure_) return tl::unexpected(account_for(*failure_));
  if (!waited) return tl::unexpected(account_for(waited.error()));
  with_.status.say("✓ " + counted_lines(acknowledged_) + " sent to " + way_.to);
  return {};
}

outcome<void> line_sender::wait_for_answers() {
  moved_ms_ = talk_.world().steady_ms();
  const auto idle = [this] { return queue_.under_way() == 0; };
  while (!all_sent() || !idle()) {
    const bool was_idle = idle();
    std::optional<std::uint64_t> patience;
    if (!was_idle) {
      const auto now = talk_.world().steady_ms();
      const auto late = progress_ms() + with_.timeout_ms();
      if (now >= late) return tl::unexpected(talk_.no_answer());
      patience = late - now;
    }
    const auto changed = [&] { return idle() != was_idle || (all_sent() && idle()); };
    const auto waited = talk_.wait_until(changed, patience);
    const bool late = !waited && patience && !talk_.ended() && interruption::received() == 0;
    if (!waited && !late) return waited;
  }
  return {};
}

void line_sender::take(bytes_view octets) {
  if (failure_) return;
  if (octets.empty()) {
    reader_.finish();
  } else {
    reader_.feed(octets);
  }
  pump();
}

void line_sender::pump() {
  const auto full = [this] {
    return !queue_.all_sent() || talk_.talk().backlog_bytes() >= backlog_half() ||
           (way_.full && way_.full());
  };
  while (!failure_) {
    if (const auto* next = queue_.next(talk_.world().steady_ms())) {
      send(*next);
      continue;
    }
    if (full()) break;
    auto line = reader_.next();
    if (!line) return stop_reading(line.error());
    if (!*line) break;
    queue_.add({(*line)->number, talk_.talk().make_message_id(), std::move((*line)->text)});
  }
  if (const auto until = queue_.rest_until_ms(); until && !failure_) {
    const auto now = talk_.world().steady_ms();
    rest_ = talk_.world().after(*until > now ? *until - now : 0, [this] { pump(); });
  }
  if (!input_) return;
  if (full() != paused_) paused_ ? input_->resume() : input_->pause();
  paused_ = full();
}

void line_sender::send(const line_queue::line& line) {
  if (queue_.under_way() == 0) moved_ms_ = talk_.world().steady_ms();
  way_.send(line.id, line.text,
            [weak = weak_from_this(), number = line.number](const outcome<bool>& answered) {
              if (const auto self = weak.lock()) self->on_answer(number, answered);
            });
  queue_.note_sent();
}

void line_sender::on_answer(std::uint64_t line, const outcome<bool>& answered) {
  moved_ms_ = talk_.world().steady_ms();
  if (!answered && answered.error().code == errc::rate_limited) {
    return slow_down(line, answered.error());
  }
  if (!answered) {
    queue_.drop(line);
    const auto& why = answered.error();
    const std::string detail = why.detail.empty() ? "" : " (" + why.detail + ")";
    return stop_reading({why.code,
                         std::string("line ") + std::to_string(line) + " to " + way_.to + detail,
                         why.retry_after_ms});
  }
  queue_.acknowledged(line);
  ++acknowledged_;
  if (!*answered) return stop_reading({errc::io_failed, "standard output was closed"});
  show_progress();
  pump();
}

void line_sender::slow_down(std::uint64_t line, const error& why) {
  queue_.refused(line, talk_.world().steady_ms(), why.retry_after_ms);
  if (!slowed_) with_.status.say("uod: slowed by the server; going on as fast as it allows");
  slowed_ = true;
  show_progress();
  pump();
}

void line_sender::stop_reading(const error& why) {
  if (!failure_) failure_ = why;
  if (input_ && !paused_) input_->pause();
  paused_ = true;
}

void line_sender::show_progress() {
  const auto now = talk_.world().steady_ms();
  if (now - drawn_ms_ < draw_every_ms) return;
  drawn_ms_ = now;
  with_.status.show(counted_lines(acknowledged_) + " sent to " + way_.to + ", " +
                    std::to_string(queue_.under_way()) + " under way" +
                    (slowed_ ? ", slowed by the server…" : "…"));
}

std::uint64_t line_sender::progress_ms() const {
  return std::max(moved_ms_, talk_.connected_at_ms());
}

error line_sender::account_for(error why) const {
  why.detail += (why.detail.empty() ? "" : "; ") + counted_lines(acknowledged_) + " acknowledged";
  if (const auto first = queue_.first())
    why.detail += std::string(", the first that is not is line ") + std::to_string(*first);
  return why;
}

}  // namespace uod::client
