#include "client/commands/exit_codes.hpp"

namespace uod::client {

exit_code exit_code_of(errc code) {
  switch (code) {  // without a default: the compiler asks for each new errc
    case errc::usage:
    case errc::input_needed:
    case errc::config_invalid:
      return exit_code::usage;

    case errc::not_logged_in:
    case errc::wrong_credentials:
    case errc::code_wrong:
    case errc::recovery_code_invalid:
    case errc::account_deleted:
      return exit_code::credentials;

    case errc::account_locked:
    case errc::account_closed:
      return exit_code::locked;

    case errc::no_such_account:
    case errc::no_such_contact:
    case errc::no_such_chat:
    case errc::no_such_device:
    case errc::no_such_message:
    case errc::no_such_file:
    case errc::no_such_code:
      return exit_code::no_such;

    case errc::server_unreachable:
    case errc::timed_out:
    case errc::going_away:
    case errc::link_failed:
    case errc::link_closed:
    case errc::slow_reader:
    case errc::silent:
    case errc::too_many_connections:
      return exit_code::no_answer;

    case errc::not_allowed:
    case errc::too_large:
    case errc::rate_limited:
    case errc::overloaded:
    case errc::frame_too_large:
    case errc::name_taken:
    case errc::email_taken:
    case errc::name_invalid:
    case errc::name_confusable:
    case errc::email_invalid:
    case errc::password_weak:
    case errc::premium_code_invalid:
    case errc::not_premium:
      return exit_code::refused;

    case errc::key_changed:
    case errc::certificate_invalid:
    case errc::identity_changed:
    case errc::signature_wrong:
      return exit_code::wrong_key;

    case errc::internal:
    case errc::malformed:
    case errc::unsupported_version:
    case errc::text_invalid:
    case errc::id_conflict:
    case errc::parameters_weak:
    case errc::storage_full:
    case errc::storage_failed:
    case errc::database_newer:
    case errc::database_corrupt:
    case errc::database_locked:
    case errc::segment_invalid:
    case errc::data_dir_in_use:
    case errc::address_in_use:
    case errc::permission_denied:
    case errc::io_failed:
    case errc::interrupted:
    case errc::sealed_damaged:
    case errc::sealed_for_another:
    case errc::chat_key_unknown:
    case errc::identity_missing:
    case errc::sealed_by_newer:
      return exit_code::failed;
  }
  return exit_code::failed;
}

std::string_view advice(errc code) {
  switch (code) {
    case errc::not_logged_in:
      return "log in with `uod login --user NAME`";
    case errc::wrong_credentials:
      return "check the name and the password, and try again";
    case errc::account_closed:
      return "ask them why";
    case errc::account_locked:
      return "devices that are logged in stay in; the code in the warning mail ends the lock at "
             "once: `uod unlock --user NAME`";
    case errc::no_such_account:
      return "look for the name with `uod contacts search TEXT`";
    case errc::code_wrong:
      return "copy it from the newest mail; ask for another if it is too old";
    case errc::premium_code_invalid:
      return "ask whoever gave it to you for another";
    case errc::not_premium:
      return "redeem a code with `uod premium redeem CODE`";
    case errc::no_such_device:
      return "see `uod devices`";
    case errc::no_such_contact:
      return "see `uod contacts list`";
    case errc::no_such_chat:
      return "see `uod chats`";
    case errc::name_taken:
    case errc::name_confusable:
    case errc::name_invalid:
      return "choose another name";
    case errc::email_taken:
      return "log in to that account, or give another address";
    case errc::email_invalid:
      return "give an address such as alice@example.org";
    case errc::password_weak:
      return "choose a longer password that is not used elsewhere";
    case errc::server_unreachable:
      return "check that it runs, and its address (--server HOST:PORT)";
    case errc::timed_out:
      return "try again, or wait longer with --timeout SECONDS";
    case errc::key_changed:
      return "somebody may be between you and the server: ask its owner for the fingerprint, and "
             "only if that is the new one give it with --server-fingerprint SHA256:…";
    case errc::certificate_invalid:
      return "check the file given with --ca, and the server's name";
    case errc::input_needed:
      return "pipe it in with --password-stdin or --code-stdin, or run this on a terminal";
    case errc::recovery_code_invalid:
      return "compare it with what you wrote down, group by group";
    case errc::identity_changed:
      return "ask them, in another way than this, for the safety number";
    case errc::unsupported_version:
    case errc::sealed_by_newer:
      return "bring both programs to the same version";
    case errc::rate_limited:
    case errc::overloaded:
    case errc::going_away:
    case errc::link_closed:
    case errc::too_many_connections:
      return "try again later";
    case errc::too_large:
      return "make it smaller, or ask the server's owner for more room";
    case errc::storage_full:
      return "the disk that is named, or else the server's, needs room";
    default:
      return {};
  }
}

std::string explain(const error& failure) {
  std::string line = to_text(failure);
  if (line.ends_with('.')) line.pop_back();
  if (failure.retry_after_ms != 0) {
    const auto seconds = (std::uint64_t{failure.retry_after_ms} + 999) / 1000;
    line += "; try again in " + std::to_string(seconds) + " s";
    // Nobody has to sit out a lock.
    if (failure.code != errc::account_locked) return line;
  }
  if (const auto next = advice(failure.code); !next.empty()) line.append("; ").append(next);
  return line;
}

}  // namespace uod::client
