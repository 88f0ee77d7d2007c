#pragma once

#include <cstdint>
#include <string>

/// Times for people, in UTC. Pure.
namespace uod {

/// `2026-01-31 12:00 UTC`.
std::string time_for_people(std::uint64_t unix_ms);

}  // namespace uod
