#pragma once

#include <string>

#include "protocol/crypto_identity.hpp"
#include "protocol/ids.hpp"

/// What two people compare to be sure that nobody stands between them: 60 digits that both compute
/// from both accounts and both fingerprints.
///
///   h = SHA-512("uod/1 safety number" | account id | fingerprint)
///   5,200 times: h = SHA-512(h | fingerprint)
///   half = the first 30 octets of h as six numbers of five octets, each mod 100,000 in five digits
///
/// The half of the smaller account id stands first. Half a number has some 100 bits; each guess at
/// a key with the same half costs 5,201 hashes, 2^112 altogether.
namespace uod {

struct safety_side {
  account_id account;
  key_fingerprint fingerprint;
};

/// 60 digits, the same for both, in either order. Takes some milliseconds.
std::string safety_number(const safety_side& one, const safety_side& other);

/// In twelve groups of five, for the eye.
std::string show_safety_number(std::string_view digits);

/// `uod:safety:1:` and the digits: what a QR code holds.
std::string safety_number_for_scanning(std::string_view digits);

}  // namespace uod
