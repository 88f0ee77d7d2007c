#include "client/load/generator_state.hpp"
#include "protocol/password.hpp"

/// The way of a message: chat, key, sealing, sending, arrival.
namespace uod::load {
namespace {

constexpr std::uint64_t ns_per_us = 1'000;
/// A writer that was refused tries again after this, or after what the server asks for.
constexpr std::uint64_t pause_ms_min = 10;

}  // namespace

talk& generator::state::talk_of(std::uint32_t from, std::uint32_t to) {
  talk*& found = talks_by_pair[std::uint64_t{from} << 32 | to];
  if (found == nullptr) {
    found = &talks.emplace_back();
    found->from = from;
    found->to = to;
    talks_to[to].push_back(found);
  }
  return *found;
}

void generator::state::keep_sending(talk& of) {
  of.keeps_sending = true;
  if (plan.arrives == arrival_kind::messages) writers.push_back(&of);
  if (!of.open && !of.opening) return open(of);
  feed(of);
}

void generator::state::open(talk& of) {
  client::engine* const engine = users[of.from].engine();
  if (engine == nullptr) return;
  of.opening = true;
  of.is_waited_for = now == stage::settling && of.keeps_sending;
  if (of.is_waited_for) ++talks_opening;
  engine->ask_for<chat_opened>(open_chat{name_of(of.to)},
                               [this, &of](const outcome<chat_opened>& answered) {
                                 if (now == stage::over) return;
                                 if (!answered) return on_not_opened(of, answered.error());
                                 on_opened(of, answered->chat);
                               });
}

void generator::state::end_opening(talk& of) {
  of.opening = false;
  if (std::exchange(of.is_waited_for, false)) --talks_opening;
}

void generator::state::on_not_opened(talk& of, const error& why) {
  const bool was_waited_for = of.is_waited_for;
  end_opening(of);
  if (why.code == errc::link_closed) return;  // whoever wanted it has left
  if (was_waited_for) return fail_preparing(why);
  virtual_user& who = users[of.from];
  bool story_waits = false;
  const auto given_up = std::exchange(of.waiting, {});
  for (const auto& each : given_up) {
    if (is_waited_for(who, each.turn)) {
      story_waits = true;
    } else {
      count_failure(why.code);
    }
  }
  if (story_waits) return fail_story_call(who, why.code);
  if (given_up.empty()) count_failure(why.code);
  if (of.keeps_sending && plan.arrives != arrival_kind::messages) feed_later(of, why);
}

void generator::state::feed_later(talk& of, const error& why) {
  const std::uint64_t pause_ms = std::max<std::uint64_t>(why.retry_after_ms, pause_ms_min);
  users[of.from].wait_timer = world.after(pause_ms, [this, &of] { feed(of); });
}

void generator::state::on_opened(talk& of, const chat_info& chat) {
  of.chat = chat.id;
  const auto [known, is_new] = chats.try_emplace(chat.id, 0);
  if (is_new) {
    known->second = judge.add_chat(name_of(of.from) + " and " + name_of(of.to), chat.last_seq);
    chat_readers.push_back({chat.id, of.from});
  }
  of.index = judge.add_conversation(known->second, name_of(of.from) + " to " + name_of(of.to));
  if (talks_by_index.size() <= of.index) talks_by_index.resize(of.index + 1);
  talks_by_index[of.index] = &of;
  if (users[of.to].ever_listened()) judge.reader_listens(of.index);
  of.open = true;
  if (plan.sealed) return make_key(of);
  end_opening(of);
  feed(of);
}

/// Made beside the loop, because it takes two milliseconds; stored at the server before it is used,
/// as clients do.
void generator::state::make_key(talk& of) {
  of.making_key = true;
  const kept_account& from = book->accounts()[of.from];
  const kept_account& to = book->accounts()[of.to];
  chat_key_about about;
  about.chat = of.chat;
  about.epoch =
      epoch_id(users[of.from].engine() != nullptr ? uuid(users[of.from].engine()->make_message_id())
                                                  : uuid{});
  about.maker = from.id;
  about.made_at_ms = world.unix_ms();
  if (!of.keys.empty()) {
    about.previous_epoch = of.keys.back().epoch();
    about.previous_count = messages_per_epoch_max;
  }
  const auto made = std::make_shared<outcome<made_chat_key>>(fail(errc::internal));
  world.run_aside(
      [made, about, from, to, from_identity = book->identity(from.identity),
       to_identity = book->identity(to.identity).public_half()] {
        *made = make_key_for(about, from.id, from_identity, to.id, to_identity);
      },
      [this, &of, made, guard = std::weak_ptr<int>(alive)] {
        if (guard.expired() || now == stage::over) return;
        client::engine* const engine = users[of.from].engine();
        if (!*made || engine == nullptr) {
          of.making_key = false;
          if (!*made) return on_not_opened(of, made->error());
          return end_opening(of);  // has left: the next message makes another
        }
        engine->ask_for<done>(put_chat_key{(*made)->record},
                              [this, &of, made](const outcome<done>& stored) {
                                if (now == stage::over) return;
                                of.making_key = false;
                                if (stored) return on_key_stored(of, std::move((*made)->key));
                                on_not_opened(of, stored.error());
                              });
      });
}

void generator::state::on_key_stored(talk& of, chat_key key) {
  of.next_key = std::move(key);
  end_opening(of);
  feed(of);
}

/// Sends what can be sent now.
void generator::state::feed(talk& of) {
  if (!of.open) {
    if (!of.opening) open(of);
    return;
  }
  if (of.opening || now == stage::over || users[of.from].engine() == nullptr) return;
  const bool closed = of.keeps_sending && plan.arrives != arrival_kind::messages;
  const bool writes = closed && now == stage::running && !interrupted;
  while (!of.waiting.empty() || (writes && of.under_way < of.window)) {
    if (writes && of.waiting.empty() && now_ns() >= end_ns()) return;
    if (plan.sealed) {
      if (of.needs_key()) make_key(of);
      if (!of.can_seal()) return;
    }
    if (of.waiting.empty()) {
      write(of, {now_ns(), {}, 0, {}});
      continue;
    }
    talk::planned next = std::move(of.waiting.front());
    of.waiting.pop_front();
    write(of, std::move(next));
  }
}

void generator::state::write(talk& of, talk::planned next) {
  virtual_user& who = users[of.from];
  if (who.engine() == nullptr) return;  // has left, and what waited is not written
  const std::uint64_t octets = next.bytes != 0 ? next.bytes : plan.text_bytes;
  std::string text =
      next.text ? std::move(*next.text) : text_of(++of.made, static_cast<std::size_t>(octets));
  const message_id id = judge.next_id(of.index, world.unix_ms());
  if (plan.sealed) {
    auto sealed = of.seal(id, text);
    if (!sealed) return on_not_written(who, next.turn, sealed.error().code);
    text = std::move(*sealed);
  }
  const bool counted = is_measured(next.ns);
  const std::uint32_t number = judge.sent(of.index, id, digest_of(text), next.ns, counted);
  ++of.under_way;
  ++row.sent;
  if (counted) ++all.sent;
  auto then = [this, index = of.index, number, given_ns = next.ns,
               turn = next.turn](const outcome<message_sent>& answered) {
    on_answered(index, number, given_ns, turn, answered);
  };
  if (plan.sealed) {
    who.engine()->send_sealed(of.chat, std::move(text), std::move(then), id);
  } else {
    who.engine()->send_text(of.chat, std::move(text), std::move(then), id);
  }
}

/// What came too late for one call of a story is not the answer to its next.
bool generator::state::is_waited_for(const virtual_user& who, std::optional<std::uint32_t> turn) {
  return turn && who.wait == waiting::answer && who.turn == *turn;
}

void generator::state::count_failure(errc code) {
  all.count_error(code);
  ++row.errors;
}

void generator::state::on_not_written(virtual_user& who, std::optional<std::uint32_t> turn,
                                      errc code) {
  if (is_waited_for(who, turn)) return fail_story_call(who, code);
  count_failure(code);
}

void generator::state::on_answered(std::uint32_t index, std::uint32_t number,
                                   std::uint64_t given_ns, std::optional<std::uint32_t> turn,
                                   const outcome<message_sent>& answered) {
  if (now == stage::over) return;
  talk& of = *talks_by_index[index];
  virtual_user& who = users[of.from];
  if (answered) {
    const auto told = judge.acknowledged(index, number, answered->seq);
    const std::uint64_t time = now_ns();
    ++row.acknowledged;
    ++all.acknowledged_ever;
    if (is_measured(time)) ++all.acknowledged_meanwhile;
    if (told.counted) {
      ++all.acknowledged;
      all.acknowledging.record((time - given_ns) / ns_per_us);
    }
    if (!judge.has_reader(index)) on_came(of);
    if (is_waited_for(who, turn)) answer(who, {static_cast<double>(answered->seq)});
    return;
  }
  const errc code = answered.error().code;
  judge.refused(index, number, code != errc::link_closed);
  if (of.under_way > 0) --of.under_way;
  if (code == errc::link_closed) return;  // whoever wrote has left
  if (is_waited_for(who, turn)) return fail_story_call(who, code);
  count_failure(code);
  if (!of.keeps_sending || plan.arrives == arrival_kind::messages) return;
  feed_later(of, answered.error());
}

/// One of those under way has reached its reader.
void generator::state::on_came(talk& of) {
  if (of.under_way > 0) --of.under_way;
  if (of.keeps_sending) feed(of);
}

void generator::state::on_message(virtual_user& who, const client::message_event& event) {
  if (now == stage::over) return;
  // One's own, sent by an engine that was cut off: to the present one that is another device.
  if (event.stored.sender == book->accounts()[who.number()].id) return;
  const auto told = judge.delivered(event.stored, digest_of(event.stored.body));
  if (!told.mine || told.conversation >= talks_by_index.size()) return;
  talk& of = *talks_by_index[told.conversation];
  std::string text;
  if (event.stored.content == content_type::sealed) {
    if (auto opened = of.open_sealed(event.stored)) {
      if (*opened) {
        text = std::move(**opened);
      } else {
        judge.not_opened(event.stored, to_text(opened->error()));
      }
    }
  } else {
    text = event.stored.body;
  }
  if (told.first) {
    const std::uint64_t time = now_ns();
    const std::uint64_t us = (time - std::min(time, told.planned_ns)) / ns_per_us;
    ++row.delivered;
    if (is_measured(time)) ++all.delivered_meanwhile;
    if (told.planned_ns != 0) row.latency.record(us);
    if (told.counted) {
      ++all.delivered;
      all.latency.record(us);
    }
  }
  on_came(of);
  if (who.wait != waiting::end) {
    who.inbox.push_back({event.from, std::move(text), event.stored.seq});
    if (who.inbox.size() > virtual_user::inbox_max) who.inbox.pop_front();
  }
  if (who.wait != waiting::message) return;
  if (auto there = look_into_inbox(who)) answer(who, *there);
}

void generator::state::on_broadcast(virtual_user& who, const client::broadcast_event& event) {
  if (now == stage::over) return;
  const auto told = home.delivered(who.number(), event.stored);
  if (!told.mine) return;
  const std::uint64_t time = now_ns();
  if (is_measured(time)) ++all.broadcast_deliveries;
  if (is_measured(told.planned_ns)) all.broadcast.record((time - told.planned_ns) / ns_per_us);
}

}  // namespace uod::load
