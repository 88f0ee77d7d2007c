#include "client/load/generator_state.hpp"

/// What stories ask for, and how people come and go.
namespace uod::load {
namespace {

/// Planned stories that wait until somebody is free, for each person; more are `overloaded`.
constexpr std::uint64_t stories_waiting_a_user = 100;
constexpr std::uint32_t users_an_address = 5'000;
constexpr std::uint32_t addresses_count = 16;
constexpr std::uint64_t us_per_ns = 1'000;
/// A log-in that a story waits for; the engine goes on trying, the story does not.
constexpr std::uint64_t login_wait_ms = 60'000;
/// Any other answer. A server that is restarted is back by then.
constexpr std::uint64_t answer_wait_ms = 60'000;

story_values nothing_but(errc code) { return {std::monostate{}, std::string(code_name(code))}; }

}  // namespace

// ------------------------------------------------------------------------------ beginning, ending

void generator::state::begin_stories() {
  if (plan.arrives == arrival_kind::stories) {
    for (std::uint32_t user = 0; user < plan.users; ++user) idle_users.push_back(user);
    return;
  }
  for (std::uint32_t user = 0; user < plan.users && !broken; ++user) begin_story(user, 0);
}

void generator::state::begin_story(std::uint32_t user, std::uint64_t planned_ns) {
  users[user].entering_ns = planned_ns;
  if (clock_ns != 0) ++all.stories;
  stories.begin(user);
}

void generator::state::on_due(std::uint64_t planned_ns) {
  if (now != stage::running) return;
  if (plan.arrives == arrival_kind::messages) {
    if (writers.empty()) return;
    talk& next = *writers[next_writer++ % writers.size()];
    next.waiting.push_back({planned_ns, {}, 0, {}});
    if (next.waiting.size() > talk::waiting_max) {
      next.waiting.pop_front();
      count_failure(errc::overloaded);
    }
    return feed(next);
  }
  if (idle_users.empty()) {
    if (waiting_stories_ns.size() < plan.users * stories_waiting_a_user) {
      return waiting_stories_ns.push_back(planned_ns);
    }
    return count_failure(errc::overloaded);  // a plan that nobody can keep
  }
  const std::uint32_t user = idle_users.front();
  idle_users.pop_front();
  begin_story(user, planned_ns);
}

void generator::state::on_story_end(std::uint32_t user) {
  virtual_user& who = users[user];
  who.wait = waiting::nothing;
  ++who.turn;
  if (plan.arrives != arrival_kind::stories || now != stage::running) return;
  if (waiting_stories_ns.empty()) return idle_users.push_back(user);
  const std::uint64_t planned_ns = waiting_stories_ns.front();
  waiting_stories_ns.pop_front();
  // From the loop: a story that ends at once must not begin the next from within itself.
  idle_users.push_front(user);
  const auto begin = [this, planned_ns] {
    if (idle_users.empty() || now != stage::running) return;
    const std::uint32_t next = idle_users.front();
    idle_users.pop_front();
    begin_story(next, planned_ns);
  };
  who.wait_timer = world.after(0, begin);
}

void generator::state::on_story_fault(std::uint32_t, const error& why) { break_off(why); }

std::optional<story_values> generator::state::on_call(std::uint32_t user, story_call call) {
  virtual_user& who = users[user];
  return std::visit([&](auto& asked) { return carry_out(who, asked); }, call);
}

bool generator::state::running() const {
  return now == stage::settling || (now == stage::running && now_ns() < end_ns() && !interrupted);
}

std::string generator::state::phase_name() const {
  return clock_ns == 0 ? "before" : phase_at(now_ns()).name;
}

double generator::state::elapsed_s() const {
  const std::uint64_t time = now_ns();
  return clock_ns == 0 || time < clock_ns ? 0 : static_cast<double>(time - clock_ns) / 1e9;
}

std::string generator::state::name_of(std::uint32_t user) const {
  return book && user < book->accounts().size() ? book->accounts()[user].name : std::string{};
}

bool generator::state::is_logged_in(std::uint32_t user) const { return users[user].entered(); }

/// What happens later may only happen while the same wait lasts.
std::function<void()> generator::state::guarded(virtual_user& who, std::function<void()> act) {
  return [this, &who, turn = who.turn, act = std::move(act), guard = std::weak_ptr<int>(alive)] {
    if (guard.expired() || who.turn != turn || now == stage::over) return;
    act();
  };
}

/// From the loop, never from within an engine's callback for long: what a story does next is short.
void generator::state::answer(virtual_user& who, const story_values& values) {
  who.wait = waiting::nothing;
  ++who.turn;
  // The timer may be what calls: it goes when this is over.
  const auto fired = std::move(who.wait_timer);
  stories.go_on(who.number(), values);
}

void generator::state::fail_story_call(virtual_user& who, errc code) {
  count_failure(code);
  answer(who, nothing_but(code));
}

// ------------------------------------------------------------------------------- coming and going

/// A connection's port stays taken for a while when it is closed, and an address has some 28,000:
/// so to a server on this machine a crowd comes from several of its addresses.
client::runtime& generator::state::world_of(std::uint32_t user, std::uint32_t reads_per_s) {
  const std::string& host = settings.servers.front().host;
  const bool local = host == "localhost" || host.starts_with("127.");
  const bool many = plan.users > users_an_address || !plan.logged_in_before;
  const std::uint32_t source = local && many ? 1 + user % addresses_count : 0;
  if (source == 0 && reads_per_s == 0) return world;
  client::dial_options how;
  if (source != 0) how.source = "127.0.0." + std::to_string(source);
  how.read_bytes_per_s = reads_per_s;
  return worlds.try_emplace({source, reads_per_s}, world, how).first->second;
}

void generator::state::dial(virtual_user& who, const kept_account* account, bool listen,
                            std::uint32_t reads_per_s) {
  ++trying;
  who.enter(world_of(who.number(), reads_per_s), settings.servers, account, listen);
}

void generator::state::enter(virtual_user& who, bool listen, std::uint64_t from_ns,
                             std::uint32_t reads_per_s) {
  who.entering_ns = from_ns;
  dial(who, &book->accounts()[who.number()], listen, reads_per_s);
  if (!listen) return;
  home.listens(who.number());
  for (talk* each : talks_to[who.number()]) {
    if (each->open) judge.reader_listens(each->index);
  }
}

void generator::state::leave(virtual_user& who, bool says_goodbye, std::function<void()> then) {
  const bool was_entered = who.entered();
  const bool was_lost = who.lost();
  client::engine* const engine = who.engine();
  auto bury = [this, &who, was_entered, was_lost, then = std::move(then)] {
    auto gone = who.take_engine();
    if (!gone) {
      // Two who ask an engine to stop are both told.
      if (then) then();
      return;
    }
    graves.push_back(std::move(gone));
    if (was_entered) --entered;
    if (was_lost) --lost;
    if (!was_entered) --trying;
    if (!grave_timer) {
      grave_timer = world.after(0, [this] {
        const auto fired = std::move(grave_timer);
        // What ends now may call back, and bury others.
        const auto buried = std::move(graves);
        graves.clear();
      });
    }
    if (then) then();
    if (brings_back && who.ever_listened() && who.engine() == nullptr) enter(who, true, 0);
  };
  if (engine == nullptr || !says_goodbye) return bury();
  engine->stop([bury = std::move(bury), guard = std::weak_ptr<int>(alive)] {
    if (!guard.expired()) bury();
  });
}

void generator::state::on_entered(virtual_user& who, bool again) {
  alive_ns = now_ns();
  if (again) {
    --lost;
    if (lost == 0 && lost_since_ns != 0) {
      const double took_s = static_cast<double>(now_ns() - lost_since_ns) / 1e9;
      all.reconnect_s = std::max(all.reconnect_s, took_s);
    }
    return;
  }
  --trying;
  ++entered;
  all.connected_max = std::max(all.connected_max, entered);
  if (now == stage::preparing) return;
  const std::uint64_t time = now_ns();
  const std::uint64_t from_ns = std::exchange(who.entering_ns, 0);
  if (from_ns != 0 && is_measured(from_ns)) {
    const std::uint64_t us = (time - from_ns) / us_per_ns;
    ++all.logins;
    all.login.record(us);
    ++row.logins;
    if (all.latency.count() == 0) row.latency.record(us);
  } else {
    ++row.logins;
  }
  if (who.wait == waiting::login) answer(who, {});
}

void generator::state::on_lost(virtual_user&) {
  if (lost == 0) lost_since_ns = now_ns();
  ++lost;
  ++all.disconnects;
}

void generator::state::on_ended(virtual_user& who, const error& why) {
  if (now == stage::preparing) return fail_preparing(why);
  if (now == stage::over) return;
  count_failure(why.code);
  if (why.code == errc::key_changed) break_off(why);
  const bool was_waiting = who.wait == waiting::login;
  leave(who, false, {});
  if (!was_waiting) return;
  stories.end(who.number());
  on_story_end(who.number());
}

outcome<void> generator::state::on_fingerprint(const std::string& shown) {
  if (fingerprint.empty()) {
    if (!settings.fingerprint.empty() && settings.fingerprint != shown) {
      return fail(errc::key_changed, "the server has the key " + shown);
    }
    fingerprint = shown;
  }
  if (fingerprint == shown) return {};
  return fail(errc::key_changed,
              "a server has the key " + shown + ", the first had " + fingerprint);
}

/// Before the clock, and when an engine comes back by itself, everybody goes on from the newest
/// session; what a story asks for goes by the scenario.
bytes generator::state::session_for(virtual_user& who) {
  const bool shares = now == stage::preparing || who.entered() || plan.tls_resumed;
  return shares ? tls_session : bytes{};
}

// ---------------------------------------------------------------------------------------- calls

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::login& asked) {
  if (who.entered()) {
    // Logged in before, and so as it is wanted; else the person comes in anew.
    if (asked.reads_per_s == 0 && asked.listen == who.listens()) return story_values{};
    leave(who, false, {});
  }
  const std::uint64_t planned_ns = std::exchange(who.entering_ns, 0);
  enter(who, asked.listen, planned_ns != 0 ? planned_ns : now_ns(), asked.reads_per_s);
  who.wait = waiting::login;
  who.wait_timer = world.after(login_wait_ms, guarded(who, [this, &who] {
                                 count_failure(errc::timed_out);
                                 leave(who, false, {});
                                 ++who.turn;
                                 who.wait = waiting::nothing;
                                 stories.end(who.number());
                                 on_story_end(who.number());
                               }));
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who, const ask::logout&) {
  who.wait = waiting::logout;
  leave(who, true, guarded(who, [this, &who] { answer(who, {}); }));
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who, const ask::drop&) {
  leave(who, false, {});
  return story_values{};
}

