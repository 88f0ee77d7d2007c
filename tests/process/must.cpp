#include "tests/process/must.hpp"

namespace uod::process {

void give_up(const std::string& why, std::source_location where) {
  throw harness_failure(std::string(where.file_name()) + ":" + std::to_string(where.line()) + ": " +
                        why);
}

void must(bool holds, const std::string& why, std::source_location where) {
  if (!holds) give_up(why, where);
}

}  // namespace uod::process
