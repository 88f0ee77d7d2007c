#include "client/engine/trusted_context.hpp"

#include <vector>

namespace uod::client {
namespace {

/// Enough for the servers of one configuration, each with its own pin.
constexpr std::size_t remembered_max = 8;

struct remembered {
  tls_trust trust;
  std::weak_ptr<const tls_context> context;
};

}  // namespace

outcome<std::shared_ptr<const tls_context>> trusted_context(const tls_trust& trust) {
  thread_local std::vector<remembered> known;
  std::erase_if(known, [](const remembered& each) { return each.context.expired(); });
  for (const auto& each : known) {
    if (each.trust != trust) continue;
    if (auto context = each.context.lock()) return context;
  }
  auto made = tls_context::client(trust);
  if (!made) return tl::unexpected(made.error());
  auto shared = std::make_shared<const tls_context>(std::move(*made));
  if (!trust.ca_file && known.size() < remembered_max) known.push_back({trust, shared});
  return shared;
}

}  // namespace uod::client
