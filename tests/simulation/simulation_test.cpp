#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "tests/simulation/world.hpp"

/// Whole worlds under virtual time: the real node and real clients over links that delay, cut,
/// drop and overtake each other. Every world comes from a seed. UOD_SEED runs one again,
/// UOD_SEEDS another number of them.
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

void live_and_check(std::uint64_t seed) {
  uod::simulation::world world(seed);
  world.live();
  const auto broken = world.broken_promises();
  for (const auto& promise : broken) {
    BOOST_ERROR("seed " << seed << ": " << promise << "   (UOD_SEED=" << seed << " runs it again)");
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_promises_hold_in_every_world) {
  if (const auto seed = number_from("UOD_SEED", 0)) return live_and_check(seed);
  const auto worlds = number_from("UOD_SEEDS", 1000);
  std::cout << "seeds 1 to " << worlds << std::endl;
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) live_and_check(seed);
}
