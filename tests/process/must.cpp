#include "tests/process/must.hpp"

namespace uod::process {

void give_up(const std::string& why, const char* file, int line) {
  throw harness_failure(std::string(file) + ":" + std::to_string(line) + ": " + why);
}

void must(bool holds, const std::string& why, const char* file, int line) {
  if (!holds) give_up(why, file, line);
}

}  // namespace uod::process
