#pragma once

#include <functional>
#include <memory>

#include "actors/node_context.hpp"

namespace uod {

/// The way in, as the supervisor sees it. Thread-safe.
class gate {
 public:
  virtual ~gate() = default;
  virtual void stop_accepting() = 0;
  /// Sends every session `close_session`; connections without one are cut.
  virtual void close_all(const error& why) = 0;
  [[nodiscard]] virtual std::size_t open_connections() const = 0;
};

struct supervisor_state {
  static inline const char* name = "supervisor";

  std::shared_ptr<node_context> node;
  std::shared_ptr<gate> way_in;
  std::function<void(std::string)> on_failure;
  std::unordered_map<caf::actor_id, std::string> essential;
  caf::typed_response_promise<node_drained> drained;
  bool draining = false;
  std::uint32_t checks_left = 0;
};

/// Watches over the actors that a node cannot be without, and takes the node down in order. An
/// essential actor that dies is not started again in place: `on_failure` ends the node, whose
/// restart is the one recovery that is always exercised, and loses nothing that was acknowledged.
supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, std::shared_ptr<node_context> node,
    std::shared_ptr<gate> way_in, std::function<void(std::string)> on_failure);

}  // namespace uod
