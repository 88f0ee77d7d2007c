#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "server/metrics/families.hpp"

namespace uod::metrics {
namespace {

/// What /proc/self/stat tells, by the numbers of proc(5) that are used here.
struct process_stat {
  double cpu_s = 0;
  double threads = 0;
  double started_s = 0;  ///< after the machine did
  double virtual_octets = 0;
  double resident_octets = 0;
};

std::optional<process_stat> read_stat() {
  std::ifstream from("/proc/self/stat");
  const std::string line{std::istreambuf_iterator<char>(from), {}};
  // The name in brackets may hold anything, spaces and brackets too.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string word;
  std::vector<double> fields;  // the first is number 3 of proc(5)
  while (rest >> word) fields.push_back(std::strtod(word.c_str(), nullptr));
  constexpr std::size_t first = 3;
  if (fields.size() < 24 - first + 1) return std::nullopt;
  const auto field = [&](std::size_t number) { return fields[number - first]; };
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return process_stat{(field(14) + field(15)) / ticks, field(20), field(22) / ticks, field(23),
                      field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE))};
}

/// When the machine started, in Unix seconds.
std::optional<double> boot_time_s() {
  std::ifstream from("/proc/stat");
  std::string word;
  double value = 0;
  while (from >> word) {
    if (word == "btime" && from >> value) return value;
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  std::error_code failed;
  const std::filesystem::directory_iterator listed("/proc/self/fd", failed);
  if (failed) return std::nullopt;
  // The one through which it is listed is not one of the process's own.
  return static_cast<double>(std::distance(begin(listed), end(listed)) - 1);
}

}  // namespace

void add_process(families& all) {
  if (const auto stat = read_stat()) {
    counter(all, "process_cpu_seconds_total", "Processor time used, of user and system together.")
        .add(stat->cpu_s);
    gauge(all, "process_resident_memory_bytes", "Memory that is resident.")
        .add(stat->resident_octets);
    gauge(all, "process_virtual_memory_bytes", "Address space in use.").add(stat->virtual_octets);
    gauge(all, "process_threads", "Threads of the process.").add(stat->threads);
    // Once: it moves with the clock of the wall, and nobody was started by that.
    static const auto boot = boot_time_s();
    if (boot) {
      gauge(all, "process_start_time_seconds", "When the process began, in Unix time.")
          .add(*boot + stat->started_s);
    }
  }
  if (const auto open = open_descriptors()) {
    gauge(all, "process_open_fds", "File descriptors that are open.").add(*open);
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    gauge(all, "process_max_fds", "File descriptors that may be open.")
        .add(static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace uod::metrics
