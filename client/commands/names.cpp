#include "client/commands/names.hpp"

#include "client/sealing/direct_chat.hpp"
#include "protocol/names.hpp"

namespace uod::client {

outcome<void> as_myself(
    context& with, const std::function<outcome<void>(conversation&, const kept_login&)>& work) {
  const auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  auto talk = conversation::start(with, &*kept);
  if (!talk) return tl::unexpected(talk.error());
  auto result = work(**talk, *kept);
  (*talk)->close();
  return result;
}

error about_name(error failure, const std::string& name, errc missing) {
  const bool no_name = failure.code == errc::name_invalid || failure.code == errc::name_confusable;
  if (no_name) failure = {missing, {}};
  const bool of_name = failure.code == errc::no_such_account ||
                       failure.code == errc::no_such_contact ||
                       failure.code == errc::no_such_chat || failure.code == errc::not_allowed;
  if (of_name && failure.detail.empty()) failure.detail = name;
  return failure;
}

std::string chat_name(const chat_info& chat, const account_id& myself) {
  for (const auto& each : chat.members)
    if (each.id != myself) return each.name;
  return chat.members.empty() ? std::string{} : chat.members.front().name;
}

outcome<chat_info> open_chat_with(conversation& talk, const account_id& myself,
                                  const std::string& name) {
  auto opened = talk.ask<chat_opened>(open_chat{name});
  if (!opened) return tl::unexpected(about_name(opened.error(), name));
  const auto partner = partner_in(opened->chat, myself);
  if (!partner) return tl::unexpected(partner.error());
  const auto asked = parse_name(name);
  const auto given = parse_name(chat_name(opened->chat, myself));
  if (!asked || !given || asked->key != given->key) {
    return fail(errc::malformed, "the server gives the chat with somebody else than " + name);
  }
  return std::move(opened->chat);
}

}  // namespace uod::client