std::optional<story_values> generator::state::carry_out(virtual_user& who, ask::send& asked) {
  talk& to = talk_of(who.number(), asked.to);
  who.wait = waiting::answer;
  to.waiting.push_back({now_ns(), std::move(asked.text), asked.bytes, who.turn});
  who.wait_timer = world.after(
      answer_wait_ms, guarded(who, [this, &who] { fail_story_call(who, errc::timed_out); }));
  feed(to);
  return std::nullopt;
}

/// The first message in the inbox that is expected; those before it are passed over.
std::optional<story_values> generator::state::look_into_inbox(virtual_user& who) {
  while (!who.inbox.empty()) {
    heard next = std::move(who.inbox.front());
    who.inbox.pop_front();
    if (!who.expected || *who.expected == next.text) return story_values{std::move(next)};
  }
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::expect& asked) {
  who.expected = asked.text;
  if (auto there = look_into_inbox(who)) return there;
  who.wait = waiting::message;
  who.wait_timer =
      world.after(static_cast<std::uint64_t>(asked.within_s * 1000),
                  guarded(who, [this, &who] { fail_story_call(who, errc::timed_out); }));
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::keep_sending& asked) {
  talk& to = talk_of(who.number(), asked.to);
  to.window = asked.window != 0 ? asked.window : plan.window;
  keep_sending(to);
  who.wait = waiting::end;
  return std::nullopt;
}

