#include "client/commands/commands.hpp"
#include "client/commands/message_rows.hpp"
#include "client/commands/names.hpp"
#include "client/commands/sealed_talk.hpp"
#include "protocol/names.hpp"

namespace uod::client {
namespace {

constexpr std::uint32_t page_rows = 200;

/// The chats of this account, for the names of those who are in them.
outcome<std::map<chat_id, chat_info>> chats_by_id(conversation& talk) {
  std::map<chat_id, chat_info> known;
  std::string after;
  do {
    auto page = talk.ask<chats_listed>(list_chats{after, page_rows});
    if (!page) return tl::unexpected(page.error());
    for (auto& each : page->chats) known.emplace(each.id, std::move(each));
    after = page->next;
  } while (!after.empty());
  return known;
}

message_frame frame_of(const chat_info* chat, const account_id& sender, const account_id& myself) {
  if (chat == nullptr) return {};
  message_frame frame;
  frame.chat = chat_name(*chat, myself);
  frame.to = frame.chat;
  for (const auto& each : chat->members) {
    if (each.id == sender) frame.from = each.name;
    if (each.id != sender) frame.to = each.name;
  }
  return frame;
}

}  // namespace

outcome<void> run(context& with, const search_arguments& what) {
  if (folded_text(what.text).empty()) return fail(errc::text_invalid, "what to search for");
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto keys = open_keyring(with, me);
    if (!keys) return tl::unexpected(keys.error());
    const auto chats = chats_by_id(talk);
    if (!chats) return tl::unexpected(chats.error());
    std::uint64_t left = what.limit;
    return keys->search(what.text, [&](const storage::read_message& read, const content& found) {
      opened_message shown;
      shown.stored.id = read.id;
      shown.stored.chat = read.chat;
      shown.stored.seq = read.seq;
      shown.stored.sender = read.sender;
      shown.stored.sent_at_ms = read.sent_at_ms;
      shown.is_key_trusted = !read.is_doubtful;
      shown.is_misplaced = read.is_misplaced;
      if (const auto* text = std::get_if<text_content>(&found)) {
        shown.what = *text;
      } else {
        const auto& file = std::get<file_content>(found);
        shown.what = file_content{file.id, {}, file.size, file.name};
      }
      const auto chat = chats->find(read.chat);
      const auto* known = chat != chats->end() ? &chat->second : nullptr;
      return show_message(with, shown, frame_of(known, read.sender, me.secret.account)) &&
             --left > 0;
    });
  });
}

}  // namespace uod::client
