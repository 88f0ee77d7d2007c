#include "protocol/password.hpp"

#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "protocol/common_passwords.hpp"
#include "protocol/crypto_hash.hpp"
#include "protocol/names.hpp"

namespace uod {

namespace {

constexpr std::string_view auth_key_label = "uod/1 authentication key";
constexpr std::string_view vault_key_label = "uod/1 vault key";
constexpr std::string_view stored_key_label = "uod/1 stored authentication key";

/// No common password is as long.
constexpr std::size_t common_password_octets_max = 64;

/// Once a process, before anything else of libsodium. Without it there is no randomness to be
/// had, and nothing secret can be made: better to end than to go on.
void start_sodium() {
  static const bool started = sodium_init() >= 0;
  if (!started) std::abort();
}

const unsigned char* raw(bytes_view octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

unsigned char* raw(bytes& octets) { return reinterpret_cast<unsigned char*>(octets.data()); }

/// Wipes a secret at the end of a scope, on every way out.
class wiped_at_end {
 public:
  explicit wiped_at_end(std::string& secret) : secret_(secret) {}
  ~wiped_at_end() { wipe(secret_); }
  wiped_at_end(const wiped_at_end&) = delete;
  wiped_at_end& operator=(const wiped_at_end&) = delete;

 private:
  std::string& secret_;
};

bool is_common(std::string_view password) {
  if (password.size() > common_password_octets_max) return false;
  std::string line;
  line.reserve(common_password_octets_max + 2);  // in one piece: growing would leave copies
  const wiped_at_end guard{line};
  line.push_back('\n');
  for (const char octet : password) {
    line.push_back(octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet - 'A' + 'a') : octet);
  }
  line.push_back('\n');
  return common_passwords.find(line) != std::string_view::npos;
}

tl::unexpected<error> password_too_long() {
  return fail(errc::too_large, "a password has at most 1,024 octets");
}

/// The slow step, from which everything else of a password is made. Errors as `derive_auth_key`.
outcome<secret_bytes> stretch(std::string_view password, bytes_view salt,
                              const argon2_parameters& parameters) {
  if (!acceptable(parameters)) return fail(errc::parameters_weak);
  if (salt.size() != salt_octets) return fail(errc::malformed, "salt");
  if (password.size() > password_octets_max) return password_too_long();
  auto composed = normalise(password);
  if (!composed) return tl::unexpected(composed.error());
  const wiped_at_end composed_guard{*composed};

  start_sodium();
  static_assert(salt_octets == crypto_pwhash_argon2id_SALTBYTES);
  auto stretched = secret_bytes::zeros(32);
  const auto memory_octets = static_cast<std::size_t>(parameters.memory_kib) * 1024;
  if (crypto_pwhash(reinterpret_cast<unsigned char*>(stretched.data()), stretched.size(),
                    composed->data(), composed->size(), raw(salt), parameters.passes, memory_octets,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(errc::internal, "no memory to stretch the password");
  }
  return stretched;
}

}  // namespace

bool acceptable(const argon2_parameters& parameters) {
  return parameters.memory_kib >= argon2_weakest.memory_kib &&
         parameters.memory_kib <= argon2_strongest.memory_kib &&
         parameters.passes >= argon2_weakest.passes && parameters.passes <= argon2_strongest.passes;
}

outcome<void> check_new_password(std::string_view password) {
  if (password.size() > password_octets_max) {
    return fail(errc::password_weak, "it is longer than 1,024 octets");
  }
  auto composed = normalise(password);
  if (!composed) return tl::unexpected(composed.error());
  const wiped_at_end guard{*composed};
  // Characters, not octets: every octet that does not continue a character begins one.
  const auto characters = std::count_if(composed->begin(), composed->end(), [](char octet) {
    return (static_cast<unsigned char>(octet) & 0xc0) != 0x80;
  });
  if (characters < static_cast<std::ptrdiff_t>(password_characters_min)) {
    return fail(errc::password_weak, "it has fewer than 8 characters");
  }
  if (is_common(*composed)) {
    return fail(errc::password_weak, "it is one of those that most people choose");
  }
  return {};
}

outcome<bytes> derive_auth_key(std::string_view password, bytes_view salt,
                               const argon2_parameters& parameters) {
  return stretch(password, salt, parameters).map([](const secret_bytes& stretched) {
    return bytes{hkdf_sha256(stretched.view(), {}, auth_key_label, auth_key_octets).view()};
  });
}

outcome<password_keys> derive_password_keys(std::string_view password, bytes_view salt,
                                            const argon2_parameters& parameters) {
  return stretch(password, salt, parameters).map([](const secret_bytes& stretched) {
    return password_keys{hkdf_sha256(stretched.view(), {}, auth_key_label, auth_key_octets),
                         hkdf_sha256(stretched.view(), {}, vault_key_label, vault_key_octets)};
  });
}

bytes stored_auth_key(const account_id& account, bytes_view auth_key) {
  std::string input;
  // Reserved in one piece, so that growing leaves no copy of the key behind.
  input.reserve(stored_key_label.size() + 16 + auth_key.size());
  const wiped_at_end guard{input};
  input.append(stored_key_label).append(account.view()).append(auth_key);
  return sha256(input);
}

bytes stored_token(bytes_view token) { return sha256(token); }

bytes keyed_hash(bytes_view key, bytes_view text) {
  bytes code(sha256_octets, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(text), text.size(), raw(code),
       nullptr);
  return code;
}

bytes made_up_salt(bytes_view server_secret, std::string_view name_key) {
  bytes code = keyed_hash(server_secret, name_key);
  code.resize(salt_octets);
  return code;
}

bool equal_in_constant_time(bytes_view one, bytes_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

bytes random_bytes(std::size_t count) {
  start_sodium();
  bytes octets(count, '\0');
  randombytes_buf(octets.data(), octets.size());
  return octets;
}

secret_bytes random_secret(std::size_t count) {
  start_sodium();
  auto octets = secret_bytes::zeros(count);
  randombytes_buf(octets.data(), octets.size());
  return octets;
}

uuid random_uuid_v7(std::uint64_t unix_ms) {
  std::array<std::uint8_t, 10> octets{};
  const bytes random = random_bytes(octets.size());
  std::copy(random.begin(), random.end(), octets.begin());
  return make_uuid_v7(unix_ms, octets);
}

void wipe(std::string& secret) {
  // What an earlier, longer value left behind the end as well.
  secret.resize(secret.capacity());
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace uod
