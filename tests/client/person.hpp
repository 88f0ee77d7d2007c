#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/engine/engine.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/toy_server.hpp"

namespace uod::test {

/// Somebody at a client: remembers everything that the engine tells, trusts on first use.
class person final : public client::engine_listener {
 public:
  tls_trust trust_for(const client::endpoint& server) override {
    const auto pinned = pins.find(server);
    return {pinned == pins.end() ? std::nullopt : std::optional(pinned->second), {}, server.host};
  }
  bytes session_for(const client::endpoint& server) override { return sessions[server]; }
  outcome<void> on_fingerprint(const client::endpoint& server, const std::string& key) override {
    pins.emplace(server, key);
    return believes;
  }
  void on_session(const client::endpoint& server, const bytes& session) override {
    sessions[server] = session;
  }
  void on_connection(client::connection_state state, const client::endpoint& server) override {
    connections.push_back(state);
    servers.push_back(server);
  }
  void on_trouble(const error& why) override { troubles.push_back(why); }
  void on_message(const client::message_event& event) override {
    messages.push_back(event);
    if (when_told) when_told(event);
  }
  void on_broadcast(const client::broadcast_event& event) override {
    broadcasts.push_back(event);
    if (when_broadcast) when_broadcast(event);
  }
  void on_set_back() override { ++set_backs; }
  void on_receipt(const client::receipt_event& event) override { receipts.push_back(event); }
  void on_presence(const client::presence_event& event) override { presences.push_back(event); }
  void on_end(const error& why) override { ends.push_back(why); }

  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const auto& each : messages) all.push_back(each.stored.body);
    return all;
  }
  [[nodiscard]] std::vector<std::string> broadcast_texts() const {
    std::vector<std::string> all;
    for (const auto& each : broadcasts) all.push_back(each.stored.body);
    return all;
  }
  [[nodiscard]] std::size_t troubles_of(errc code) const {
    std::size_t count = 0;
    for (const auto& each : troubles) count += each.code == code ? 1U : 0U;
    return count;
  }

  outcome<void> believes;
  std::map<client::endpoint, std::string> pins;
  std::map<client::endpoint, bytes> sessions;
  std::vector<client::connection_state> connections;
  std::vector<client::endpoint> servers;
  std::vector<error> troubles;
  std::vector<client::message_event> messages;
  std::function<void(const client::message_event&)> when_told;
  std::vector<client::broadcast_event> broadcasts;
  std::function<void(const client::broadcast_event&)> when_broadcast;
  std::size_t set_backs = 0;
  std::vector<client::receipt_event> receipts;
  std::vector<client::presence_event> presences;
  std::vector<error> ends;
};

inline const client::endpoint town_hall{"server", 7400};

/// A world with one server at which Alice and Bob have accounts, and Alice's engine.
struct town {
  explicit town(std::uint64_t seed = 1, client::engine_options options = {})
      : world(seed), server(world, town_hall) {
    if (options.servers.empty()) options.servers = {town_hall};
    engine = std::make_unique<client::engine>(std::move(options), world, alice);
  }

  void alice_logs_in() {
    engine->use({alice_home.id, alice_home.device, alice_home.token});
    engine->start();
  }
  bool becomes_ready(std::uint64_t within_ms = 60'000) {
    return world.run_until([&] { return engine->connected(); }, within_ms);
  }

  fake_world world;
  toy_server server;
  toy_server::resident alice_home = server.settle("alice");
  toy_server::resident bob_home = server.settle("bob");
  chat_id chat = server.chat_of(alice_home.id, bob_home.id);
  person alice;
  std::unique_ptr<client::engine> engine;
};

}  // namespace uod::test
