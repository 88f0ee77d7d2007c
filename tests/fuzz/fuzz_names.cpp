// Method: any octets are taken for a name, a text to search for, an address, a password's text and
// a device's name. Whatever is accepted must keep the promises of names.hpp: within its bounds,
// well-formed, free of controls, and stable, that is to say that judging the result again gives the
// same result. What is no UTF-8 must be refused by all. The sanitizers watch memory. Seeds: the
// published names, accepted and refused, and some addresses.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "protocol/names.hpp"
#include "tests/fuzz/expect.hpp"

using namespace uod;

namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char octet) {
    return static_cast<unsigned char>(octet) < 0x20 || octet == 0x7f;
  });
}

void judge_name(std::string_view text) {
  const auto name = parse_name(text);
  if (!name) return;
  UOD_EXPECT(is_utf8(text) && is_utf8(name->shown) && is_utf8(name->key));
  UOD_EXPECT(name->shown.size() <= name_octets_max && !name->shown.empty());
  UOD_EXPECT(!has_control(name->shown) && name->shown.find(' ') == std::string::npos);
  UOD_EXPECT(!name->key.empty() && !name->skeleton.empty());
  const auto again = parse_name(name->shown);
  UOD_EXPECT(again.has_value() && *again == *name);
}

void judge_search(std::string_view text) {
  const auto search = parse_search(text);
  if (!search) return;
  UOD_EXPECT(is_utf8(text) && is_utf8(*search) && !search->empty());
  UOD_EXPECT(parse_search(*search).value_or("") == *search);
}

void judge_email(std::string_view text) {
  const auto address = parse_email(text);
  if (!address) return;
  UOD_EXPECT(address->shown == text && text.size() <= email_octets_max);
  UOD_EXPECT(!has_control(text) && text.find_first_of(" ,;<>\"()[]\\") == std::string_view::npos);
  UOD_EXPECT(std::count(text.begin(), text.end(), '@') == 1);
  UOD_EXPECT(is_utf8(text) && is_utf8(address->key));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  judge_name(text);
  judge_search(text);
  judge_email(text);

  const auto device = clean_device_name(text);
  UOD_EXPECT(device.size() <= device_name_octets_max && is_utf8(device) && !has_control(device));
  UOD_EXPECT(clean_device_name(device) == device);

  const auto composed = normalise(text);
  UOD_EXPECT(composed.has_value() == is_utf8(text));
  if (composed) UOD_EXPECT(normalise(*composed).value() == *composed);
  return 0;
}
