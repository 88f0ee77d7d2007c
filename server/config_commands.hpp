#pragma once

#include <string>

#include "config/server_config.hpp"
#include "protocol/errors.hpp"

/// What `uod-server` prints on stdout, as text for people or as JSON Lines.
namespace uod {

/// Every setting, its value and where it came from.
void print_config(const loaded_server_config& loaded, bool json);

/// That the configuration was read without a fault, and from where.
void print_config_good(const loaded_server_config& loaded, bool json);

void print_fingerprint(const std::string& fingerprint, bool json);

/// `{"type":"error","code":…,"message":…}`
void print_error_row(const error& why);

}  // namespace uod
