#include "protocol/errors.hpp"

namespace uod {

namespace {

struct description {
  std::string_view name;
  std::string_view sentence;
};

/// The one table. A switch without a default, so that the compiler refuses an enum value that
/// has no line here; nothing for a number that is no value.
constexpr description describe(errc code) {
  switch (code) {
    // The request
    case errc::internal:
      return {"internal", "Something went wrong inside the program."};
    case errc::malformed:
      return {"malformed", "The message is not built as the protocol says."};
    case errc::unsupported_version:
      return {"unsupported_version", "The two programs speak different versions of the protocol."};
    case errc::not_allowed:
      return {"not_allowed", "This is not allowed."};
    case errc::too_large:
      return {"too_large", "This is larger than the server takes."};
    case errc::rate_limited:
      return {"rate_limited", "Too many requests in a short time."};
    case errc::overloaded:
      return {"overloaded", "The server has too much to do at the moment."};
    case errc::going_away:
      return {"going_away", "The server is closing."};
    case errc::not_logged_in:
      return {"not_logged_in", "Not logged in."};
    // Accounts and people
    case errc::wrong_credentials:
      return {"wrong_credentials", "The name, password or token is not right."};
    case errc::account_locked:
      return {"account_locked", "The account is locked after too many failed log-ins."};
    case errc::no_such_account:
      return {"no_such_account", "There is no such account."};
    case errc::no_such_contact:
      return {"no_such_contact", "There is no such contact."};
    case errc::no_such_chat:
      return {"no_such_chat", "There is no such chat."};
    case errc::no_such_device:
      return {"no_such_device", "There is no such device."};
    case errc::no_such_message:
      return {"no_such_message", "There is no such message."};
    case errc::name_taken:
      return {"name_taken", "This name belongs to somebody else."};
    case errc::email_taken:
      return {"email_taken", "This e-mail address belongs to another account."};
    case errc::name_invalid:
      return {"name_invalid", "This cannot be a name."};
    case errc::name_confusable:
      return {"name_confusable", "This name looks too much like one that is taken."};
    case errc::email_invalid:
      return {"email_invalid", "This is not an e-mail address."};
    case errc::text_invalid:
      return {"text_invalid", "The text is not valid UTF-8."};
    case errc::password_weak:
      return {"password_weak", "The password is not good enough."};
    case errc::id_conflict:
      return {"id_conflict", "The identifier was used for something else before."};
    case errc::parameters_weak:
      return {"parameters_weak", "The server asks for password settings that are not safe."};
    case errc::premium_code_invalid:
      return {"premium_code_invalid", "The premium code is not valid, or no longer."};
    case errc::code_wrong:
      return {"code_wrong", "The code is not right, or no longer valid."};
    case errc::not_premium:
      return {"not_premium", "Only premium members may do this."};
    case errc::account_closed:
      return {"account_closed", "The account was closed by whoever runs the server."};
    case errc::account_deleted:
      return {"account_deleted", "The account was deleted."};
    case errc::no_such_code:
      return {"no_such_code", "There is no such code."};
    // What is sealed end to end
    case errc::sealed_damaged:
      return {"sealed_damaged", "What is sealed was damaged or altered and cannot be opened."};
    case errc::sealed_for_another:
      return {"sealed_for_another", "This is sealed for another key than the one that is here."};
    case errc::chat_key_unknown:
      return {"chat_key_unknown", "The key that this message is sealed with is not known here."};
    case errc::recovery_code_invalid:
      return {"recovery_code_invalid", "The recovery code has a typing error."};
    case errc::identity_changed:
      return {"identity_changed", "The identity key is not the one that was seen before."};
    case errc::identity_missing:
      return {"identity_missing", "There is no identity key to seal or to open with."};
    case errc::sealed_by_newer:
      return {"sealed_by_newer", "A newer version of this program sealed this."};
    case errc::signature_wrong:
      return {"signature_wrong", "The signature is not by whom it claims to be."};
    case errc::no_such_file:
      return {"no_such_file", "There is no such file."};
    // The store
    case errc::storage_full:
      return {"storage_full", "There is no space left to store this."};
    case errc::storage_failed:
      return {"storage_failed", "The store could not be read or written."};
    case errc::database_newer:
      return {"database_newer", "The database was made by a newer version of this program."};
    case errc::database_corrupt:
      return {"database_corrupt", "The database is damaged; it was left as it is."};
    case errc::database_locked:
      return {"database_locked", "Another program is using the database."};
    // The link
    case errc::link_failed:
      return {"link_failed", "The encrypted connection failed."};
    case errc::link_closed:
      return {"link_closed", "The connection was closed."};
    case errc::frame_too_large:
      return {"frame_too_large", "A frame is larger than allowed."};
    case errc::segment_invalid:
      return {"segment_invalid", "A segment does not fit the frames under way."};
    case errc::key_changed:
      return {"key_changed", "The key is not the one that was seen before."};
    case errc::certificate_invalid:
      return {"certificate_invalid", "The server's certificate cannot be trusted."};
    case errc::slow_reader:
      return {"slow_reader", "This side read too slowly what it was sent."};
    case errc::silent:
      return {"silent", "Nothing was heard for too long."};
    case errc::too_many_connections:
      return {"too_many_connections", "There are too many connections."};
    // This machine
    case errc::server_unreachable:
      return {"server_unreachable", "The server cannot be reached."};
    case errc::timed_out:
      return {"timed_out", "No answer came in time."};
    case errc::usage:
      return {"usage", "The command was not understood."};
    case errc::input_needed:
      return {"input_needed", "Input is needed, and asking for it was forbidden."};
    case errc::config_invalid:
      return {"config_invalid", "The configuration is not valid."};
    case errc::data_dir_in_use:
      return {"data_dir_in_use", "Another server is using the data directory."};
    case errc::address_in_use:
      return {"address_in_use", "Another program is using the address."};
    case errc::permission_denied:
      return {"permission_denied", "The system does not permit this."};
    case errc::io_failed:
      return {"io_failed", "Something could not be read or written."};
    case errc::interrupted:
      return {"interrupted", "Interrupted before it was finished."};
  }
  return {};
}

}  // namespace

std::string_view code_name(errc code) {
  const auto known = describe(code);
  return known.name.empty() ? code_name(errc::internal) : known.name;
}

std::string_view sentence(errc code) {
  const auto known = describe(code);
  return known.sentence.empty() ? sentence(errc::internal) : known.sentence;
}

errc errc_from_wire(std::uint32_t number) {
  if (number > 0xffff) return errc::internal;
  const auto code = static_cast<errc>(number);
  return describe(code).name.empty() ? errc::internal : code;
}

std::optional<errc> errc_named(std::string_view name) {
  // The numbers that the enum has are below; few are, so nothing is kept for looking them up.
  constexpr std::uint32_t numbers_end = 256;
  for (std::uint32_t number = 1; number < numbers_end; ++number) {
    const auto code = static_cast<errc>(number);
    if (!name.empty() && describe(code).name == name) return code;
  }
  return std::nullopt;
}

std::string to_text(const error& failure) {
  std::string text{sentence(failure.code)};
  if (failure.detail.empty()) return text;
  text.pop_back();  // the full stop: every sentence ends with one
  text.append(": ").append(failure.detail);
  return text;
}

}  // namespace uod
