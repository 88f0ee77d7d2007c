#include <deque>
#include <map>
#include <variant>

#include "client/commands/chat_places.hpp"
#include "client/commands/commands.hpp"
#include "client/commands/conversation.hpp"
#include "client/commands/message_rows.hpp"
#include "client/commands/sealed_talk.hpp"
#include "protocol/names.hpp"

namespace uod::client {
namespace {

/// A cursor is on disk this soon after what it covers was printed; each costs a sync.
constexpr std::uint64_t keep_every_ms = 200;
/// Messages that are opened and kept together: enough for one sync of the disk to be nothing
/// beside them, few enough that the first is shown at once.
constexpr std::size_t opened_at_once_max = 256;
/// Octets of what came and is not printed yet, while the server is asked for keys: hours of what
/// people write. Past it `listen` ends, and the next goes on from what was printed.
constexpr std::size_t heard_octets_max = 64UL * 1024 * 1024;
/// What a row costs beside the text in it.
constexpr std::size_t row_octets = 256;
/// How long messages wait whose keys the server did not give, where it does not say so itself.
constexpr std::uint32_t rest_ms = 1'000;

/// Whether the same may be asked again soon: no reason to end what runs for days.
bool is_for_now(const error& why) {
  switch (why.code) {
    case errc::rate_limited:
    case errc::overloaded:
    case errc::timed_out:
    case errc::server_unreachable:
    case errc::link_closed:
    case errc::going_away:
      return true;
    default:
      return false;
  }
}

/// Whether somebody has deleted their account and goes by the name that is left for it.
bool is_left_behind(const std::string& name) {
  const auto parsed = parse_name(name);
  return parsed && is_reserved_name(*parsed);
}

/// A conversation that prints what it hears.
class listening final : public conversation {
 public:
  listening(context& with, kept_login me, keyring keys, std::optional<std::uint64_t> count)
      : conversation(with), me_(std::move(me)), keys_(std::move(keys)), left_(count) {}

  /// Connects and prints until a signal, a closed stdout, or enough messages and
  /// broadcasts.
  outcome<void> run(std::optional<stream_place> after);

  void on_message(const message_event& it) override;
  void on_broadcast(const broadcast_event& it) override;
  void on_set_back() override;
  void on_receipt(const receipt_event& it) override;
  void on_presence(const presence_event& it) override;
  void on_connection(connection_state state, const endpoint& server) override;

 private:
  [[nodiscard]] bool finished() const { return left_ == 0 || with_.out.closed(); }
  template <class Row>
  void print(const Row& row, const stream_place& at);
  void note_printed(bool shown, const stream_place& at);
  /// What came, in its order: messages are opened on the way, which may need to ask for keys, and
  /// nothing overtakes them.
  outcome<void> print_heard();
  outcome<void> print_messages();
  bool print_message(const opened_message& it, const message_event& event, const stream_place& at);
  /// Notes how much is waiting; false when it is too much.
  bool has_room_for(std::size_t octets);
  void hear(std::function<void()> show, std::size_t octets = 0);
  /// Lets messages wait whose keys the server does not give now.
  void rest(const error& why);
  outcome<void> print_until(const std::function<bool()>& so,
                            std::optional<std::uint64_t> longest_ms);
  [[nodiscard]] stream_place place() { return {talk().position(), talk().home_position()}; }
  outcome<void> keep_cursor();
  void keep_cursor_soon();
  void keep_if_due();

  struct heard_message {
    message_event event;
    stream_place at;
  };
  struct heard_row {
    std::function<void()> show;
    std::size_t octets = 0;
  };
  using heard = std::variant<heard_message, heard_row>;
  static std::size_t octets_of(const heard_message& it) {
    return row_octets + it.event.stored.body.size();
  }

