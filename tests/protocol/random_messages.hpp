#pragma once

#include <limits>
#include <random>

#include "tests/protocol/message_fields.hpp"

/// Messages with random but legal content, the same ones for the same seed.
namespace uod::tests {

class random_filler {
 public:
  explicit random_filler(std::uint64_t seed) : engine_(seed) {}

  /// A number from 0 to `max`, both included.
  std::size_t up_to(std::size_t max) {
    return std::uniform_int_distribution<std::size_t>{0, max}(engine_);
  }

  void kind(const char*) {}

  void text(const char*, std::string& to) {
    // One of each length in UTF-8, among them what ends and begins a plane.
    using namespace std::string_view_literals;
    static constexpr std::string_view characters[] = {"a"sv,
                                                      "Z"sv,
                                                      " "sv,
                                                      "\n"sv,
                                                      "\0"sv,
                                                      "\xc3\xab"sv,
                                                      "\xe4\xb8\xad"sv,
                                                      "\xef\xbf\xbd"sv,
                                                      "\xf0\x9f\x99\x82"sv,
                                                      "\xf4\x8f\xbf\xbf"sv};
    to.clear();
    for (auto left = up_to(24); left > 0; --left)
      to += characters[up_to(std::size(characters) - 1)];
  }

  void texts(const char*, std::vector<std::string>& to) {
    to.resize(up_to(4));
    for (auto& one : to) text("", one);
  }

  void octets(const char*, bytes& to, std::size_t min, std::size_t max) {
    to.resize(min + up_to(max - min));
    for (auto& octet : to) octet = static_cast<char>(up_to(255));
  }

  void octets_or_none(const char*, bytes& to, std::size_t size) {
    octets("", to, size, size);
    if (up_to(1) == 0) to.clear();
  }

  void many_octets(const char*, std::vector<bytes>& to, std::size_t min, std::size_t max,
                   std::size_t count_max) {
    to.resize(up_to(1) == 0 ? up_to(3) : up_to(count_max));
    for (auto& each : to) octets("", each, min, max);
  }

  template <class Id>
  void ids(const char*, std::vector<Id>& to, std::size_t count_max) {
    to.resize(up_to(count_max));
    for (auto& each : to) id("", each);
  }

  void id(const char*, uuid& to) {
    for (auto& octet : to.octets) octet = static_cast<std::uint8_t>(up_to(255));
  }

  template <class Number>
  void number(const char*, Number& to) {
    // Every length of a varint is as likely as another.
    const auto bits = up_to(std::numeric_limits<Number>::digits);
    to = bits == 0 ? 0 : static_cast<Number>(engine_() >> (64 - bits));
  }

  void maybe_number(const char*, std::optional<std::uint64_t>& to) {
    to.reset();
    if (up_to(1) == 1) number("", to.emplace());
  }

  void flag(const char*, bool& to) { to = up_to(1) == 1; }

  void content(const char*, content_type& to) {
    to = up_to(1) == 0 ? content_type::text : content_type::sealed;
  }

  void code(const char*, errc& to) { to = errc_from_wire(static_cast<std::uint32_t>(up_to(100))); }

  template <class Part>
  void part(const char*, Part& to) {
    fields(*this, to);
  }

  template <class Part>
  void parts(const char*, std::vector<Part>& to) {
    to.resize(up_to(3));
    for (auto& one : to) fields(*this, one);
  }

 private:
  std::mt19937_64 engine_;
};

/// One message of each kind, in the order of the variant.
template <class Message>
std::vector<Message> one_of_each(random_filler& random) {
  std::vector<Message> all;
  const auto add = [&]<class... Body>(std::variant<Body...>*) {
    (
        [&] {
          Message message;
          random.number("request", message.request);
          fields(random, message.body.template emplace<Body>());
          all.push_back(std::move(message));
        }(),
        ...);
  };
  add(static_cast<decltype(Message::body)*>(nullptr));
  return all;
}

}  // namespace uod::tests
