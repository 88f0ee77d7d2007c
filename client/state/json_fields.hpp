#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// How a profile's files are written and read: JSON objects, octets in hexadecimal. What is
/// missing or something else is nothing, never an exception.
namespace uod::client {

/// Held around changes of a profile's files.
inline constexpr const char* lock_name = "lock";

std::string to_hex(bytes_view octets);
std::optional<bytes> from_hex(std::string_view text);

std::optional<nlohmann::json> parse_object(bytes_view text);
std::string dump(const nlohmann::json& object);

std::optional<std::string> text_of(const nlohmann::json& object, const char* field);
std::optional<std::vector<std::string>> texts_of(const nlohmann::json& object, const char* field);

template <class Id>
std::optional<Id> id_of(const nlohmann::json& object, const char* field) {
  const auto text = text_of(object, field);
  const auto id = text ? uuid_from_text(*text) : std::nullopt;
  if (!id) return std::nullopt;
  return Id(*id);
}

/// `config_invalid`, with the file's name and what to do.
tl::unexpected<error> damaged(const std::filesystem::path& file, const std::string& remedy);

}  // namespace uod::client
