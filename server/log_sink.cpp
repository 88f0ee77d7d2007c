#include "server/log_sink.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace uod {
namespace {

spdlog::level::level_enum to_spdlog(log::level how) {
  switch (how) {
    case log::level::debug:
      return spdlog::level::debug;
    case log::level::info:
      return spdlog::level::info;
    case log::level::warning:
      return spdlog::level::warn;
    case log::level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view level_name(log::level how) {
  switch (how) {
    case log::level::debug:
      return "debug";
    case log::level::info:
      return "info";
    case log::level::warning:
      return "warning";
    case log::level::error:
      return "error";
  }
  return "error";
}

/// RFC 3339 in UTC, with milliseconds.
std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char day[32];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  char whole[48];
  std::snprintf(whole, sizeof whole, "%s.%03dZ", day, static_cast<int>(ms));
  return whole;
}

class stderr_sink final : public log::sink {
 public:
  stderr_sink(log::level lowest, log_format format)
      : lowest_(lowest),
        format_(format),
        logger_("uod", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(to_spdlog(lowest));
    logger_.flush_on(spdlog::level::debug);
  }

  void write(log::level how, std::string_view event,
             std::initializer_list<log::field> fields) override {
    if (how < lowest_) return;
    const std::string line =
        format_ == log_format::json ? json(how, event, fields) : text(how, event, fields);
    logger_.log(to_spdlog(how), "{}", line);
  }

 private:
  static std::string text(log::level how, std::string_view event,
                          std::initializer_list<log::field> fields) {
    std::string line = timestamp();
    line.append(" ").append(level_name(how)).append(" ").append(event);
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=").append(quoted_where_needed(field.value));
    }
    return line;
  }

  static std::string json(log::level how, std::string_view event,
                          std::initializer_list<log::field> fields) {
    nlohmann::ordered_json line;
    line["time"] = timestamp();
    line["level"] = level_name(how);
    line["event"] = event;
    for (const auto& field : fields) line[std::string(field.name)] = field.value;
    return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  log::level lowest_;
  log_format format_;
  spdlog::logger logger_;
};

}  // namespace

std::string quoted_where_needed(std::string_view value) {
  const auto plain = [](unsigned char octet) {
    return octet > ' ' && octet < 0x7f && octet != '"' && octet != '\\' && octet != '=';
  };
  bool safe = !value.empty();
  for (const char each : value) safe = safe && plain(static_cast<unsigned char>(each));
  if (safe) return std::string(value);

  std::string quoted = "\"";
  for (const char each : value) {
    const auto octet = static_cast<unsigned char>(each);
    if (octet == '"' || octet == '\\') {
      quoted += '\\';
      quoted += each;
    } else if (octet >= ' ' && octet < 0x7f) {
      quoted += each;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", octet);
      quoted += escaped;
    }
  }
  return quoted + "\"";
}

std::unique_ptr<log::sink> make_log_sink(log::level lowest, log_format format) {
  return std::make_unique<stderr_sink>(lowest, format);
}

}  // namespace uod
