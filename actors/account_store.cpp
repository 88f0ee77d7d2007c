#include "actors/account_store.hpp"

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
  const auto changes = std::exchange(state.changes, {});
  auto promises = std::exchange(state.promises, {});
  auto committed = state.writer->commit(changes);
  if (!committed) {
    log::error("store.commit_failed", {{"error", code_name(committed.error().code)},
                                       {"detail", committed.error().detail},
                                       {"changes", changes.size()}});
  }
  for (std::size_t at = 0; at < promises.size(); ++at) {
    answered<nothing> reply;
    if (!committed) {
      reply.value = tl::unexpected(committed.error());
    } else if (!(*committed)[at]) {
      reply.value = tl::unexpected((*committed)[at].error());
    }
    promises[at].deliver(std::move(reply));
  }
}

}  // namespace

account_store_actor::behavior_type account_store(self_pointer self,
                                                 std::shared_ptr<storage::store> store) {
  auto& state = self->state;
  auto writer = store->make_account_writer();
  if (!writer) {
    log::error("store.writer_failed", {{"detail", to_text(writer.error())}});
    self->quit(caf::exit_reason::unhandled_exception);
    return account_store_actor::behavior_type::make_empty_behavior();
  }
  state.writer = std::move(*writer);

  return {
      [self](change_account& asked) -> caf::result<answered<nothing>> {
        auto promise = self->make_response_promise<answered<nothing>>();
        self->state.changes.push_back(std::move(asked.change));
        self->state.promises.push_back(promise);
        schedule_commit(self);
        return promise;
      },
      [self](commit_due) {
        self->state.commit_scheduled = false;
        if (!self->state.changes.empty()) commit_all(self);
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
