#include <algorithm>

#include "protocol/crypto_identity.hpp"
#include "protocol/names.hpp"
#include "server/administration/work.hpp"

/// An account's export: what its owner could see, and what is kept about it.
namespace uod::administration {
namespace {

using storage::account_record;

constexpr std::uint32_t page_rows = 200;
constexpr std::size_t page_octets = 1024 * 1024;

/// A chat by the names that people know: the other's, one's own for notes to oneself.
std::string chat_name(const chat_info& chat, const account_record& viewer) {
  if (chat.members.size() == 1) return viewer.name;
  if (chat.members.size() > 2) return to_text(chat.id);
  const bool first = chat.members.front().id == viewer.id;
  return (first ? chat.members.back() : chat.members.front()).name;
}

std::string sender_name(const chat_info& chat, const account_id& sender) {
  const auto found = std::ranges::find(chat.members, sender, &member::id);
  return found == chat.members.end() ? to_text(sender) : found->name;
}

/// Text as it is; what is no text (to the server a body is opaque) in hexadecimal digits.
void put_body(row& into, const bytes& body) {
  if (is_utf8(body)) {
    into["text"] = body;
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char each : body) {
    hex.push_back(digits[static_cast<unsigned char>(each) >> 4]);
    hex.push_back(digits[static_cast<unsigned char>(each) & 15]);
  }
  into["body_hex"] = std::move(hex);
}

/// The identity that the account has now, by what people compare.
outcome<void> tell_identity(work& now, const account_record& whose) {
  const auto print = key_fingerprint::from_octets(whose.identity);
  if (!print) return {};
  return now.tell({{"type", "identity"}, {"fingerprint", to_text(*print)}});
}

outcome<void> tell_devices(work& now, const account_record& whose) {
  const auto devices = now.host.reads().devices(whose.id);
  if (!devices) return tl::unexpected(devices.error());
  for (const auto& device : *devices) {
    if (auto told = now.tell(device_row(device)); !told) return told;
  }
  const auto places = now.host.reads().locations(whose.id);
  if (!places) return tl::unexpected(places.error());
  for (const auto& place : *places) {
    auto told = now.tell({{"type", "location"},
                          {"network", place.network},
                          {"device", place.device},
                          {"first_seen", time_value(place.first_seen_ms)},
                          {"last_seen", time_value(place.last_seen_ms)}});
    if (!told) return told;
  }
  return {};
}

outcome<void> tell_contacts(work& now, const account_record& whose) {
  std::string after;
  do {
    const auto page = now.host.reads().contacts(whose.id, after, page_rows);
    if (!page) return tl::unexpected(page.error());
    for (const auto& contact : page->contacts) {
      auto told =
          now.tell({{"type", "contact"}, {"user", contact.name}, {"id", to_text(contact.id)}});
      if (!told) return told;
    }
    after = page->next;
  } while (!after.empty());
  return {};
}

outcome<void> tell_messages(work& now, const chat_info& chat, const account_record& whose) {
  const std::string name = chat_name(chat, whose);
  // A page that begins behind nothing would be the newest: the first message comes by itself.
  fetch_history query{chat.id, 2, 0, 1};
  for (;;) {
    const auto page = now.host.reads().history(whose.id, query, page_octets);
    if (!page) return tl::unexpected(page.error());
    for (const message& one : page->messages) {
      row told{{"type", "message"}, {"id", to_text(one.id)},
               {"chat", name},      {"chat_id", to_text(chat.id)},
               {"seq", one.seq},    {"from", sender_name(chat, one.sender)}};
      if (chat.members.size() <= 2) told["to"] = one.sender == whose.id ? name : whose.name;
      put_body(told, one.body);
      told["sent_at"] = time_value(one.sent_at_ms);
      if (auto taken = now.tell(told); !taken) return taken;
    }
    if (page->messages.empty()) return {};
    query = {chat.id, 0, page->messages.back().seq, page_rows};
  }
}

outcome<void> tell_chats(work& now, const account_record& whose) {
  std::string after;
  do {
    const auto page = now.host.reads().chats(whose.id, after, page_rows);
    if (!page) return tl::unexpected(page.error());
    for (const chat_info& chat : page->chats) {
      row told{{"type", "chat"},         {"chat", chat_name(chat, whose)},
               {"id", to_text(chat.id)}, {"last_seq", chat.last_seq},
               {"unread", chat.unread},  {"members", row::array()}};
      for (const member& one : chat.members) told["members"].push_back(one.name);
      if (auto taken = now.tell(told); !taken) return taken;
      if (auto messages = tell_messages(now, chat, whose); !messages) return messages;
    }
    after = page->next;
  } while (!after.empty());
  return {};
}

/// Those that the account itself sent; the others are everybody's.
outcome<void> tell_broadcasts(work& now, const account_record& whose) {
  fetch_home query{2, 0, 1};
  for (;;) {
    const auto page = now.host.reads().home(query, page_octets);
    if (!page) return tl::unexpected(page.error());
    for (const broadcast& one : page->broadcasts) {
      if (one.sender != whose.id) continue;
      row told{{"type", "broadcast"}, {"id", to_text(one.id)}, {"seq", one.seq}};
      told["from"] = one.sender_name;
      put_body(told, one.body);
      told["sent_at"] = time_value(one.sent_at_ms);
      if (auto taken = now.tell(told); !taken) return taken;
    }
    if (page->broadcasts.empty()) return {};
    query = {0, page->broadcasts.back().seq, page_rows};
  }
}

}  // namespace

outcome<void> carry_out(work& now, const export_account& wanted) {
  const auto account = find_account(now, wanted.account);
  if (!account) return tl::unexpected(account.error());
  const auto head = account_row(now, *account);
  if (!head) return tl::unexpected(head.error());
  if (auto told = now.tell(*head); !told) return told;
  if (auto told = tell_identity(now, *account); !told) return told;
  if (auto told = tell_devices(now, *account); !told) return told;
  if (auto told = tell_contacts(now, *account); !told) return told;
  if (auto told = tell_chats(now, *account); !told) return told;
  if (auto told = tell_broadcasts(now, *account); !told) return told;
  return for_each_mail(now, [&](const storage::outbox_row& mail) -> outcome<void> {
    return mail.account == account->id ? now.tell(mail_row(mail)) : outcome<void>{};
  });
}

}  // namespace uod::administration
