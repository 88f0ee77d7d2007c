#include "protocol/codes.hpp"

#include "protocol/password.hpp"

namespace uod {
namespace {

constexpr std::string_view mail_code_label = "uod/1 mail code";
constexpr std::string_view premium_code_label = "uod/1 premium code";

/// Far more than anybody types; what is longer is not looked at.
constexpr std::size_t typed_octets_max = 256;

std::string make_code(std::size_t characters, std::size_t group) {
  const bytes random = random_bytes(characters);
  std::string shown;
  for (std::size_t at = 0; at < characters; ++at) {
    if (at > 0 && at % group == 0) shown.push_back('-');
    shown.push_back(code_alphabet[static_cast<unsigned char>(random[at]) % code_alphabet.size()]);
  }
  return shown;
}

/// The character that is meant; 0 for one that is none.
char meant(char typed) {
  const char upper = typed >= 'a' && typed <= 'z' ? static_cast<char>(typed - 'a' + 'A') : typed;
  if (upper == 'O') return '0';
  if (upper == 'I' || upper == 'L') return '1';
  return code_alphabet.find(upper) == std::string_view::npos ? '\0' : upper;
}

}  // namespace

std::string make_mail_code() { return make_code(mail_code_characters, 5); }

std::string make_premium_code() { return make_code(premium_code_characters, 4); }

outcome<std::string> parse_code(std::string_view text, std::size_t characters, errc wrong) {
  if (text.size() > typed_octets_max) return fail(wrong);
  std::string bare;
  bare.reserve(typed_octets_max);  // growing would leave copies of a secret behind
  for (const char typed : text) {
    if (typed == ' ' || typed == '-') continue;
    const char character = meant(typed);
    if (character == '\0') return fail(wrong);
    bare.push_back(character);
  }
  if (bare.size() != characters) return fail(wrong);
  return bare;
}

bytes stored_mail_code(bytes_view server_secret, const account_id& account,
                       std::string_view purpose, std::string_view bare) {
  std::string bound{mail_code_label};
  // Purposes are words of ours and codes have one length: nothing can be read in two ways.
  bound.append(account.view()).append(purpose).append(1, '\0').append(bare);
  bytes stored = keyed_hash(server_secret, bound);
  wipe(bound);
  return stored;
}

bytes stored_premium_code(std::string_view bare) {
  std::string labelled{premium_code_label};
  labelled.append(bare);
  bytes stored = stored_token(labelled);
  wipe(labelled);
  return stored;
}

}  // namespace uod
