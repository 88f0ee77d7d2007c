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

std::size_t line_bytes_max(conversation& talk) {
  return talk.talk().greeting()->limits.message_bytes_max;
}

std::string counted_lines(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " line" : " lines");
}

}  // namespace

line_sender::line_sender(context& with, conversation& talk, const chat_id& chat, std::string name)
    : with_(with),
      talk_(talk),
      chat_(chat),
      name_(std::move(name)),
      reader_(line_bytes_max(talk)) {}

outcome<void> line_sender::run(int descriptor) {
  input_ = talk_.world().read_from(descriptor, [this](bytes_view octets) { take(octets); });
  auto waited = wait_for_answers();
  if (!waited && waited.error().code == errc::interrupted) {
    stop_reading(waited.error());
    static_cast<void>(talk_.finish_until([this] { return under_way_.empty(); },
                                         std::min(last_answers_ms, with_.timeout_ms())));
  }
  input_.reset();
  if (reader_.empty_lines() != 0)
    with_.status.say_more(counted_lines(reader_.empty_lines()) + " had no text: not sent");
  if (failure_) return tl::unexpected(account_for(*failure_));
  if (!waited) return tl::unexpected(account_for(waited.error()));
  with_.status.say("✓ " + counted_lines(acknowledged_) + " sent to " + name_);
  return {};
}

outcome<void> line_sender::wait_for_answers() {
  moved_ms_ = talk_.world().steady_ms();
  while (!all_sent() || !under_way_.empty()) {
    const bool idle = under_way_.empty();
    std::optional<std::uint64_t> patience;
    if (!idle) {
      const auto now = talk_.world().steady_ms();
      const auto late = progress_ms() + with_.timeout_ms();
      if (now >= late) return tl::unexpected(talk_.no_answer());
      patience = late - now;
    }
    const auto changed = [&] {
      return under_way_.empty() != idle || (all_sent() && under_way_.empty());
    };
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
  while (!failure_ && talk_.talk().backlog_bytes() < backlog_half()) {
    auto line = reader_.next();
    if (!line) return stop_reading(line.error());
    if (!*line) break;
    send(std::move(**line));
  }
  if (!input_) return;
  const bool full = talk_.talk().backlog_bytes() >= backlog_half();
  if (full != paused_) full ? input_->pause() : input_->resume();
  paused_ = full;
}

void line_sender::send(line_reader::line line) {
  if (under_way_.empty()) moved_ms_ = talk_.world().steady_ms();
  under_way_.insert(line.number);
  talk_.talk().send_text(chat_, std::move(line.text),
                         [weak = weak_from_this(), number = line.number](const auto& answered) {
                           if (const auto self = weak.lock()) self->on_answer(number, answered);
                         });
}

void line_sender::on_answer(std::uint64_t line, const outcome<message_sent>& answered) {
  under_way_.erase(line);
  moved_ms_ = talk_.world().steady_ms();
  if (!answered) {
    const auto& why = answered.error();
    const std::string detail = why.detail.empty() ? "" : " (" + why.detail + ")";
    return stop_reading({why.code,
                         std::string("line ") + std::to_string(line) + " to " + name_ + detail,
                         why.retry_after_ms});
  }
  ++acknowledged_;
  const terminal::sent_row row{answered->id, name_, answered->seq, answered->sent_at_ms};
  if (!with_.rows.show(row)) return stop_reading({errc::io_failed, "standard output was closed"});
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
  with_.status.show(counted_lines(acknowledged_) + " sent to " + name_ + ", " +
                    std::to_string(under_way_.size()) + " under way…");
}

std::uint64_t line_sender::progress_ms() const {
  return std::max(moved_ms_, talk_.connected_at_ms());
}

error line_sender::account_for(error why) const {
  why.detail += (why.detail.empty() ? "" : "; ") + counted_lines(acknowledged_) + " acknowledged";
  if (!under_way_.empty())
    why.detail +=
        std::string(", the first that is not is line ") + std::to_string(*under_way_.begin());
  return why;
}

}  // namespace uod::client
