#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/load/histogram.hpp"
#include "client/load/oracle.hpp"

namespace uod::load {

/// What happened in one second of a run.
struct second_row {
  double at_s = 0;  ///< its end, from the beginning of the clock
  bool measured = false;
  std::string phase;
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t delivered = 0;
  std::uint64_t logins = 0;
  std::uint64_t errors = 0;
  std::uint64_t connected = 0;  ///< at its end
  histogram latency;            ///< of messages delivered in it; of log-ins where there were none
  double server_cpu = 0;        ///< of one core
  double server_rss_kb = 0;
  double generator_cpu = 0;

  void merge(const second_row& other);
};

/// All that one generator counts. Those of several are merged by adding. Messages count where the
/// instant that they were planned for is measured; rates where something happened.
struct measurements {
  std::uint64_t users = 0;
  double seconds = 0;  ///< that were measured
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t delivered = 0;
  std::uint64_t acknowledged_meanwhile = 0;  ///< within the measured time
  std::uint64_t delivered_meanwhile = 0;
  std::uint64_t logins = 0;
  std::uint64_t stories = 0;
  std::uint64_t history_pages = 0;
  std::uint64_t history_messages = 0;
  std::uint64_t broadcasts = 0;
  std::uint64_t broadcast_deliveries = 0;
  std::uint64_t disconnects = 0;
  std::uint64_t connected_max = 0;
  std::uint64_t acknowledged_ever = 0;  ///< warm-up and all
  double reconnect_s = 0;               ///< the longest until everybody was back
  double cpu_s = 0;                     ///< of the generator, in the measured time
  double own_rss_kb = 0;                ///< at the end of the clock
  double own_rss_kb_before = 0;
  histogram latency;
  histogram acknowledging;
  histogram login;
  histogram history;
  histogram broadcast;
  std::map<std::string, std::uint64_t> errors;  ///< by the stable names of errors
  verdict found;
  bool interrupted = false;
  std::string trouble;          ///< why it ended early; empty: it did not
  std::optional<error> broken;  ///< the same
  bool server_lost = false;

  void count_error(errc code) { ++errors[std::string(code_name(code))]; }
  [[nodiscard]] std::uint64_t errors_count() const;
  void merge(const measurements& other);
};

nlohmann::json to_json_value(const second_row& from);
outcome<second_row> second_row_from(const nlohmann::json& value);
nlohmann::json to_json_value(const measurements& from);
/// The way back. Error: `malformed`.
outcome<measurements> measurements_from(const nlohmann::json& value);

}  // namespace uod::load
