#include "actors/message_store.hpp"

#include <unordered_map>

#include "actors/log.hpp"

namespace uod {
namespace {

using self_pointer = message_store_actor::stateful_pointer<message_store_state>;
using waiting_changes = std::vector<message_store_state::waiting_change>;

/// The answers to one commit, gathered by session, so that each gets one message.
class settlement {
 public:
  void add(const session_actor& to, std::uint32_t request,
           outcome<storage::message_result> result) {
    auto [at, fresh] = index_.try_emplace(to->id(), parts_.size());
    if (fresh) parts_.push_back({to, {}});
    parts_[at->second].settled.changes.push_back({request, std::move(result)});
  }

  void send(self_pointer self) {
    for (auto& part : parts_) self->send(part.to, std::move(part.settled));
  }

 private:
  struct addressed {
    session_actor to;
    changes_settled settled;
  };
  std::vector<addressed> parts_;
  std::unordered_map<caf::actor_id, std::size_t> index_;
};

void settle_failure(self_pointer self, const waiting_changes& batch, const error& why) {
  auto& state = self->state;
  log::error("store.commit_failed",
             {{"error", code_name(why.code)}, {"detail", why.detail}, {"changes", batch.size()}});
  settlement answers;
  for (const auto& item : batch) {
    answers.add(item.from, item.change.request, tl::unexpected(why));
  }
  answers.send(self);
  state.node->room.give_back(batch.size());
}

void settle(self_pointer self, const waiting_changes& batch,
            std::vector<outcome<storage::message_result>> results) {
  auto& node = *self->state.node;
  settlement answers;
  auto commit = std::make_shared<committed_messages>();
  std::vector<session_actor> origins;
  std::vector<announce_marks> marks;
  announce_broadcasts home;
  for (std::size_t at = 0; at < batch.size(); ++at) {
    const auto& item = batch[at];
    if (results[at]) {
      if (const auto* stored = std::get_if<storage::message_stored>(&*results[at])) {
        if (stored->repeated) {
          ++node.counters.messages_repeated;
        } else {
          commit->messages.push_back(*stored);
          origins.push_back(item.from);
        }
      } else if (const auto* moved = std::get_if<storage::mark_stored>(&*results[at])) {
        const auto& mark = std::get<storage::new_mark>(item.change.change);
        if (moved->changed) marks.push_back({*moved, mark.chat, mark.account, item.from});
      } else if (const auto* sent = std::get_if<storage::broadcast_stored>(&*results[at])) {
        if (!sent->repeated) home.broadcasts.push_back(sent->stored);
      }
    }
    answers.add(item.from, item.change.request, std::move(results[at]));
  }
  ++node.counters.commits;
  node.counters.messages_stored += commit->messages.size();
  // Acknowledged first: the sender's round trip is what people wait for.
  answers.send(self);
  node.room.give_back(batch.size());
  if (!commit->messages.empty()) {
    self->send(node.directory, announce_messages{std::move(commit), std::move(origins)});
  }
  for (auto& moved : marks) self->send(node.directory, std::move(moved));
  if (!home.broadcasts.empty()) self->send(node.broadcaster, std::move(home));
}

void trace_taken(self_pointer self, const submit_changes& submitted) {
  for (const auto& each : submitted.changes) {
    if (const auto* sent = std::get_if<storage::new_message>(&each.change)) {
      self->state.node->traces.note(sent->id, trace_point::store_took);
    }
  }
}

/// Tells traces of a commit, if any is armed when it begins.
class traced_commit {
 public:
  traced_commit(trace_board& board, const std::vector<storage::message_change>& changes)
      : board_(board) {
    if (!board.armed()) return;
    for (std::size_t at = 0; at < changes.size(); ++at) {
      const auto* sent = std::get_if<storage::new_message>(&changes[at]);
      if (sent == nullptr) continue;
      const auto traced =
          board.note(sent->id, trace_point::commit_begun, {.count = changes.size()});
      if (traced != 0) messages_.emplace_back(at, sent->id);
    }
  }

  using results = outcome<std::vector<outcome<storage::message_result>>>;
  void end(const results& committed) {
    for (const auto& [at, id] : messages_) {
      const error* why = !committed          ? &committed.error()
                         : !(*committed)[at] ? &(*committed)[at].error()
                                             : nullptr;
      if (why != nullptr) {
        board_.note(id, trace_point::refused, {.detail = code_name(why->code)});
      } else if (const auto* stored = std::get_if<storage::message_stored>(&*(*committed)[at])) {
        board_.note(id, stored->repeated ? trace_point::repeated : trace_point::commit_ended,
                    {.count = stored->stored.seq});
      }
    }
  }

 private:
  trace_board& board_;
  std::vector<std::pair<std::size_t, message_id>> messages_;
};

void schedule_commit(self_pointer self) {
  if (self->state.commit_scheduled) return;
  self->state.commit_scheduled = true;
  // It comes to stand behind everything that is in the mailbox now: so the batch forms by itself,
  // and nobody waits for a timer.
  self->send(self, commit_due{});
}

void commit_batch(self_pointer self) {
  auto& state = self->state;
  waiting_changes batch = std::exchange(state.waiting, {});
  if (batch.size() > commit_changes_max) {
    const auto rest = batch.begin() + static_cast<std::ptrdiff_t>(commit_changes_max);
    state.waiting.assign(std::make_move_iterator(rest), std::make_move_iterator(batch.end()));
    batch.erase(rest, batch.end());
  }
  std::vector<storage::message_change> changes;
  changes.reserve(batch.size());
  for (auto& item : batch) {
    // A mark's chat and account are needed again for the announcement; bodies are not.
    if (std::holds_alternative<storage::new_message>(item.change.change)) {
      changes.push_back(std::move(item.change.change));
    } else {
      changes.push_back(item.change.change);
    }
  }
  traced_commit traced(state.node->traces, changes);
  commit_span span(state.node->counters.messages, batch.size());
  auto committed = state.writer->commit(std::move(changes), state.node->clock.unix_ms());
  span.end(committed.has_value());
  traced.end(committed);
  if (committed) {
    settle(self, batch, std::move(*committed));
  } else {
    settle_failure(self, batch, committed.error());
  }
}

}  // namespace

message_store_actor::behavior_type message_store(self_pointer self,
                                                 std::shared_ptr<node_context> node,
                                                 std::shared_ptr<storage::store> store) {
  auto& state = self->state;
  state.node = std::move(node);
  auto writer = store->make_message_writer();
  if (!writer) {
    log::error("store.writer_failed", {{"detail", to_text(writer.error())}});
    self->quit(caf::exit_reason::unhandled_exception);
    return message_store_actor::behavior_type::make_empty_behavior();
  }
  state.writer = std::move(*writer);

  return {
      [self](submit_changes& submitted) {
        auto& waiting = self->state.waiting;
        if (self->state.node->traces.armed()) trace_taken(self, submitted);
        for (auto& change : submitted.changes) {
          waiting.push_back({submitted.from, std::move(change)});
        }
        schedule_commit(self);
      },
      [self](commit_due) {
        auto& now = self->state;
        now.commit_scheduled = false;
        if (!now.waiting.empty()) commit_batch(self);
        if (!now.waiting.empty()) return schedule_commit(self);
        for (auto& finisher : std::exchange(now.finishers, {})) {
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
