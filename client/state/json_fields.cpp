#include "client/state/json_fields.hpp"

#include <charconv>
#include <cstdint>

namespace uod::client {

using json = nlohmann::json;

tl::unexpected<error> damaged(const std::filesystem::path& file, const std::string& remedy) {
  return fail(errc::config_invalid, file.string() + " is damaged; " + remedy);
}

std::string to_hex(bytes_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(octets.size() * 2);
  for (const char octet : octets) {
    text.push_back(digits[static_cast<std::uint8_t>(octet) >> 4]);
    text.push_back(digits[static_cast<std::uint8_t>(octet) & 15]);
  }
  return text;
}

std::optional<bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  bytes octets;
  octets.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t octet = 0;
    const auto [end, problem] = std::from_chars(&text[i], &text[i] + 2, octet, 16);
    if (problem != std::errc{} || end != &text[i] + 2) return std::nullopt;
    octets.push_back(static_cast<char>(octet));
  }
  return octets;
}

std::optional<json> parse_object(bytes_view text) {
  auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

std::optional<std::string> text_of(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::vector<std::string>> texts_of(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& each : *found) {
    if (!each.is_string()) return std::nullopt;
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

std::string dump(const json& object) {
  return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace uod::client
