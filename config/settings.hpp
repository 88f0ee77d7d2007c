#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/errors.hpp"

/// What a table of settings is, and how values from several sources become one checked list.
/// Knows neither TOML nor any one program: `toml_file` reads files, `server_config` and
/// `client_config` hold the tables.
namespace uod {

using setting_value = std::variant<std::uint32_t, std::string, std::vector<std::string>>;

/// As TOML and the example file write it: `65536`, `"rsa:3072"`, `["a:1", "b:2"]`.
std::string to_text(const setting_value& value);

// What a value may be. Each says so in words with `allowed_text`.
struct number_range {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
};
struct one_of {
  std::vector<std::string_view> choices;
};
/// A text, or each text of a list, for which `holds`; `allowed` ends the sentence "allowed: …".
struct text_rule {
  bool (*holds)(std::string_view text) = nullptr;
  std::string_view allowed;
  bool is_list = false;
};
/// A path. A relative one in a file counts from that file's directory, elsewhere from the
/// working directory.
struct path_rule {
  bool empty_allowed = false;
};
using setting_rule = std::variant<number_range, one_of, text_rule, path_rule>;

/// `8192 to 1048576`, `"text" or "json"`, …
std::string allowed_text(const setting_rule& rule);

struct setting_spec {
  std::string_view key;  ///< dotted: `limits.drain_ms`
  setting_value fallback;
  setting_rule rule;
  std::string_view description;  ///< one sentence
  /// Stands in the example file where the default differs from machine to machine.
  std::string_view example = {};
};

enum class origin_kind { built_in, file, environment, flag };

/// Who gave a value.
struct value_origin {
  origin_kind kind = origin_kind::built_in;
  std::string where;  ///< `FILE:LINE`, the variable's name, the flag's name; built in: empty

  bool operator==(const value_origin&) const = default;
};

/// `default`, `/etc/uod/uod-server.toml:12`, `UOD_SERVER`, `--listen`.
std::string to_text(const value_origin& origin);

/// A setting as it is in force.
struct effective_setting {
  std::string key;
  setting_value value;
  value_origin origin;
  std::string allowed;
  std::string description;
};

/// Neither a whole number, a text nor a list of texts; `kind` names it: `a table`.
struct other_value {
  std::string kind;
  bool is_table = false;
};

/// What a source says about a key, not checked yet.
struct given_value {
  std::string key;
  std::variant<std::int64_t, std::string, std::vector<std::string>, other_value> value;
  value_origin origin;
};

/// Everything that is wrong with a configuration, told at once.
class problem_list {
 public:
  static constexpr std::size_t shown_max = 20;  ///< more helps nobody: they have one cause

  void add(const value_origin& origin, std::string_view key, const std::string& text);
  [[nodiscard]] bool empty() const { return lines_.empty(); }

  /// `config_invalid` with a line for each problem; `usage` when all of them came from flags.
  [[nodiscard]] error to_error() const;

 private:
  std::vector<std::string> lines_;
  bool only_flags_ = true;
};

/// Checks what was given against the table; of several values for a key the later one wins.
/// Returns every setting of the table in its order. Unknown keys and values that are not
/// allowed go to `problems`.
std::vector<effective_setting> resolve_settings(const std::vector<setting_spec>& specs,
                                                const std::vector<given_value>& given,
                                                problem_list& problems);

/// The known key that was probably meant; nothing when none is near.
std::optional<std::string> nearest_key(const std::vector<setting_spec>& specs,
                                       std::string_view key);

/// The documented example file: every key, its default commented out. `head` is the comment on top.
std::string render_example(const std::vector<setting_spec>& specs, std::string_view head);

/// A row of a program's table: what the setting is, and where in `Config` it lies.
template <class Config>
struct setting {
  setting_spec spec;
  std::function<void(Config&, const setting_value&)> assign;
};

/// Just the specifications of a table.
template <class Config>
std::vector<setting_spec> specs_of(const std::vector<setting<Config>>& table) {
  std::vector<setting_spec> specs;
  specs.reserve(table.size());
  for (const auto& row : table) specs.push_back(row.spec);
  return specs;
}

/// Makes a row. `member` gives the field's reference in a Config; the default is what the plain
/// struct holds there, so that it is written once.
template <class Config, class Member>
setting<Config> make_setting(std::string_view key, Member member, setting_rule rule,
                             std::string_view description, std::string_view example = {}) {
  Config defaults;
  using field = std::remove_cvref_t<decltype(member(defaults))>;
  if constexpr (std::is_same_v<field, std::filesystem::path>) {
    return {{key, member(defaults).string(), std::move(rule), description, example},
            [member](Config& config, const setting_value& value) {
              member(config) = std::get<std::string>(value);
            }};
  } else {
    return {{key, member(defaults), std::move(rule), description, example},
            [member](Config& config, const setting_value& value) {
              member(config) = std::get<field>(value);
            }};
  }
}

}  // namespace uod
