#pragma once

#include <string>
#include <string_view>

#include "protocol/crypto_secret.hpp"
#include "protocol/errors.hpp"

/// What opens the identity key when the password is lost: 160 random bits that a person writes
/// down. Base 32 in Crockford's alphabet, the highest bits first, 32 characters; behind them four
/// more, by which a typing error shows before anything is tried:
///
///   check = the first 20 bits of SHA-256("uod/1 recovery code" | 20 octets)
///
/// One error in a million goes unnoticed, and then does not open.
namespace uod {

inline constexpr std::size_t recovery_code_octets = 20;
inline constexpr std::size_t recovery_code_characters = 36;

/// 20 octets from the system.
secret_bytes make_recovery_code();

/// Nine groups of four, 44 characters; whoever shows them wipes them.
std::string show_recovery_code(bytes_view octets);

/// Reads as `parse_code` does: in either case, with or without spaces and hyphens, O for 0, I and
/// L for 1. Error: `recovery_code_invalid`.
outcome<secret_bytes> parse_recovery_code(std::string_view text);

}  // namespace uod
