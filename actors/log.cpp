#include "actors/log.hpp"

#include <atomic>

namespace uod::log {
namespace {

std::atomic<sink*> installed{nullptr};

}  // namespace

void install(sink* where) { installed.store(where); }

void write(level how, std::string_view event, std::initializer_list<field> fields) {
  if (sink* const where = installed.load()) where->write(how, event, fields);
}

}  // namespace uod::log
