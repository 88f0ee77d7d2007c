#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/process/house.hpp"
#include "tests/process/must.hpp"
#include "tests/support/plain_http.hpp"

/// A node that is watched, as monitoring sees it.
namespace uod::process {

/// What a configuration has to hold for it.
inline const std::string watched_config = "[metrics]\nlisten = \"127.0.0.1:0\"\n";

inline std::string word_behind(const std::string& text, const std::string& key) {
  const auto at = text.find(key);
  must(at != std::string::npos, key + " is not in: " + text);
  const auto begin = at + key.size();
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

inline std::uint16_t metrics_port(const server& of) {
  return test::port_of(word_behind(of.log(), "metrics.ready address="));
}

/// The value of a metric, named as Prometheus does, labels and all.
inline std::string metric(const server& of, const std::string& name) {
  return word_behind(test::http_get(metrics_port(of), "/metrics").body, "\n" + name + " ");
}

/// Waits until it has this value.
inline void await_metric(const server& of, const std::string& name, const std::string& value) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms_max);
  std::string now;
  while ((now = metric(of, name)) != value) {
    must(std::chrono::steady_clock::now() < late, name + " stays " + now);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it looks no more often
  }
}

}  // namespace uod::process
