#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace uod {

/// Everything that can go wrong, in one place. The number is what the wire carries: append,
/// never renumber. `code_name` is what scripts see, `sentence` what people read.
enum class errc : std::uint16_t {
  // The request
  internal = 1,
  malformed = 2,
  unsupported_version = 3,
  not_allowed = 4,
  too_large = 5,
  rate_limited = 6,
  overloaded = 7,
  going_away = 8,
  not_logged_in = 9,
  // Accounts and people
  wrong_credentials = 20,
  account_locked = 21,
  no_such_account = 22,
  no_such_contact = 23,
  no_such_chat = 24,
  no_such_device = 25,
  no_such_message = 26,
  name_taken = 27,
  email_taken = 28,
  name_invalid = 29,
  name_confusable = 30,
  email_invalid = 31,
  text_invalid = 32,
  password_weak = 33,
  id_conflict = 34,
  parameters_weak = 35,
  premium_code_invalid = 36,
  code_wrong = 37,
  not_premium = 38,
  no_such_code = 39,
  account_closed = 50,
  // What is sealed end to end
  sealed_damaged = 51,
  sealed_for_another = 52,
  chat_key_unknown = 53,
  recovery_code_invalid = 54,
  identity_changed = 55,
  identity_missing = 56,
  sealed_by_newer = 57,
  signature_wrong = 58,
  no_such_file = 59,
  account_deleted = 70,
  // The store
  storage_full = 40,
  storage_failed = 41,
  database_newer = 42,
  database_corrupt = 43,
  database_locked = 44,
  // The link
  link_failed = 60,
  link_closed = 61,
  frame_too_large = 62,
  segment_invalid = 63,
  key_changed = 64,
  certificate_invalid = 65,
  slow_reader = 66,
  silent = 67,
  too_many_connections = 68,
  // This machine
  server_unreachable = 80,
  timed_out = 81,
  usage = 82,
  input_needed = 83,
  config_invalid = 84,
  data_dir_in_use = 85,
  address_in_use = 86,
  permission_denied = 87,
  io_failed = 88,
  interrupted = 89,
};

/// The stable name for scripts: `account_locked`.
std::string_view code_name(errc code);

/// What happened, as a sentence for a person.
std::string_view sentence(errc code);

/// Gives the enum value for a number from the wire; unknown numbers of a newer peer become
/// `internal`.
errc errc_from_wire(std::uint32_t number);

/// The way back from `code_name`; nothing for another name.
std::optional<errc> errc_named(std::string_view name);

/// A failure as a value. `detail` says to which thing it happened and what to do next; it may
/// hold text from others and is made safe wherever it is printed.
struct error {
  errc code = errc::internal;
  std::string detail;
  std::uint32_t retry_after_ms = 0;

  error() = default;
  error(errc code_in, std::string detail_in = {}, std::uint32_t retry_after_ms_in = 0)
      : code(code_in), detail(std::move(detail_in)), retry_after_ms(retry_after_ms_in) {}

  bool operator==(const error&) const = default;
};

/// The sentence and, where there is one, the detail behind it.
std::string to_text(const error& failure);

/// A value, or why there is none.
template <class T>
using outcome = tl::expected<T, error>;

/// Makes the failing side of an `outcome`.
inline tl::unexpected<error> fail(errc code, std::string detail = {},
                                  std::uint32_t retry_after_ms = 0) {
  return tl::unexpected<error>(error{code, std::move(detail), retry_after_ms});
}

}  // namespace uod
