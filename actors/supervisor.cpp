#include "actors/supervisor.hpp"

#include <unordered_map>

#include "actors/log.hpp"

namespace uod {
namespace {

using self_pointer = supervisor_actor::stateful_pointer<supervisor_state>;

/// How often a draining node looks whether the last session has ended.
constexpr std::uint32_t drain_check_ms = 20;

template <class Handle>
void watch(self_pointer self, const Handle& essential, std::string name) {
  self->state.essential[essential->id()] = std::move(name);
  self->monitor(essential);
}

/// The sessions are gone (or out of time): what they submitted is still on its way to the disk.
void finish_stores(self_pointer self, bool whole) {
  auto& node = *self->state.node;
  auto deliver = [self, whole] { self->state.drained.deliver(node_drained{whole}); };
  self->request(node.message_store, caf::infinite, finish_commits{})
      .then(
          [self, deliver](commits_finished) {
            self->request(self->state.node->account_store, caf::infinite, finish_commits{})
                .then([deliver](commits_finished) { deliver(); },
                      [deliver](const caf::error&) { deliver(); });
          },
          [deliver](const caf::error&) { deliver(); });
}

void check_drain(self_pointer self) {
  auto& state = self->state;
  const std::size_t open = state.way_in->open_connections();
  if (open == 0) return finish_stores(self, true);
  if (state.checks_left == 0) {
    log::warning("node.drain_cut_short", {{"connections", open}});
    return finish_stores(self, false);
  }
  --state.checks_left;
  self->delayed_send(self, std::chrono::milliseconds(drain_check_ms), drain_check_due{});
}

}  // namespace

supervisor_actor::behavior_type supervisor(self_pointer self, std::shared_ptr<node_context> node,
                                           std::shared_ptr<gate> way_in,
                                           std::function<void(std::string)> on_failure) {
  auto& state = self->state;
  state.node = std::move(node);
  state.way_in = std::move(way_in);
  state.on_failure = std::move(on_failure);
  watch(self, state.node->message_store, "message store");
  watch(self, state.node->account_store, "account store");
  for (const auto& reader : state.node->readers) watch(self, reader, "store reader");
  watch(self, state.node->authenticator, "authenticator");
  watch(self, state.node->directory, "directory");
  watch(self, state.node->broadcaster, "broadcaster");
  watch(self, state.node->mailer, "mailer");
  watch(self, state.node->file_store, "file store");

  self->set_down_handler([self](const caf::down_msg& down) {
    const auto lost = self->state.essential.find(down.source.id());
    if (lost == self->state.essential.end()) return;
    log::error("actor.lost", {{"actor", lost->second}, {"reason", caf::to_string(down.reason)}});
    if (self->state.on_failure) self->state.on_failure(lost->second);
  });
  return {
      [self](drain_node) -> caf::result<node_drained> {
        auto promise = self->make_response_promise<node_drained>();
        auto& now = self->state;
        if (now.draining) return caf::make_error(caf::sec::runtime_error, "draining already");
        now.draining = true;
        now.node->counters.open_to_people = false;
        now.drained = promise;
        now.checks_left = now.node->config.limits.drain_ms / drain_check_ms;
        log::info("node.draining", {{"connections", now.way_in->open_connections()}});
        now.way_in->stop_accepting();
        now.way_in->close_all(error{errc::going_away, "the server is closing"});
        check_drain(self);
        return promise;
      },
      [self](drain_check_due) { check_drain(self); },
  };
}

}  // namespace uod