/// Asks the server something whose answer a story waits for. `take` makes values of it.
template <class Reply, class Take>
void generator::state::ask_for(virtual_user& who, client_body body, Take take) {
  who.wait = waiting::answer;
  const std::uint64_t from_ns = now_ns();
  who.wait_timer = world.after(
      answer_wait_ms, guarded(who, [this, &who] { fail_story_call(who, errc::timed_out); }));
  who.engine()->ask_for<Reply>(std::move(body),
                               [this, &who, turn = who.turn, from_ns, take = std::move(take),
                                guard = std::weak_ptr<int>(alive)](outcome<Reply> answered) {
                                 if (guard.expired() || who.turn != turn || now == stage::over)
                                   return;
                                 if (!answered) return fail_story_call(who, answered.error().code);
                                 answer(who, take(*answered, from_ns));
                               });
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::history& asked) {
  const account_id& own = book->accounts()[who.number()].id;
  const account_id& other = book->accounts()[asked.with].id;
  const std::uint32_t most =
      who.engine()->greeting() ? who.engine()->greeting()->limits.page_rows_max : asked.limit;
  fetch_history wanted{direct_chat_id(own, other), asked.before_seq, 0,
                       std::min(asked.limit, most)};
  ask_for<history>(who, wanted, [this](const history& page, std::uint64_t from_ns) {
    if (is_measured(from_ns)) {
      all.history.record((now_ns() - from_ns) / us_per_ns);
      ++all.history_pages;
      all.history_messages += page.messages.size();
    }
    const double first = page.messages.empty() ? 0 : static_cast<double>(page.messages[0].seq);
    return story_values{static_cast<double>(page.messages.size()), first};
  });
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::mark_read& asked) {
  const auto found = talks_by_pair.find(std::uint64_t{asked.with} << 32 | who.number());
  if (found != talks_by_pair.end() && found->second->open) {
    who.engine()->mark_read(found->second->chat, judge.last_delivered_seq(found->second->index));
  }
  return story_values{};
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::broadcast& asked) {
  const std::uint64_t planned_ns = now_ns();
  const std::string made = text_of(all.broadcasts + 1, static_cast<std::size_t>(plan.text_bytes));
  const std::string text = stamped(asked.text ? *asked.text : made, planned_ns);
  who.wait = waiting::answer;
  who.wait_timer = world.after(
      answer_wait_ms, guarded(who, [this, &who] { fail_story_call(who, errc::timed_out); }));
  who.engine()->send_broadcast(
      text, [this, &who, text, turn = who.turn, planned_ns](const outcome<broadcast_sent>& sent) {
        if (now == stage::over) return;
        if (sent) {
          home.acknowledged(sent->seq, text);
          home.own(who.number(), sent->seq);
          if (is_measured(planned_ns)) ++all.broadcasts;
        } else if (sent.error().code == errc::not_premium) {
          return break_off({errc::usage, plan.name + ": " + name_of(who.number()) +
                                             " is not premium and cannot broadcast: give "
                                             "--premium-codes FILE, made with `uod-server "
                                             "premium-code create --count N --json`. They go to "
                                             "the first accounts, and those to the role whose name "
                                             "comes first"});
        }
        if (who.turn != turn) return;
        if (!sent) return fail_story_call(who, sent.error().code);
        answer(who, {static_cast<double>(sent->seq)});
      });
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::add_contact& asked) {
  ask_for<contact_added>(who, add_contact{name_of(asked.who)},
                         [](const contact_added&, std::uint64_t) { return story_values{true}; });
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::sleep& asked) {
  who.wait = waiting::sleep;
  who.wait_timer = world.after(static_cast<std::uint64_t>(asked.seconds * 1000),
                               guarded(who, [this, &who] { answer(who, {}); }));
  return std::nullopt;
}

std::optional<story_values> generator::state::carry_out(virtual_user& who,
                                                        const ask::wait_for_end&) {
  who.wait = waiting::end;
  return std::nullopt;
}

}  // namespace uod::load
