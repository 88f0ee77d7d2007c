#include "client/load/scenario.hpp"

namespace uod::load {

std::uint32_t scenario_plan::turn() const {
  std::uint32_t all = 0;
  for (const auto& each : roles) all += each.weight;
  return all;
}

std::pair<std::size_t, std::uint32_t> scenario_plan::role_of(std::uint32_t user) const {
  std::uint32_t place = user % turn();
  const std::uint32_t turns = user / turn();
  for (std::size_t at = 0; at < roles.size(); ++at) {
    if (place < roles[at].weight) return {at, turns * roles[at].weight + place};
    place -= roles[at].weight;
  }
  return {0, 0};  // weights add up to a turn
}

std::optional<std::uint32_t> scenario_plan::user_of(std::size_t wanted,
                                                    std::uint32_t number) const {
  std::uint32_t before = 0;
  for (std::size_t at = 0; at < wanted; ++at) before += roles[at].weight;
  const std::uint32_t weight = roles[wanted].weight;
  const std::uint32_t rest = users % turn();
  const std::uint32_t in_rest = rest <= before ? 0 : std::min(weight, rest - before);
  const std::uint32_t people = users / turn() * weight + in_rest;
  if (people == 0) return std::nullopt;
  number %= people;
  return number / weight * turn() + before + number % weight;
}

double scenario_plan::measured_s() const {
  double all = 0;
  for (const auto& each : phases) all += each.measured ? each.seconds : 0;
  return all;
}

}  // namespace uod::load
