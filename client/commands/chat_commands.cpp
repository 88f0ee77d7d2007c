#include <algorithm>
#include <map>

#include "client/commands/commands.hpp"
#include "client/commands/history_span.hpp"
#include "client/commands/message_rows.hpp"
#include "client/commands/names.hpp"
#include "client/commands/sealed_talk.hpp"

namespace uod::client {
namespace {

/// More than a server gives at once; it takes the smaller number.
constexpr std::uint32_t page_rows = 200;

const member* member_of(const chat_info& chat, const account_id& id) {
  const auto found = std::ranges::find(chat.members, id, &member::id);
  return found == chat.members.end() ? nullptr : &*found;
}

std::string name_of(const chat_info& chat, const account_id& id) {
  const auto* found = member_of(chat, id);
  return found != nullptr ? found->name : to_text(id);
}

/// Who a message of a direct chat is for: the member that did not send it.
std::string addressee(const chat_info& chat, const account_id& sender) {
  for (const auto& each : chat.members)
    if (each.id != sender) return each.name;
  return name_of(chat, sender);
}

message_frame frame_of(const message& it, const chat_info& chat, const account_id& myself) {
  return {chat_name(chat, myself), name_of(chat, it.sender), addressee(chat, it.sender),
          cursor_text({it.position, {}})};
}

/// Prints the span; gives the newest `seq` that was shown.
outcome<std::uint64_t> show_span(context& with, conversation& talk, keyring& keys,
                                 const chat_info& chat, span_of_chat span) {
  std::map<account_id, std::string> names;
  for (const auto& each : chat.members) names.emplace(each.id, each.name);
  std::uint64_t shown = span.after;
  while (shown < span.last) {
    auto page = talk.ask<history>(page_behind(chat.id, shown, span.last, page_rows));
    if (!page) return tl::unexpected(page.error());
    std::erase_if(page->messages, [&](const message& each) {
      return each.seq <= shown || each.seq > span.last || each.chat != chat.id;
    });
    const auto opened = open_sealed(talk, keys, page->messages, names);
    if (!opened) return tl::unexpected(opened.error());
    const auto before = shown;
    for (const auto& each : *opened) {
      if (!show_hole(with, chat_name(chat, keys.account()), shown, each.stored.seq)) return shown;
      if (!show_message(with, each, frame_of(each.stored, chat, keys.account()))) return shown;
      shown = each.stored.seq;
    }
    if (shown == before) {
      // A server that does not go on must not keep us here.
      show_hole(with, chat_name(chat, keys.account()), shown, span.last + 1);
      break;
    }
  }
  return shown;
}

/// Whether the other one's key is another than the one pinned.
bool key_changed(outcome<keyring>& keys, const chat_info& chat) {
  if (!keys) return false;
  return std::ranges::any_of(chat.members, [&](const member& each) {
    if (each.identity.empty() || each.id == keys->account()) return false;
    return keys->trust_of(each).value_or(trust::unknown) == trust::changed;
  });
}

}  // namespace

outcome<void> run(context& with, const chats_arguments&) {
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto keys = open_keyring(with, me);
    std::string after;
    do {
      const auto page = talk.ask<chats_listed>(list_chats{after, page_rows});
      if (!page) return tl::unexpected(page.error());
      for (const auto& each : page->chats) {
        if (each.last_seq == 0) continue;  // opened, and nobody has said anything yet
        const terminal::chat_row row{chat_name(each, me.secret.account), each.last_seq, each.unread,
                                     key_changed(keys, each)};
        if (!with.rows.show(row)) return {};
      }
      after = page->next;
    } while (!after.empty());
    return {};
  });
}

outcome<void> run(context& with, const history_arguments& what) {
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    const auto chat = open_chat_with(talk, me.secret.account, what.name);
    if (!chat) return tl::unexpected(chat.error());
    auto keys = open_keyring(with, me);
    if (!keys) return tl::unexpected(keys.error());
    const auto span = choose_span(what, chat->last_seq);
    const auto shown = show_span(with, talk, *keys, *chat, span);
    if (!shown) return tl::unexpected(shown.error());
    const auto* myself = member_of(*chat, me.secret.account);
    const bool read_before = myself != nullptr && myself->read_seq >= *shown;
    if (what.keep_unread || *shown == span.after || read_before) return {};
    const auto marked = talk.ask<done>(mark_chat{chat->id, *shown, *shown});
    if (!marked) return tl::unexpected(marked.error());
    return {};
  });
}

}  // namespace uod::client
