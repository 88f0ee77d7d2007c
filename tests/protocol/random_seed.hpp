#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace uod::tests {

/// The seed of a test that draws at random, printed: UOD_TEST_SEED=… repeats a run.
inline std::uint64_t random_seed(const char* test) {
  const char* given = std::getenv("UOD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::printf("%s: UOD_TEST_SEED=%llu\n", test, static_cast<unsigned long long>(seed));
  return seed;
}

/// A number from `least` to `most`, both included.
inline std::size_t draw(std::mt19937_64& engine, std::size_t least, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>{least, most}(engine);
}

}  // namespace uod::tests
