#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

/// Structured log lines of everything that runs on a node: an event's name and its fields. Where
/// they go (and how text from others is made safe) is the sink's business; `server/log_sink`
/// installs one. Thread-safe. Never give it a password, key, token, code or message text.
namespace uod::log {

enum class level { debug, info, warning, error };

struct field {
  std::string_view name;
  std::string value;

  field(std::string_view name_in, std::string value_in)
      : name(name_in), value(std::move(value_in)) {}
  field(std::string_view name_in, std::string_view value_in) : name(name_in), value(value_in) {}
  field(std::string_view name_in, const char* value_in) : name(name_in), value(value_in) {}
  template <std::integral T>
  field(std::string_view name_in, T value_in) : name(name_in), value(std::to_string(value_in)) {}
};

class sink {
 public:
  virtual ~sink() = default;
  /// `event` is a dotted name (`session.opened`) or, for the replay defence, its sentence.
  virtual void write(level how, std::string_view event, std::initializer_list<field> fields) = 0;
};

/// Where lines go from now on; nullptr: nowhere, as at the beginning. The sink must stay alive
/// until another is installed and no actor runs.
void install(sink* where);

void write(level how, std::string_view event, std::initializer_list<field> fields = {});

inline void debug(std::string_view event, std::initializer_list<field> fields = {}) {
  write(level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<field> fields = {}) {
  write(level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<field> fields = {}) {
  write(level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<field> fields = {}) {
  write(level::error, event, fields);
}

}  // namespace uod::log
