#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

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

/// Looks until all is well: `look` gives what is not, or nothing.
template <class Look>
void await(Look look) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms_max);
  while (const std::optional<std::string> wrong = look()) {
    must(std::chrono::steady_clock::now() < late, *wrong);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it looks no more often
  }
}

/// Waits until a metric has this value.
inline void await_metric(const server& of, const std::string& name, const std::string& value) {
  await([&]() -> std::optional<std::string> {
    const auto now = metric(of, name);
    if (now == value) return std::nullopt;
    return name + " stays " + now;
  });
}

/// What a node's process has open, by name; what is closed while this looks is left out.
inline std::vector<std::string> descriptors(server& of) {
  std::vector<std::string> found;
  const auto all = "/proc/" + std::to_string(of.process().pid()) + "/fd";
  for (const auto& each : std::filesystem::directory_iterator(all)) {
    std::error_code closed;
    const auto name = std::filesystem::read_symlink(each.path(), closed);
    if (!closed) found.push_back(name.string());
  }
  return found;
}

/// Waits until it has no more open than this: a mail that is just being written, or whoever just
/// read the metrics, is still there for a moment.
inline void await_descriptors(server& of, std::size_t max_count) {
  await([&]() -> std::optional<std::string> {
    const auto open = descriptors(of);
    if (open.size() <= max_count) return std::nullopt;
    std::string names = "more than " + std::to_string(max_count) + " descriptors stay open:";
    for (const auto& each : open) names += "\n  " + each;
    return names;
  });
}

}  // namespace uod::process
