#pragma once

#include <initializer_list>
#include <string_view>

#include "actors/log.hpp"

/// The audit log: what happened to accounts and who did it, for whoever has to find out later. An
/// event's name and its fields, like a log line, but in a file of its own that no level thins out.
/// `server/audit_log` installs the sink. Thread-safe; returns at once. Never give it a password,
/// key, token, code or message text.
namespace uod::audit {

class sink {
 public:
  virtual ~sink() = default;
  virtual void write(std::string_view event, std::initializer_list<log::field> fields) = 0;
};

/// Where events go from now on; nullptr: nowhere, as at the beginning. The sink must stay alive
/// until another is installed and no actor runs.
void install(sink* where);

void write(std::string_view event, std::initializer_list<log::field> fields = {});

}  // namespace uod::audit