  kept_login me_;
  keyring keys_;
  std::deque<heard> heard_;
  chat_places places_;  ///< up to where each chat was printed
  std::size_t heard_octets_ = 0;
  bool too_much_ = false;  ///< something was passed over: this cannot go on
  std::unique_ptr<timer> resting_;
  std::optional<std::uint64_t> left_;
  bool has_position_ = false;  ///< the kept cursor says where the messages begin
  stream_place begin_;
  stream_place printed_;  ///< at the last message or broadcast that is wholly out
  stream_place kept_;
  std::unique_ptr<timer> keeping_;
  bool is_keeping_due_ = false;
  bool is_opening_ = false;
};

outcome<void> listening::run(std::optional<stream_place> after) {
  const bool goes_on = !after;
  if (goes_on) {
    const auto known = with_.profile.cursor(me_.secret.account);
    if (!known) return tl::unexpected(known.error());
    after = *known;
  }
  begin_ = after.value_or(stream_place{});
  if (goes_on && begin_.position) {
    if (auto known = places_.load(keys_, *begin_.position); !known) return known;
  }
  has_position_ = begin_.position.has_value();
  if (auto opened = open(&me_); !opened) return opened;
  talk().subscribe(begin_.position, begin_.broadcast);
  auto waited = print_until([this] { return ever_connected(); }, with_.timeout_ms());
  if (waited) waited = print_until([] { return false; }, std::nullopt);
  keeping_.reset();
  left_ = 0;  // what comes while the goodbye is said is for the next time
  const auto kept = keep_cursor();
  close();
  if (!waited && waited.error().code != errc::interrupted) return waited;
  return kept;
}

void listening::on_message(const message_event& it) {
  if (finished()) return;
  const auto position = it.stored.position;
  if (!has_position_ && position != 0) {
    // The server begins with what was not delivered. Should this program be killed before it has
    // kept what it printed, the next one must not find that delivered and pass it over.
    static_cast<void>(with_.profile.keep_cursor(me_.secret.account, {position - 1, {}}));
    has_position_ = true;
  }
  heard_message message{it, place()};
  if (has_room_for(octets_of(message))) heard_.emplace_back(std::move(message));
}

bool listening::has_room_for(std::size_t octets) {
  too_much_ = too_much_ || heard_octets_ + octets > heard_octets_max;
  if (!too_much_) heard_octets_ += octets;
  return !too_much_;
}

void listening::hear(std::function<void()> show, std::size_t octets) {
  octets += row_octets;
  if (has_room_for(octets)) heard_.emplace_back(heard_row{std::move(show), octets});
}

void listening::rest(const error& why) {
  with_.status.say_more("messages wait for their keys: " + to_text(why));
  const auto span_ms = std::max(why.retry_after_ms, rest_ms);
  resting_ = world().after(span_ms, [this] { resting_.reset(); });
}

outcome<void> listening::print_until(const std::function<bool()>& so,
                                     std::optional<std::uint64_t> longest_ms) {
  while (!finished()) {
    const auto ready = [&] { return so() || (!heard_.empty() && !resting_) || finished(); };
    auto waited = wait_until([&] { return ready() || too_much_; }, longest_ms);
    if (!waited) return waited;
    if (too_much_) {
      return fail(errc::overloaded,
                  "more came than could be opened; start it again, and it goes on from here");
    }
    if (auto printed = print_heard(); !printed) return printed;
    if (so()) return {};
  }
  return {};
}

outcome<void> listening::print_heard() {
  while (!heard_.empty() && !resting_ && !finished()) {
    if (std::holds_alternative<heard_message>(heard_.front())) {
      if (auto printed = print_messages(); !printed) return printed;
      continue;
    }
    const auto row = std::get<heard_row>(std::move(heard_.front()));
    heard_.pop_front();
    heard_octets_ -= row.octets;
    row.show();
  }
  return {};
}

/// As many of one chat as came behind each other, at once.
outcome<void> listening::print_messages() {
  std::vector<heard_message> batch;
  std::vector<message> stored;
  std::map<account_id, std::string> names;
  while (!heard_.empty() && batch.size() < opened_at_once_max) {
    auto* next = std::get_if<heard_message>(&heard_.front());
    if (next == nullptr) break;
    if (!batch.empty() && next->event.stored.chat != batch.front().event.stored.chat) break;
    names.emplace(next->event.stored.sender, next->event.from);
    stored.push_back(next->event.stored);
    batch.push_back(std::move(*next));
    heard_.pop_front();
  }
  is_opening_ = true;
  const auto opened = open_sealed(*this, keys_, stored, names);
  is_opening_ = false;
  if (!opened && is_for_now(opened.error())) {
    rest(opened.error());
    heard_.insert(heard_.begin(), std::make_move_iterator(batch.begin()),
                  std::make_move_iterator(batch.end()));
    keep_if_due();
    return {};
  }
  for (const auto& each : batch) heard_octets_ -= octets_of(each);
  if (!opened) return tl::unexpected(opened.error());
  for (std::size_t at = 0; at < batch.size() && !finished(); ++at) {
    const auto& [event, place] = batch[at];
    note_printed(print_message((*opened)[at], event, place), place);
  }
  keep_if_due();
  return {};
}

bool listening::print_message(const opened_message& it, const message_event& event,
                              const stream_place& at) {
  message_frame frame{event.chat_name, event.from, event.to, cursor_text(at)};
  // Whoever was met is called what they were called then, whatever the server calls them now.
  if (it.stored.sender != me_.secret.account && !is_left_behind(event.from)) {
    if (const auto known = keys_.known_name(it.stored.sender); known && *known) {
      frame.chat = frame.from = **known;
    }
  }
  const auto before = places_.find(it.stored.chat);
  if (before && !show_hole(with_, frame.chat, *before, it.stored.seq)) return false;
  places_.put(it.stored.chat, it.stored.seq);
  return show_message(with_, it, frame);
}

void listening::on_broadcast(const broadcast_event& it) {
  if (finished()) return;
  const terminal::broadcast_row row{it.stored.id,   it.stored.seq,        it.from,
                                    it.stored.body, it.stored.sent_at_ms, cursor_text(place())};
  hear([this, row, at = place()] { print(row, at); }, row.text.size());
}

/// Everything before a row that is printed was printed: what the engine has told by then.
template <class Row>
void listening::print(const Row& row, const stream_place& at) {
  note_printed(with_.rows.show(row), at);
}

void listening::note_printed(bool shown, const stream_place& at) {
  if (!shown) return;
  printed_ = at;
  if (left_) --*left_;
  keep_cursor_soon();
}

/// What is kept has to go back as well, and at once: else the next `listen` would pass over what
/// comes in the meantime.
void listening::on_set_back() {
  if (finished()) return;
  with_.status.say("uod: " + to_text(server()) +
                   " has lost its newest messages (a backup was restored there); going on from "
                   "what it has");
  begin_ = printed_ = kept_ = place();
  places_.clear();
  if (const auto kept = with_.profile.set_cursor_back(me_.secret.account, kept_); !kept)
    with_.status.say(to_text(kept.error()));
}

void listening::on_receipt(const receipt_event& it) {
  if (finished()) return;
  hear([this, it] {
    with_.rows.show(terminal::receipt_row{it.chat_name, it.by, it.delivered_seq, it.read_seq});
  });
}

void listening::on_presence(const presence_event& it) {
  if (finished()) return;
  hear([this, it] {
    with_.rows.show(terminal::presence_row{it.name, it.online, it.last_seen_ms});
  });
}

void listening::on_connection(connection_state state, const endpoint& server) {
  conversation::on_connection(state, server);
  if (finished()) return;
  const std::string where = to_text(server);
  switch (state) {
    case connection_state::connected:
      with_.rows.show(terminal::connection_row{"connected", where});
      break;
    case connection_state::reconnecting:
      with_.rows.show(terminal::connection_row{"reconnecting", where});
      if (ever_connected()) with_.status.say("uod: connection to " + where + " lost; trying again");
      break;
    case connection_state::resumed:
      with_.rows.show(terminal::connection_row{"resumed", where});
      with_.status.say("uod: connected to " + where + " again");
      break;
  }
}

void listening::keep_cursor_soon() {
  if (keeping_) return;
  keeping_ = world().after(keep_every_ms, [this] {
    keeping_.reset();
    is_keeping_due_ = true;
    keep_if_due();
  });
}

/// Not while messages are opened aside: the keyring is for one thread at a time.
void listening::keep_if_due() {
  if (!is_keeping_due_ || is_opening_) return;
  is_keeping_due_ = false;
  if (const auto kept = keep_cursor(); !kept) with_.status.say(to_text(kept.error()));
}

outcome<void> listening::keep_cursor() {
  if (printed_ == stream_place{} && !with_.out.closed()) {
    // Nothing came, but this device now has a place in the stream: what another device is given
    // in the meantime is news here all the same.
    if (!begin_.position) printed_.position = talk().position();
    if (!begin_.broadcast) printed_.broadcast = talk().home_position();
  }
  if (printed_ == kept_) return {};
  if (printed_.position) {
    if (auto noted = places_.keep(keys_, *printed_.position); !noted) return noted;
  }
  auto kept = with_.profile.keep_cursor(me_.secret.account, printed_);
  if (kept) kept_ = printed_;
  return kept;
}

}  // namespace

outcome<void> run(context& with, const listen_arguments& what) {
  auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  auto keys = open_keyring(with, *kept);
  if (!keys) return tl::unexpected(keys.error());
  return listening(with, std::move(*kept), std::move(*keys), what.count).run(what.after);
}

}  // namespace uod::client
