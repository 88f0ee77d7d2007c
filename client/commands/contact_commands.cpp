#include <algorithm>

#include "client/commands/commands.hpp"
#include "client/commands/conversation.hpp"
#include "client/commands/names.hpp"
#include "client/commands/sealed_talk.hpp"

namespace uod::client {
namespace {

/// More than a server gives at once; it takes the smaller number.
constexpr std::uint32_t page_rows = 200;

/// Where this profile has no keyring, nothing is known of anybody's key.
terminal::contact_row row_of(const contact& it, outcome<keyring>& keys) {
  auto known = trust::unknown;
  if (keys && !it.identity.empty())
    known = keys->trust_of(member{it.id, it.name, 0, 0, it.identity}).value_or(known);
  return {it.name, it.online, known == trust::verified, it.last_seen_ms, known == trust::changed};
}

}  // namespace

outcome<void> run(context& with, const contacts_list_arguments&) {
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto keys = open_keyring(with, me);
    std::string after;
    do {
      const auto page = talk.ask<contacts_listed>(list_contacts{after, page_rows});
      if (!page) return tl::unexpected(page.error());
      for (const auto& each : page->contacts)
        if (!with.rows.show(row_of(each, keys))) return {};
      after = page->next;
    } while (!after.empty());
    return {};
  });
}

outcome<void> run(context& with, const contacts_search_arguments& what) {
  return as_myself(with, [&](conversation& talk, const kept_login&) -> outcome<void> {
    std::uint64_t left = what.all ? UINT64_MAX : what.limit;
    std::string after;
    do {
      const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, page_rows));
      const auto page = talk.ask<accounts_found>(search_accounts{what.text, after, limit});
      if (!page) return tl::unexpected(page.error());
      for (const auto& name : page->names) {
        if (left-- == 0) return {};
        if (!with.rows.show(terminal::account_found_row{name})) return {};
      }
      after = page->next;
    } while (!after.empty() && left > 0);
    return {};
  });
}

outcome<void> run(context& with, const contacts_add_arguments& what) {
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    const auto reply = talk.ask<contact_added>(add_contact{what.name});
    if (!reply) return tl::unexpected(about_name(reply.error(), what.name));
    auto keys = open_keyring(with, me);
    with.rows.show(row_of(reply->added, keys));
    const bool mutual = reply->added.online || reply->added.last_seen_ms != 0;
    if (!mutual) {
      with.status.say("whether " + reply->added.name +
                      " is online shows once both have each other as contacts");
    }
    return {};
  });
}

outcome<void> run(context& with, const contacts_remove_arguments& what) {
  return as_myself(with, [&](conversation& talk, const kept_login&) -> outcome<void> {
    const auto reply = talk.ask<done>(remove_contact{what.name});
    if (!reply) return tl::unexpected(about_name(reply.error(), what.name, errc::no_such_contact));
    with.status.say(what.name + " is no longer a contact");
    return {};
  });
}

}  // namespace uod::client
