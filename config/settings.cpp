#include "config/settings.hpp"

#include <algorithm>
#include <numeric>

namespace uod {
namespace {

constexpr std::size_t shown_octets_max = 80;     // of a given value: one line of a screen
constexpr std::size_t compared_octets_max = 64;  // longer keys are near to none of ours

template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
overloaded(Handlers...) -> overloaded<Handlers...>;

std::string in_quotes(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string result = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (octet < 0x20 || octet == 0x7f) {
      result += {'\\', 'u', '0', '0', hex[octet >> 4], hex[octet & 15]};
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string list_text(const std::vector<std::string>& items) {
  std::string result = "[";
  for (const auto& item : items) result += (result.size() > 1 ? ", " : "") + in_quotes(item);
  return result + "]";
}

/// Cut for an error line, never inside a UTF-8 sequence.
std::string shortened(std::string text) {
  if (text.size() <= shown_octets_max) return text;
  std::size_t end = shown_octets_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string given_text(const given_value& given) {
  return shortened(
      std::visit(overloaded{[](std::int64_t number) { return std::to_string(number); },
                            [](const std::string& text) { return in_quotes(text); },
                            [](const std::vector<std::string>& items) { return list_text(items); },
                            [](const other_value& other) { return other.kind; }},
                 given.value));
}

/// A relative path from a file counts from the file's directory.
std::string placed_path(const std::string& text, const value_origin& origin) {
  if (text.empty() || origin.kind != origin_kind::file) return text;
  const std::filesystem::path file = origin.where.substr(0, origin.where.rfind(':'));
  return (file.parent_path() / text).lexically_normal().string();
}

std::optional<setting_value> checked(const number_range& range, const given_value& given) {
  const auto* number = std::get_if<std::int64_t>(&given.value);
  if (!number || *number < range.min || *number > range.max) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<setting_value> checked(const one_of& rule, const given_value& given) {
  const auto* text = std::get_if<std::string>(&given.value);
  if (!text || std::ranges::find(rule.choices, *text) == rule.choices.end()) return std::nullopt;
  return *text;
}

std::optional<setting_value> checked(const text_rule& rule, const given_value& given) {
  if (!rule.is_list) {
    const auto* text = std::get_if<std::string>(&given.value);
    if (!text || !rule.holds(*text)) return std::nullopt;
    return *text;
  }
  const auto* items = std::get_if<std::vector<std::string>>(&given.value);
  if (!items || items->empty() || !std::ranges::all_of(*items, rule.holds)) return std::nullopt;
  return *items;
}

std::optional<setting_value> checked(const path_rule& rule, const given_value& given) {
  const auto* text = std::get_if<std::string>(&given.value);
  if (!text || (text->empty() && !rule.empty_allowed)) return std::nullopt;
  if (text->find('\0') != std::string::npos) return std::nullopt;
  return placed_path(*text, given.origin);
}

/// Levenshtein's distance: insertions, deletions and replacements from one to the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// A setting within the table of this name.
std::optional<std::string_view> key_below(const std::vector<setting_spec>& specs,
                                          std::string_view table) {
  const auto is_below = [&](const setting_spec& spec) {
    return spec.key.size() > table.size() && spec.key.starts_with(table) &&
           spec.key[table.size()] == '.';
  };
  const auto below = std::ranges::find_if(specs, is_below);
  return below == specs.end() ? std::nullopt : std::optional(below->key);
}

void check_unknown(const std::vector<setting_spec>& specs, const given_value& given,
                   problem_list& problems) {
  if (const auto below = key_below(specs, given.key)) {
    const auto* other = std::get_if<other_value>(&given.value);
    if (other && other->is_table) return;  // a table of ours with nothing in it
    problems.add(given.origin, given.key,
                 "this is a table of settings, such as " + std::string(*below));
    return;
  }
  const auto nearest = nearest_key(specs, given.key);
  problems.add(given.origin, given.key,
               "unknown key; " + (nearest ? "did you mean " + *nearest + "?"
                                          : "the example file lists all of them"));
}

}  // namespace

std::string to_text(const setting_value& value) {
  return std::visit(
      overloaded{[](std::uint32_t number) { return std::to_string(number); },
                 [](const std::string& text) { return in_quotes(text); },
                 [](const std::vector<std::string>& items) { return list_text(items); }},
      value);
}

std::string allowed_text(const setting_rule& rule) {
  return std::visit(
      overloaded{[](const number_range& range) {
                   return "a whole number from " + std::to_string(range.min) + " to " +
                          std::to_string(range.max);
                 },
                 [](const one_of& choice) {
                   std::string text;
                   for (std::size_t i = 0; i < choice.choices.size(); ++i) {
                     if (i > 0) text += i + 1 == choice.choices.size() ? " or " : ", ";
                     text += in_quotes(choice.choices[i]);
                   }
                   return text;
                 },
                 [](const text_rule& text) { return std::string(text.allowed); },
                 [](const path_rule& path) {
                   return std::string(path.empty_allowed ? "a path, or \"\"" : "a path");
                 }},
      rule);
}

std::string to_text(const value_origin& origin) {
  return origin.kind == origin_kind::built_in ? "default" : origin.where;
}

void problem_list::add(const value_origin& origin, std::string_view key, const std::string& text) {
  std::string line;
  if (origin.kind != origin_kind::built_in) line += origin.where + ": ";
  // A flag's name says it already.
  if (!key.empty() && origin.kind != origin_kind::flag) line += shortened(std::string(key)) + ": ";
  lines_.push_back(line + text);
  only_flags_ = only_flags_ && origin.kind == origin_kind::flag;
}

error problem_list::to_error() const {
  std::string detail;
  for (std::size_t i = 0; i < std::min(lines_.size(), shown_max); ++i) {
    detail += (i > 0 ? "\n" : "") + lines_[i];
  }
  if (lines_.size() > shown_max) {
    detail += "\nand " + std::to_string(lines_.size() - shown_max) + " more";
  }
  return {only_flags_ ? errc::usage : errc::config_invalid, std::move(detail)};
}

std::vector<effective_setting> resolve_settings(const std::vector<setting_spec>& specs,
                                                const std::vector<given_value>& given,
                                                problem_list& problems) {
  std::vector<effective_setting> settings;
  settings.reserve(specs.size());
  for (const auto& spec : specs) {
    settings.push_back({std::string(spec.key), spec.fallback, value_origin{},
                        allowed_text(spec.rule), std::string(spec.description)});
  }
  for (const auto& one : given) {
    const auto spec = std::ranges::find(specs, std::string_view(one.key), &setting_spec::key);
    if (spec == specs.end()) {
      check_unknown(specs, one, problems);
      continue;
    }
    auto& setting = settings[static_cast<std::size_t>(spec - specs.begin())];
    const auto value = std::visit([&](const auto& rule) { return checked(rule, one); }, spec->rule);
    if (!value) {
      problems.add(one.origin, one.key,
                   given_text(one) + " was given; allowed: " + setting.allowed);
      continue;
    }
    setting.value = *value;
    setting.origin = one.origin;
  }
  return settings;
}

std::optional<std::string> nearest_key(const std::vector<setting_spec>& specs,
                                       std::string_view key) {
  if (specs.empty() || key.size() > compared_octets_max) return std::nullopt;
  const auto distance = [&](const setting_spec& spec) {
    // Whoever forgot the table still meant the key in it.
    const auto last = spec.key.substr(spec.key.rfind('.') + 1);
    return std::min(edit_distance(key, spec.key), edit_distance(key, last) + 1);
  };
  const auto nearest = std::ranges::min_element(specs, {}, distance);
  const std::size_t tolerated = std::max<std::size_t>(2, key.size() / 3);
  if (distance(*nearest) > tolerated) return std::nullopt;
  return std::string(nearest->key);
}

std::string render_example(const std::vector<setting_spec>& specs, std::string_view head) {
  std::string text(head);
  std::string_view table;
  for (const auto& spec : specs) {
    const auto dot = spec.key.rfind('.');
    const auto above = dot == std::string_view::npos ? std::string_view{} : spec.key.substr(0, dot);
    if (above != table) {
      table = above;
      text += "\n[" + std::string(table) + "]\n";
    }
    const auto name = dot == std::string_view::npos ? spec.key : spec.key.substr(dot + 1);
    text += "\n# " + std::string(spec.description) + "\n# Allowed: " + allowed_text(spec.rule) +
            ".\n#" + std::string(name) + " = " +
            (spec.example.empty() ? to_text(spec.fallback) : in_quotes(spec.example)) + "\n";
  }
  return text;
}

}  // namespace uod
