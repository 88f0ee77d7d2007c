#pragma once

#include <nlohmann/json.hpp>

#include "tests/protocol/hex.hpp"
#include "tests/protocol/message_fields.hpp"

/// Messages as JSON, in the form of tests/vectors/codec.json: the names of messenger.proto, octets
/// and ids in hex, enums as numbers, nothing left out.
namespace uod::tests {

class describer {
 public:
  nlohmann::json described = nlohmann::json::object();
  std::string kind_name;

  void kind(const char* name) { kind_name = name; }
  void text(const char* name, std::string& from) { described[name] = from; }
  void texts(const char* name, std::vector<std::string>& from) { described[name] = from; }
  void octets(const char* name, bytes& from, std::size_t, std::size_t) {
    described[name] = to_hex(from);
  }
  void octets_or_none(const char* name, bytes& from, std::size_t) {
    described[name] = to_hex(from);
  }
  void many_octets(const char* name, std::vector<bytes>& from, std::size_t, std::size_t,
                   std::size_t) {
    described[name] = nlohmann::json::array();
    for (const auto& each : from) described[name].push_back(to_hex(each));
  }
  template <class Id>
  void ids(const char* name, std::vector<Id>& from, std::size_t) {
    described[name] = nlohmann::json::array();
    for (const auto& each : from) described[name].push_back(to_hex(each.view()));
  }
  void id(const char* name, uuid& from) { described[name] = to_hex(from.view()); }
  template <class Number>
  void number(const char* name, Number& from) {
    described[name] = from;
  }
  void maybe_number(const char* name, std::optional<std::uint64_t>& from) {
    described[name] = from ? nlohmann::json(*from) : nlohmann::json(nullptr);
  }
  void flag(const char* name, bool& from) { described[name] = from; }
  void content(const char* name, content_type& from) { described[name] = static_cast<int>(from); }
  void code(const char* name, errc& from) { described[name] = static_cast<int>(from); }
  template <class Part>
  void part(const char* name, Part& from) {
    describer inner;
    fields(inner, from);
    described[name] = std::move(inner.described);
  }
  template <class Part>
  void parts(const char* name, std::vector<Part>& from) {
    auto list = nlohmann::json::array();
    for (auto& one : from) {
      describer inner;
      fields(inner, one);
      list.push_back(std::move(inner.described));
    }
    described[name] = std::move(list);
  }
};

/// {"message": kind, "request": number, "fields": {…}}
template <class Message>
nlohmann::json describe(Message message) {
  describer told;
  std::visit([&told](auto& body) { fields(told, body); }, message.body);
  return {{"message", told.kind_name},
          {"request", message.request},
          {"fields", std::move(told.described)}};
}

}  // namespace uod::tests
