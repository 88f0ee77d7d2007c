#include <algorithm>

#include "client/load/generator_state.hpp"

/// The end of a run: what is on its way arrives, histories are read back, everybody goes home.
namespace uod::load {
namespace {

constexpr std::size_t histories_at_once_max = 32;
constexpr std::size_t leaving_at_once_max = 256;
constexpr double history_s_max = 600;
constexpr double leave_s_max = 10;
/// After an interruption nobody waits for as long as the scenario says.
constexpr double interrupted_drain_s = 5;

}  // namespace

void generator::state::drain() {
  now = stage::draining;
  const bool gone = all.server_lost || (broken && broken->code != errc::usage);
  for (auto& each : users) {
    stories.end(each.number());
    each.wait = waiting::nothing;
    ++each.turn;
    each.wait_timer.reset();
  }
  for (auto& each : talks) {
    // What no server has seen yet need not be sent any more; plans are counted as sent when due.
    if (interrupted || gone) each.waiting.clear();
  }
  if (!gone && !broken) {
    watcher.on_stage("waiting for what is on its way");
    brings_back = true;
    bring_back_listeners();
    const double patience = interrupted ? interrupted_drain_s : plan.drain_s;
    wait_until([this] { return judge.open_count() == 0 && home.is_complete(); }, patience);
    if (!interrupted && lost < entered) {
      read_histories();
      read_home();
    }
  }
  if (!gone) say_goodbye();
  now = stage::over;
}

/// Whoever has listened once gets what came while they were away.
void generator::state::bring_back_listeners() {
  for (auto& each : users) {
    if (!each.ever_listened() || each.engine() != nullptr || talks_to[each.number()].empty()) {
      continue;
    }
    enter(each, true, 0);
  }
}

void generator::state::read_histories() {
  if (plan.history_checked_max == 0) return;
  watcher.on_stage("reading the histories back");
  next_place = 0;
  finished = 0;
  in_work = 0;
  std::uint64_t budget = plan.history_checked_max;
  const auto begin = [&] {
    while (in_work < histories_at_once_max && next_place < judge.chats()) {
      const auto chat = static_cast<std::uint32_t>(next_place++);
      const std::uint64_t size = judge.acknowledged_in(chat);
      client::engine* const engine = users[chat_readers[chat].user].engine();
      if (size == 0 || size > budget || engine == nullptr || !engine->connected()) continue;
      budget -= size;
      ++in_work;
      read_history(chat);
    }
    return in_work == 0 && next_place == judge.chats();
  };
  if (!wait_until(begin, history_s_max)) {
    watcher.on_warning("the histories could not all be read back in time");
  }
}

void generator::state::read_history(std::uint32_t number) {
  client::engine& engine = *users[chat_readers[number].user].engine();
  fetch_history wanted;
  wanted.chat = chat_readers[number].chat;
  wanted.after_seq = judge.read_up_to(number);
  wanted.limit = engine.greeting() ? engine.greeting()->limits.page_rows_max : 50;
  // Without a bound a page is of the newest, as far as they fit; so the first has one message.
  const bool first = wanted.after_seq == 0;
  if (first) wanted.before_seq = 2;
  engine.ask_for<history>(wanted, [this, number, first](const outcome<history>& page) {
    if (now == stage::over) return;
    if (!page) {
      --in_work;
      return all.count_error(page.error().code);
    }
    judge.read(number, page->messages);
    if ((page->more || first) && !page->messages.empty()) return read_history(number);
    judge.end_reading(number);
    --in_work;
  });
}

void generator::state::read_home() {
  if (!home.anything()) return;
  const auto reader = std::find_if(users.begin(), users.end(), [](virtual_user& each) {
    return each.engine() != nullptr && each.engine()->connected();
  });
  if (reader == users.end()) return;
  in_work = 1;
  read_home_page(*reader->engine(), home.read_from());
  home_was_read = wait_until([this] { return in_work == 0; }, history_s_max);
}

void generator::state::read_home_page(client::engine& engine, std::uint64_t after_seq) {
  fetch_home wanted;
  wanted.after_seq = after_seq;
  wanted.limit = engine.greeting() ? engine.greeting()->limits.page_rows_max : 50;
  // As above: without a bound a page is of the newest.
  const bool first = after_seq == 0;
  if (first) wanted.before_seq = 2;
  engine.ask_for<uod::home>(wanted, [this, &engine, first](const outcome<uod::home>& page) {
    if (now == stage::over) return;
    if (!page) return all.count_error(page.error().code);
    home.read(page->broadcasts);
    if (page->broadcasts.empty() || !(page->more || first)) {
      in_work = 0;
      return;
    }
    read_home_page(engine, page->broadcasts.back().seq);
  });
}

void generator::state::say_goodbye() {
  watcher.on_stage("saying goodbye");
  brings_back = false;
  next_place = 0;
  in_work = 0;
  const auto begin = [this] {
    while (in_work < leaving_at_once_max && next_place < users.size()) {
      virtual_user& who = users[next_place++];
      if (who.engine() == nullptr) continue;
      ++in_work;
      leave(who, true, [this] { --in_work; });
    }
    return in_work == 0 && next_place == users.size();
  };
  wait_until(begin, leave_s_max);
}

}  // namespace uod::load
