#include "client/load/server_usage.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace uod::load {
namespace {

/// Fields of /proc/PID/stat behind the name (proc(5)): the 14th and 15th are user and system time.
constexpr int fields_before_times = 11;

outcome<double> cpu_s_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name is in brackets and may hold anything.
  const auto end = line.rfind(')');
  if (end == std::string::npos) {
    return fail(errc::usage, "--server-pid " + std::to_string(process) + ": no such process");
  }
  std::istringstream fields(line.substr(end + 1));
  std::string skipped;
  for (int field = 0; field < fields_before_times; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

double rss_kb_of(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

outcome<usage> usage_of(const std::vector<pid_t>& processes) {
  usage all;
  for (const pid_t each : processes) {
    const auto cpu_s = cpu_s_of(each);
    if (!cpu_s) return tl::unexpected(cpu_s.error());
    all.cpu_s += *cpu_s;
    all.rss_kb += rss_kb_of(each);
  }
  return all;
}

}  // namespace uod::load
