#include "actors/audit.hpp"

#include <atomic>

namespace uod::audit {
namespace {

std::atomic<sink*> installed{nullptr};

}  // namespace

void install(sink* where) { installed.store(where); }

void write(std::string_view event, std::span<const field> fields) {
  if (sink* const where = installed.load()) where->write(event, fields);
}

}  // namespace uod::audit
