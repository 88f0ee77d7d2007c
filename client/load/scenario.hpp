#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/load/threshold.hpp"

namespace uod::load {

/// A part of a run, with the load that it brings.
struct phase {
  std::string name;
  double seconds = 0;
  double rate = 0;      ///< events a second at its beginning (open model); 0: none
  double rate_end = 0;  ///< and at its end
  bool measured = true;
};

/// People of one kind, each of whom lives the function of this name.
struct role {
  std::string name;
  std::uint32_t weight = 1;  ///< among all roles
};

/// How work arrives.
enum class arrival_kind {
  closed,    ///< each writer keeps `window` messages under way
  messages,  ///< by plan, from all writers in turn, whatever becomes of earlier ones
  stories,   ///< people begin their stories by plan
};

/// What stands at the top of a scenario, with its bounds kept.
struct scenario_plan {
  static constexpr std::uint64_t users_max = 200'000;
  static constexpr double seconds_max = 7 * 24 * 3600.0;
  static constexpr double rate_max = 10'000'000;
  static constexpr std::uint64_t window_max = 1'000;
  static constexpr std::uint64_t text_bytes_max = 16 * 1024 * 1024;  ///< above any server's limit

  std::string name;
  std::string title;
  std::uint32_t users = 0;
  std::vector<role> roles;  ///< by name
  std::vector<phase> phases;
  arrival_kind arrives = arrival_kind::closed;
  std::uint32_t window = 1;
  /// Everybody is logged in and listens before the clock starts; else stories do it.
  bool logged_in_before = true;
  /// A later log-in goes on from an earlier TLS session, as a client does that came back.
  bool tls_resumed = false;
  double think_min_s = 1;
  double think_max_s = 3;
  double drain_s = 30;      ///< for what is on its way at the end
  double connect_rate = 0;  ///< log-ins a second before the clock starts; 0: as fast as it goes
  std::uint64_t text_bytes = 128;
  bool sealed = true;
  std::uint64_t history_checked_max = 500'000;  ///< messages that are read back at the end
  std::vector<threshold> thresholds;

  /// The role of a person, and their number in it; both from 0. Roles take turns by weight.
  [[nodiscard]] std::pair<std::size_t, std::uint32_t> role_of(std::uint32_t user) const;
  /// The person with this number in a role, among the first `users`; people of a role that has
  /// fewer are counted around. Nothing for a role without people.
  [[nodiscard]] std::optional<std::uint32_t> user_of(std::size_t role, std::uint32_t number) const;
  /// After how many people the roles repeat.
  [[nodiscard]] std::uint32_t turn() const;
  [[nodiscard]] double measured_s() const;
};

/// What the command line changes in a scenario's declarations.
struct scenario_changes {
  std::optional<std::uint64_t> users;
  std::optional<double> duration_s;
  std::optional<double> rate;
  double share = 1;  ///< of all rates, where several generators work as one
  std::vector<std::pair<std::string, std::string>> set;  ///< KEY=VALUE
};

}  // namespace uod::load
