#include "actors/mailer.hpp"

#include <algorithm>

#include "actors/audit.hpp"
#include "actors/log.hpp"
#include "protocol/times.hpp"

namespace uod {
namespace {

using self_pointer = mailer_actor::stateful_pointer<mailer_state>;
using storage::outbox_mail;
using storage::outbox_row;

void go_on(self_pointer self);

/// The soonest of the looks that were planned counts; those behind it find nothing to do.
void look_after(self_pointer self, std::uint64_t span_ms) {
  auto& state = self->state;
  const std::uint64_t at_ms = state.node->clock.unix_ms() + span_ms;
  if (state.look_at_ms != 0 && state.look_at_ms <= at_ms) return;
  state.look_at_ms = at_ms;
  self->delayed_send(self, std::chrono::milliseconds(span_ms), mail_due{});
}

/// Longer after each attempt, from the first pause to the longest.
std::uint64_t pause_ms(const server_mail& config, std::uint32_t attempts) {
  std::uint64_t pause = config.retry_first_ms;
  for (std::uint32_t step = 0; step < attempts && pause < config.retry_longest_ms; ++step) {
    pause *= 2;
  }
  return std::min<std::uint64_t>(pause, config.retry_longest_ms);
}

/// Times are kept as numbers, and told to people as times: `until_ms` fills `{{until}}`.
mail::fields fields_for(const outbox_mail& mail, const std::string& server) {
  constexpr std::string_view suffix = "_ms";
  mail::fields filled;
  for (const auto& [name, value] : mail.fields) {
    const std::string_view key(name);
    if (key.ends_with(suffix)) {
      filled[name.substr(0, name.size() - suffix.size())] =
          time_for_people(std::strtoull(value.c_str(), nullptr, 10));
    } else {
      filled[name] = value;
    }
  }
  filled["server"] = server;
  return filled;
}

outcome<mail::letter> letter_of(self_pointer self, const outbox_mail& mail) {
  const auto& state = self->state;
  auto rendered = state.equipment.templates->render(
      mail.kind, fields_for(mail, state.node->config.mail.server_name));
  if (!rendered) return tl::unexpected(rendered.error());
  mail::letter letter;
  letter.id = to_text(mail.id);
  letter.to = mail.to;
  letter.subject = std::move(rendered->subject);
  letter.text = std::move(rendered->text);
  letter.html = std::move(rendered->html);
  letter.written_at_ms = mail.written_at_ms;
  return letter;
}

/// What the outbox is to be told of an attempt.
storage::account_change judge(self_pointer self, const outbox_row& row) {
  auto& node = *self->state.node;
  const auto& config = node.config.mail;
  const auto now_ms = node.clock.unix_ms();
  const auto& mail = row.mail;
  const auto id = to_text(mail.id);
  if (mail.expires_at_ms != 0 && mail.expires_at_ms <= now_ms) {
    ++node.counters.mails_expired;
    log::warning("mail.expired", {{"mail", id}, {"kind", mail.kind}, {"attempts", row.attempts}});
    return storage::mail_delivered{mail.id};
  }
  const auto letter = letter_of(self, mail);
  if (!letter) {
    ++node.counters.mails_refused;
    log::error("mail.not_rendered", {{"mail", id}, {"detail", to_text(letter.error())}});
    audit::write("mail.not_rendered", {{"mail", id}, {"detail", to_text(letter.error())}});
    return storage::mail_refused{mail.id, to_text(letter.error())};
  }
  const auto delivery = self->state.equipment.transport->deliver(*letter);
  switch (delivery.how) {
    case mail::verdict::delivered:
      self->state.delivered_kind = mail.kind;
      return storage::mail_delivered{mail.id};
    case mail::verdict::refused:
      ++node.counters.mails_refused;
      log::warning("mail.refused", {{"mail", id}, {"kind", mail.kind}, {"why", delivery.why}});
      audit::write("mail.refused", {{"mail", id}, {"kind", mail.kind}, {"why", delivery.why}});
      return storage::mail_refused{mail.id, delivery.why};
    case mail::verdict::try_again:
      break;
  }
  const auto due_at_ms = now_ms + pause_ms(config, row.attempts);
  if (due_at_ms > mail.written_at_ms + config.give_up_ms) {
    ++node.counters.mails_refused;
    log::warning("mail.given_up", {{"mail", id}, {"kind", mail.kind}, {"why", delivery.why}});
    audit::write("mail.given_up", {{"mail", id}, {"kind", mail.kind}, {"why", delivery.why}});
    return storage::mail_refused{mail.id, delivery.why};
  }
  ++node.counters.mails_postponed;
  const auto how = delivery.misconfigured ? log::level::error : log::level::warning;
  log::write(
      how, delivery.misconfigured ? "mail.transport_failed" : "mail.postponed",
      {{"mail", id}, {"kind", mail.kind}, {"attempts", row.attempts + 1}, {"why", delivery.why}});
  return storage::mail_postponed{mail.id, due_at_ms, delivery.why};
}

/// The store has what was to be said of the mail in hand. Only now it counts as delivered: until
/// then a crash would send it again.
void let_go(self_pointer self) {
  auto& state = self->state;
  if (!state.delivered_kind.empty()) {
    const auto& done = std::get<storage::mail_delivered>(*state.unsettled);
    ++state.node->counters.mails_delivered;
    log::info("mail.delivered", {{"mail", to_text(done.id)}, {"kind", state.delivered_kind}});
    state.delivered_kind.clear();
  }
  state.unsettled.reset();
}

/// Tells the store what became of the mail in hand. Until it has taken that, no other is taken up:
/// so what a store that fails does not know is never more than one mail.
void settle(self_pointer self) {
  auto& state = self->state;
  state.working = true;
  const auto done = [self](bool stored) {
    self->state.working = false;
    if (stored) {
      let_go(self);
      return go_on(self);
    }
    look_after(self, mail_store_retry_ms);
  };
  self->request(state.node->account_store, caf::infinite, change_account{*state.unsettled})
      .then([done](const account_changed& stored) { done(stored.value.has_value()); },
            [done](const caf::error&) { done(false); });
}

/// The mail that has been due longest, as it stands now: one at a time, because a mail that was
/// read ahead could leave after its account was deleted. Nothing when there is none.
std::optional<outbox_row> next_due(self_pointer self, std::uint64_t now_ms) {
  auto& state = self->state;
  auto due = state.reader->due_mails(now_ms, 1);
  if (!due) {
    log::error("mail.outbox_unreadable", {{"detail", to_text(due.error())}});
    look_after(self, mail_store_retry_ms);
    return std::nullopt;
  }
  if (!due->empty()) return std::move(due->front());
  const auto next = state.reader->next_mail_due();
  const std::uint64_t wait_ms = next && *next && **next > now_ms ? **next - now_ms : mail_look_ms;
  look_after(self, std::min(wait_ms, mail_look_ms));
  return std::nullopt;
}

/// Takes up the next mail that is due; when there is none, sleeps until there may be.
void go_on(self_pointer self) {
  auto& state = self->state;
  if (state.working) return;
  if (state.unsettled) return settle(self);
  if (state.stopped.pending()) state.stopped.deliver(mailing_stopped{});
  if (state.stopping) return;
  const auto now_ms = state.node->clock.unix_ms();
  if (now_ms < state.allowance_at_ms) return look_after(self, state.allowance_at_ms - now_ms);
  const auto row = next_due(self, now_ms);
  if (!row) return;
  state.allowance_at_ms = std::max(state.allowance_at_ms, now_ms > 1'000 ? now_ms - 1'000 : 0) +
                          60'000 / state.node->config.mail.per_minute_max;
  state.unsettled = judge(self, *row);
  settle(self);
}

}  // namespace

mailer_actor::behavior_type mailer(self_pointer self, std::shared_ptr<node_context> node,
                                   std::shared_ptr<storage::store> store,
                                   mail_equipment equipment) {
  auto& state = self->state;
  state.node = std::move(node);
  state.equipment = std::move(equipment);
  auto reader = store->make_reader();
  if (!reader) {
    log::error("store.reader_failed", {{"detail", to_text(reader.error())}});
    self->quit(caf::exit_reason::unhandled_exception);
    return mailer_actor::behavior_type::make_empty_behavior();
  }
  state.reader = std::move(*reader);
  // What an earlier life of this node has left.
  self->send(self, mail_queued{});
  return {
      [self](mail_queued) { go_on(self); },
      [self](mail_due) {
        auto& now = self->state;
        if (now.node->clock.unix_ms() < now.look_at_ms) return;  // a sooner one took its place
        now.look_at_ms = 0;
        go_on(self);
      },
      [self](stop_mailing) -> caf::result<mailing_stopped> {
        auto& now = self->state;
        now.stopping = true;
        now.stopped = self->make_response_promise<mailing_stopped>();
        auto promise = now.stopped;
        go_on(self);
        return promise;
      },
  };
}

}  // namespace uod
