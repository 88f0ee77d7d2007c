#include "protocol/sealing/content.hpp"

#include <algorithm>

#include "protocol/names.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/octets.hpp"

namespace uod {
namespace {

constexpr char text_type = 1;
constexpr char file_type = 2;

bool is_sound(const file_content& file) {
  return file.key.size() == file_key_octets && file.size <= file_octets_max &&
         is_file_name(file.name);
}

outcome<content> parse_file(bytes_view body) {
  sealing::octet_reader from(body);
  file_content file;
  file.id = from.thing<file_id>();
  file.key = secret_bytes::copy_of(from.piece(file_key_octets));
  file.size = from.number<std::uint64_t>();
  file.name = from.rest();
  if (from.too_short() || !is_sound(file)) return fail(errc::sealed_damaged, "file");
  return file;
}

}  // namespace

bool is_file_name(std::string_view name) {
  if (name.empty() || name.size() > file_name_octets_max || name == "." || name == "..") {
    return false;
  }
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto octet = static_cast<std::uint8_t>(name[at]);
    if (octet < 0x20 || octet == 0x7f || octet == '/') return false;
    // U+0080 to U+009F in UTF-8.
    if (octet == 0xc2 && at + 1 < name.size() && static_cast<std::uint8_t>(name[at + 1]) < 0xa0) {
      return false;
    }
  }
  return is_utf8(name);
}

outcome<secret_bytes> encode_content(const content& what) {
  bytes out;
  if (const auto* text = std::get_if<text_content>(&what)) {
    if (!is_utf8(text->text)) return fail(errc::text_invalid);
    out.reserve(1 + text->text.size());
    out.append(1, text_type).append(text->text);
  } else {
    const auto& file = std::get<file_content>(what);
    if (!is_sound(file)) return fail(errc::malformed, "file");
    out.reserve(1 + 16 + file_key_octets + 8 + file.name.size());
    out.append(1, file_type).append(file.id.view()).append(file.key.view());
    sealing::put(out, file.size);
    out.append(file.name);
  }
  auto encoded = secret_bytes::copy_of(out);
  wipe(out);
  return encoded;
}

outcome<content> parse_content(bytes_view octets) {
  if (octets.empty()) return fail(errc::sealed_damaged);
  const bytes_view body = octets.substr(1);
  if (octets.front() == text_type) {
    if (!is_utf8(body)) return fail(errc::sealed_damaged, "text");
    return text_content{std::string(body)};
  }
  if (octets.front() == file_type) return parse_file(body);
  return fail(errc::sealed_by_newer);
}

}  // namespace uod
