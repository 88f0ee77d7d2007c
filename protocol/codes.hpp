#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// Codes that people copy from a mail or are given: base 32 in Crockford's alphabet, which leaves
/// out what is easily confused (crockford.com/base32.html), in groups of five or four for the eye.
namespace uod {

/// Crockford's alphabet, in the order of the values.
inline constexpr std::string_view code_alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 50 bits: lives for minutes or a day, rates count who tries one, and `code_tries_max`
/// (storage/accounts.hpp) wrong tries end it.
inline constexpr std::size_t mail_code_characters = 10;
/// 120 bits: lives for as long as its maker wants, and may be tried anywhere, so that a plain hash
/// of it is safe to keep (OWASP ASVS 5.0, 6.5.2).
inline constexpr std::size_t premium_code_characters = 24;

/// A new random code, as it is shown: `K7QF2-9XMRT`, `4J8Q-…-9ZKD`.
std::string make_mail_code();
std::string make_premium_code();

/// What somebody typed or pasted: in either case, with or without spaces and hyphens, O for 0 and
/// I or L for 1. Gives the bare characters. Error: `wrong` for whatever cannot be a code of this
/// length.
outcome<std::string> parse_code(std::string_view text, std::size_t characters, errc wrong);

/// What the store keeps of a mail's code: HMAC-SHA256 under the server's secret, bound to the
/// account and to what it is for, so that a stolen database tells no code. 32 octets. `bare` is
/// what `parse_code` gives.
bytes stored_mail_code(bytes_view server_secret, const account_id& account,
                       std::string_view purpose, std::string_view bare);

/// What the store keeps of a premium code: SHA-256 under a label. 32 octets.
bytes stored_premium_code(std::string_view bare);

}  // namespace uod
