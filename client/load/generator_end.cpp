#include <algorithm>

#include "client/load/generator_state.hpp"

/// The end of a run: what is on its way arrives, histories are read back, everybody goes home.
namespace uod::load {
namespace {

constexpr std::size_t histories_at_once_max = 32;
constexpr std::size_t leaving_at_once_max = 256;
constexpr double history_s_max = 600;
/// A story that was due so long and has not begun at the end: nobody could keep the plan. One that
/// had just become due says nothing.
constexpr std::uint64_t late_story_ns = 1'000'000'000;
constexpr double leave_s_max = 10;
/// After an interruption nobody waits for as long as the scenario says.
constexpr double interrupted_drain_s = 5;
/// How often as long as the scenario says is waited for what is still coming: a server that was
/// overloaded for long has much to bring.
constexpr int drains_max = 10;

}  // namespace

bool generator::state::drain() {
  now = stage::draining;
  const bool gone = all.server_lost || (broken && broken->code != errc::usage);
  bool came = false;
  for (const std::uint64_t planned_ns : waiting_stories_ns) {
    if (now_ns() > planned_ns + late_story_ns) all.count_error(errc::overloaded);
  }
  waiting_stories_ns.clear();
  for (auto& each : users) {
    stories.end(each.number());
    each.wait = waiting::nothing;
    ++each.turn;
    each.wait_timer.reset();
  }
  for (auto& each : talks) {
    // What no server has seen yet need not be sent any more.
    if (interrupted || gone) each.waiting.clear();
  }
  if (!gone && !broken) {
    watcher.on_stage("waiting for what is on its way");
    brings_back = true;
    bring_back_listeners();
    const double patience = interrupted ? interrupted_drain_s : plan.drain_s;
    came = await_arrivals(patience);
    if (!came) watcher.on_warning("not all that was sent has come to its end in time");
    if (came && !interrupted && lost < entered) {
      read_histories();
      read_home();
    }
  }
  if (!gone) say_goodbye();
  now = stage::over;
  return came;
}

/// Waits again for as long as something came meanwhile. False where it is still coming then:
/// nothing can be said of what is missing.
bool generator::state::await_arrivals(double patience_s) {
  const auto left = [this] {
    std::uint64_t all_left = judge.open_count();
    for (const auto& each : talks) all_left += each.waiting.size();
    return all_left;
  };
  const auto done = [&] { return left() == 0 && home.is_complete(); };
  for (int round = 0; round < drains_max; ++round) {
    const auto before = left();
    if (wait_until(done, patience_s)) return true;
    if (left() >= before) return true;  // nothing comes any more: what is missing is missing
  }
  return false;
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
  home_was_read = true;
  home_was_read = wait_until([this] { return in_work == 0; }, history_s_max) && home_was_read;
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
    if (!page) {
      in_work = 0;
      home_was_read = false;
      return all.count_error(page.error().code);
    }
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
