#include "config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace uod {
namespace {

constexpr int table_depth_max = 8;  // no setting lies deeper than two; guards the recursion

value_origin at_line(const std::filesystem::path& file, std::uint32_t line) {
  return {origin_kind::file, file.string() + ":" + std::to_string(line)};
}

value_origin whole(const std::filesystem::path& file) { return {origin_kind::file, file.string()}; }

std::optional<std::string> read_text(const std::filesystem::path& file, problem_list& problems) {
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) {
    problems.add(whole(file), {}, "is a directory, not a configuration file");
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    problems.add(whole(file), {},
                 "cannot be read: " + std::generic_category().message(errno) +
                     "; name a readable file with --config");
    return std::nullopt;
  }
  std::string text(config_file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    problems.add(whole(file), {}, "cannot be read to its end");
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > config_file_bytes_max) {
    problems.add(whole(file), {},
                 "is larger than " + std::to_string(config_file_bytes_max) + " bytes");
    return std::nullopt;
  }
  return text;
}

other_value other_kind(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::floating_point:
      return {"a number with a fraction"};
    case toml::node_type::boolean:
      return {node.value_or(false) ? "true" : "false"};
    case toml::node_type::table:
      return {"a table", true};
    case toml::node_type::array:
      return {"a list that holds more than texts"};
    default:
      return {"a date or time"};
  }
}

void add_leaf(const toml::node& node, given_value& given) {
  if (const auto* number = node.as_integer()) {
    given.value = number->get();
  } else if (const auto* text = node.as_string()) {
    given.value = text->get();
  } else if (const auto* array = node.as_array();
             array && (array->empty() || array->is_homogeneous(toml::node_type::string))) {
    std::vector<std::string> items;
    for (const auto& item : *array) items.push_back(item.value_or(std::string{}));
    given.value = std::move(items);
  } else {
    given.value = other_kind(node);
  }
}

/// A value and its line, for the file's order: a toml::table is ordered by key.
using line_value = std::pair<std::uint32_t, given_value>;

void flatten(const toml::table& table, const std::string& prefix, int depth,
             const std::filesystem::path& file, std::vector<line_value>& given) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const auto* inner = node.as_table();
    if (inner && !inner->empty() && depth < table_depth_max) {
      flatten(*inner, key + ".", depth + 1, file, given);
    } else {
      const std::uint32_t line = name.source().begin.line;
      given_value leaf{key, other_value{}, at_line(file, line)};
      add_leaf(node, leaf);
      given.emplace_back(line, std::move(leaf));
    }
  }
}

}  // namespace

std::vector<given_value> read_toml_file(const std::filesystem::path& file, problem_list& problems) {
  std::vector<given_value> given;
  const auto text = read_text(file, problems);
  if (!text) return given;
  try {
    std::vector<line_value> by_line;
    flatten(toml::parse(*text, file.string()), {}, 0, file, by_line);
    std::ranges::stable_sort(by_line, {}, &line_value::first);
    for (auto& [line, value] : by_line) given.push_back(std::move(value));
  } catch (const toml::parse_error& failure) {
    problems.add(at_line(file, failure.source().begin.line), {},
                 "is not TOML: " + std::string(failure.description()));
  }
  return given;
}

}  // namespace uod
