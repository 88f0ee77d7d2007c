#include "server/config_commands.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <variant>

namespace uod {
namespace {

using nlohmann::ordered_json;

void print_row(const ordered_json& row) {
  std::printf("%s\n", row.dump(-1, ' ', true, ordered_json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

}  // namespace

void print_config(const loaded_server_config& loaded, bool json) {
  std::size_t key_width = 0;
  std::size_t value_width = 0;
  for (const auto& setting : loaded.settings) {
    key_width = std::max(key_width, setting.key.size());
    value_width = std::max(value_width, to_text(setting.value).size());
  }
  for (const auto& setting : loaded.settings) {
    const std::string origin = to_text(setting.origin);
    if (json) {
      ordered_json row{{"type", "setting"}, {"key", setting.key}};
      std::visit([&](const auto& value) { row["value"] = value; }, setting.value);
      row["origin"] = origin;
      print_row(row);
    } else {
      std::printf("%-*s = %-*s  # %s\n", static_cast<int>(key_width), setting.key.c_str(),
                  static_cast<int>(value_width), to_text(setting.value).c_str(), origin.c_str());
    }
  }
}

void print_config_good(const loaded_server_config& loaded, bool json) {
  const std::string from = loaded.file ? loaded.file->string() : "built-in defaults";
  if (json) {
    print_row({{"type", "config"}, {"good", true}, {"file", from}});
  } else {
    std::printf("the configuration is good (%s)\n", from.c_str());
  }
}

void print_fingerprint(const std::string& fingerprint, bool json) {
  if (json) {
    print_row({{"type", "fingerprint"}, {"fingerprint", fingerprint}});
  } else {
    std::printf("%s\n", fingerprint.c_str());
  }
}

void print_error_row(const error& why) {
  print_row({{"type", "error"}, {"code", code_name(why.code)}, {"message", to_text(why)}});
}

}  // namespace uod
