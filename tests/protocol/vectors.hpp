#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

/// The published test vectors under tests/vectors.
namespace uod::tests {

inline nlohmann::json read_vectors(const std::string& file) {
  std::ifstream stream{std::string{UOD_SOURCE_DIR} + "/tests/vectors/" + file};
  if (!stream) throw std::runtime_error("cannot read tests/vectors/" + file);
  return nlohmann::json::parse(stream);
}

}  // namespace uod::tests
