#pragma once

#include <memory>
#include <optional>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

namespace uod::client {

/// Whose secret it is. A profile has one for each device that it was logged in as; all but the
/// newest are left-overs.
struct secret_key {
  std::string profile;  ///< the profile's directory, absolute
  std::string account;
  std::string device;
  std::string label;  ///< for people who look into their keyring; not part of the key
};

/// Where secrets lie outside of our files. On the thread of whoever calls, who waits for it, but
/// never for a person: nothing here opens a dialogue. Error of all: `io_failed`, and why, as the
/// end of a sentence.
class secret_store {
 public:
  virtual ~secret_store() = default;

  /// False when there is none here, which is no fault. Starts no other program.
  virtual bool available() = 0;

  /// Keeps a secret in place of an earlier one under the same key.
  virtual outcome<void> keep(const secret_key& key, bytes_view secret) = 0;
  /// Nothing when it holds none under this key. To be wiped after use.
  virtual outcome<std::optional<bytes>> find(const secret_key& key) = 0;
  /// Removes all secrets of the key's profile but those of the key's device; with an empty device
  /// all. That there are none is no error.
  virtual outcome<void> forget_others(const secret_key& key) = 0;
};

/// The longest that one call to the secret service takes. Those that answer do so in a twentieth.
inline constexpr int secret_service_ms_max = 2'000;

/// The Secret Service of the desktop session (org.freedesktop.secrets on the session bus:
/// gnome-keyring, KWallet, KeePassXC). Costs nothing until it is first asked. One that has not
/// answered in time is not asked again.
std::unique_ptr<secret_store> make_secret_service();

}  // namespace uod::client
