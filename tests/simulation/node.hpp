#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <filesystem>
#include <map>
#include <memory>

#include "actors/bridge/connection.hpp"
#include "server/composition.hpp"
#include "tests/simulation/network.hpp"

namespace uod::simulation {

class node_channel;

/// A whole server node without sockets and threads: the real actors, wiring, bridge and SQLite,
/// under virtual time. It can be killed as by kill -9, or drained, and started again on its files.
class node : public gate, public std::enable_shared_from_this<node> {
 public:
  node(virtual_time& time, const std::filesystem::path& database, const tls_identity& identity,
       const server_config& config);
  ~node() override;

  void start();
  /// What was not committed is gone; the clients notice at some time.
  void kill();
  /// SIGTERM: ends by itself a little later.
  void drain();
  [[nodiscard]] bool draining() const { return running() && draining_; }
  [[nodiscard]] bool running() const { return parts_ != nullptr; }

  /// A client's connection arrives. Refused (the link is closed) while the node is down.
  void accept(const std::shared_ptr<link>& incoming);

  /// Lets actors work until nothing is left to do now, in an order drawn by chance.
  void run_actors();
  void advance(std::uint64_t delta_ms);

  // gate
  void stop_accepting() override { accepting_ = false; }
  void close_all(const error& why) override;
  [[nodiscard]] std::size_t open_connections() const override { return connections_.size(); }

  /// The same directory's store, read beside the node.
  [[nodiscard]] std::unique_ptr<storage::reader> open_reader() const;
  [[nodiscard]] const node_counters& counters() const { return counters_; }

 private:
  friend class node_channel;
  class wall : public wall_clock {
   public:
    explicit wall(const virtual_time& time) : time_(time) {}
    [[nodiscard]] std::uint64_t unix_ms() const override { return epoch_ms + time_.now_ms(); }

   private:
    const virtual_time& time_;
  };
  struct settings : actor_settings {
    settings() : actor_settings(server_threads{}) { set("scheduler.policy", caf::atom("testing")); }
  };
  struct running_parts {
    settings config;
    caf::actor_system system{config};
    caf::scheduler::test_coordinator& scheduler =
        dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
    std::shared_ptr<storage::store> store;
    std::shared_ptr<node_context> context;
    supervisor_actor boss;
  };

  void end();
  void tick();

  virtual_time& time_;
  std::filesystem::path database_;
  tls_identity identity_;
  server_config config_;
  wall wall_;
  node_counters counters_;
  tls_context tls_;
  std::unique_ptr<running_parts> parts_;
  std::map<std::uint64_t, std::shared_ptr<connection>> connections_;
  std::uint64_t last_number_ = 0;
  std::uint64_t life_ = 0;  ///< counts starts, so that an earlier life's plans do not touch a later
  bool accepting_ = false;
  bool draining_ = false;
  virtual_time::handle ticking_;
};

}  // namespace uod::simulation
