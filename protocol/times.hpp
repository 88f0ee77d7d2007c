#pragma once

#include <cstdint>
#include <string>

/// Times for people, in UTC. Pure.
namespace uod {

/// `2026-01-31 12:00:00 UTC`: the first whole second that is not before this moment, so that
/// whoever is told to wait until then does not come too early.
std::string time_for_people(std::uint64_t unix_ms);

}  // namespace uod
