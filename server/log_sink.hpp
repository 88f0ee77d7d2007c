#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "actors/log.hpp"

namespace uod {

enum class log_format { text, json };

/// Lines on stderr by spdlog, one an event: `TIME LEVEL EVENT name=value …`, or a JSON object.
/// What comes from others cannot begin a new line, forge a field or reach a terminal: values with
/// anything but plain characters are quoted and escaped.
std::unique_ptr<log::sink> make_log_sink(log::level lowest, log_format format);

/// A value as the text format writes it: as it is where that is safe, else quoted, with `"`, `\`,
/// controls and everything outside ASCII escaped.
std::string quoted_where_needed(std::string_view value);

}  // namespace uod
