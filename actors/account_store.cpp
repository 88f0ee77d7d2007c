#include "actors/account_store.hpp"

#include <algorithm>
#include <iterator>

#include "actors/log.hpp"

namespace uod {
namespace {

using self_pointer = account_store_actor::stateful_pointer<account_store_state>;

void schedule_commit(self_pointer self) {
  if (self->state.commit_scheduled) return;
  self->state.commit_scheduled = true;
  self->send(self, commit_due{});  // behind everything that waits now; see the message store
}

void commit_all(self_pointer self) {
  auto& state = self->state;
  auto changes = std::exchange(state.changes, {});
  // Behind those that somebody waits for.
  std::ranges::move(std::exchange(state.last_seen, {}), std::back_inserter(changes));
  auto promises = std::exchange(state.promises, {});
  commit_span span(state.node->counters.accounts, changes.size());
  auto committed = state.writer->commit(changes);
  span.end(committed.has_value());
  if (!committed) {
    log::error("store.commit_failed", {{"error", code_name(committed.error().code)},
                                       {"detail", committed.error().detail},
                                       {"changes", changes.size()}});
  }
  std::uint32_t queued = 0;
  std::uint32_t dropped = 0;
  for (std::size_t at = 0; at < promises.size(); ++at) {
    account_changed reply;
    if (committed) {
      reply.value = std::move((*committed)[at]);
    } else {
      reply.value = tl::unexpected(committed.error());
    }
    if (reply.value) {
      queued += reply.value->mails_queued;
      dropped += reply.value->mails_dropped;
    }
    promises[at].deliver(std::move(reply));
  }
  state.node->counters.mails_queued += queued;
  state.node->counters.mails_dropped += dropped;
  if (dropped > 0) log::error("mail.outbox_full", {{"dropped", dropped}});
  if (queued > 0) self->send(state.node->mailer, mail_queued{});
}

void note(self_pointer self, const storage::touch& seen) {
  auto& state = self->state;
  state.last_seen.push_back(seen);
  if (state.last_seen.size() >= last_seen_max) return schedule_commit(self);
  if (std::exchange(state.last_seen_scheduled, true)) return;
  self->delayed_send(self, std::chrono::milliseconds(last_seen_delay_ms), last_seen_due{});
}

}  // namespace

account_store_actor::behavior_type account_store(self_pointer self,
                                                 std::shared_ptr<node_context> node,
                                                 std::shared_ptr<storage::store> store) {
  auto& state = self->state;
  state.node = std::move(node);
  auto writer = store->make_account_writer();
  if (!writer) {
    log::error("store.writer_failed", {{"detail", to_text(writer.error())}});
    self->quit(caf::exit_reason::unhandled_exception);
    return account_store_actor::behavior_type::make_empty_behavior();
  }
  state.writer = std::move(*writer);

  return {
      [self](change_account& asked) -> caf::result<account_changed> {
        auto promise = self->make_response_promise<account_changed>();
        self->state.changes.push_back(std::move(asked.change));
        self->state.promises.push_back(promise);
        schedule_commit(self);
        return promise;
      },
      [self](const note_last_seen& noted) { note(self, noted.seen); },
      [self](last_seen_due) {
        self->state.last_seen_scheduled = false;
        if (!self->state.last_seen.empty()) schedule_commit(self);
      },
      [self](commit_due) {
        auto& now = self->state;
        now.commit_scheduled = false;
        if (!now.changes.empty() || !now.last_seen.empty()) commit_all(self);
        for (auto& finisher : std::exchange(self->state.finishers, {})) {
          finisher.deliver(commits_finished{});
        }
      },
      [self](finish_commits) -> caf::result<commits_finished> {
        auto promise = self->make_response_promise<commits_finished>();
        self->state.finishers.push_back(promise);
        schedule_commit(self);
        return promise;
      },
  };
}

}  // namespace uod
