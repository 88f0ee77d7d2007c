#include "server/node_host.hpp"

#include <utility>

namespace uod {
namespace {

class node_host final : public administration_host {
 public:
  node_host(caf::actor_system& system, std::shared_ptr<node_context> node,
            std::unique_ptr<storage::reader> reader)
      : system_(system), node_(std::move(node)), reader_(std::move(reader)) {}

  outcome<storage::change_result> change(storage::account_change wanted) override {
    caf::scoped_actor self(system_);
    outcome<storage::change_result> result = fail(errc::going_away, "the node is ending");
    self->request(node_->account_store, caf::infinite, change_account{std::move(wanted)})
        .receive([&](account_changed& stored) { result = std::move(stored.value); },
                 [](const caf::error&) {});
    return result;
  }

  storage::reader& reads() override { return *reader_; }

  void end_sessions(const account_id& whose, const error& why) override {
    caf::anon_send(node_->authenticator, end_sessions_of{whose, why});
    caf::anon_send(node_->file_store, remove_files{});
  }

  outcome<std::unique_ptr<trace_watch>> trace(const trace_wanted& wanted) override {
    return node_->traces.arm(wanted);
  }

  std::uint64_t now_ms() override { return node_->clock.unix_ms(); }

  void audit(std::string_view event, std::span<const audit::field> fields) override {
    audit::write(event, fields);
  }

 private:
  caf::actor_system& system_;
  std::shared_ptr<node_context> node_;
  std::unique_ptr<storage::reader> reader_;
};

}  // namespace

outcome<std::unique_ptr<administration_host>> make_node_host(caf::actor_system& system,
                                                             std::shared_ptr<node_context> node,
                                                             storage::store& store) {
  auto reader = store.make_reader();
  if (!reader) return tl::unexpected(reader.error());
  return std::make_unique<node_host>(system, std::move(node), std::move(*reader));
}

}  // namespace uod
