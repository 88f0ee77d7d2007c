#include "tests/storage/model.hpp"

#include <algorithm>

namespace uod::storage::contract {
namespace {

std::string name(errc code) { return std::string(code_name(code)); }

}  // namespace

std::string model::apply_one(const create_chat& wanted) {
  const std::set<account_id> members(wanted.members.begin(), wanted.members.end());
  if (members.empty()) return name(errc::malformed);
  const auto present = chats.find(wanted.id);
  if (present != chats.end()) {
    return present->second.members == members ? "chat" : name(errc::id_conflict);
  }
  for (const account_id& one : members) {
    if (!accounts.contains(one)) return name(errc::no_such_account);
  }
  chats[wanted.id].members = members;
  return "chat";
}

std::string model::apply_one(const new_message& sent, std::uint64_t now_ms) {
  const auto chat = chats.find(sent.chat);
  if (chat == chats.end() || !chat->second.members.contains(sent.sender)) {
    return name(errc::no_such_chat);
  }
  const auto before = by_id.find(sent.id);
  if (before != by_id.end()) {
    const message& first = all[before->second];
    if (first.chat != sent.chat || first.sender != sent.sender) return name(errc::id_conflict);
    return "repeated " + std::to_string(first.seq) + " " + first.body;
  }
  message stored;
  stored.id = sent.id;
  stored.chat = sent.chat;
  stored.sender = sent.sender;
  stored.content = sent.content;
  stored.body = sent.body;
  stored.seq = chat->second.messages.size() + 1;
  stored.sent_at_ms = now_ms;
  if (!chat->second.messages.empty()) {
    stored.sent_at_ms = std::max(now_ms, all[chat->second.messages.back()].sent_at_ms);
  }
  by_id[sent.id] = all.size();
  chat->second.messages.push_back(all.size());
  all.push_back(stored);
  return "stored " + std::to_string(stored.seq) + " " + stored.body;
}

std::string model::apply_one(const new_mark& mark) {
  const auto chat = chats.find(mark.chat);
  if (chat == chats.end() || !chat->second.members.contains(mark.account)) {
    return name(errc::no_such_chat);
  }
  const std::uint64_t last = chat->second.messages.size();
  auto& [delivered, read] = chat->second.marks[mark.account];
  const auto before = std::make_pair(delivered, read);
  read = std::max(read, std::min(mark.read_seq, last));
  delivered = std::max({delivered, std::min(mark.delivered_seq, last), read});
  const bool changed = before != std::make_pair(delivered, read);
  return std::string(changed ? "moved " : "unmoved ") + std::to_string(delivered) + " " +
         std::to_string(read);
}

std::string model::apply(const message_change& change, std::uint64_t now_ms) {
  if (const auto* sent = std::get_if<new_message>(&change)) return apply_one(*sent, now_ms);
  if (const auto* mark = std::get_if<new_mark>(&change)) return apply_one(*mark);
  return apply_one(std::get<create_chat>(change));
}

std::string model::apply(const account_change& change) {
  if (const auto* wanted = std::get_if<create_account>(&change)) {
    accounts.insert(wanted->account.id);
    return "done";
  }
  if (const auto* wanted = std::get_if<put_contact>(&change)) {
    if (!accounts.contains(wanted->owner) || !accounts.contains(wanted->contact)) {
      return name(errc::no_such_account);
    }
    contacts.emplace(wanted->owner, wanted->contact);
    return "done";
  }
  const auto& wanted = std::get<delete_contact>(change);
  return contacts.erase({wanted.owner, wanted.contact}) == 1 ? "done" : name(errc::no_such_contact);
}

std::uint64_t model::unread(const chat_id& chat, const account_id& viewer) const {
  const chat_state& state = chats.at(chat);
  const auto marks = state.marks.find(viewer);
  const std::uint64_t read = marks == state.marks.end() ? 0 : marks->second.second;
  return static_cast<std::uint64_t>(std::count_if(
      state.messages.begin(), state.messages.end(),
      [&](std::size_t index) { return all[index].seq > read && all[index].sender != viewer; }));
}

std::vector<std::size_t> model::feed(const account_id& account) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (chats.at(all[i].chat).members.contains(account)) found.push_back(i);
  }
  return found;
}

std::vector<chat_id> model::listing(const account_id& account) const {
  std::vector<chat_id> found;
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    if (!chats.at(one->chat).members.contains(account)) continue;
    if (std::find(found.begin(), found.end(), one->chat) == found.end()) found.push_back(one->chat);
  }
  return found;
}

std::size_t model::undelivered(const account_id& account) const {
  for (const std::size_t index : feed(account)) {
    const message& one = all[index];
    const chat_state& state = chats.at(one.chat);
    const auto marks = state.marks.find(account);
    const std::uint64_t delivered = marks == state.marks.end() ? 0 : marks->second.first;
    if (one.sender != account && one.seq > delivered) return index;
  }
  return all.size();
}

std::string describe(const outcome<message_result>& result) {
  if (!result) return name(result.error().code);
  if (std::holds_alternative<chat_stored>(*result)) return "chat";
  if (const auto* sent = std::get_if<message_stored>(&*result)) {
    return (sent->repeated ? "repeated " : "stored ") + std::to_string(sent->stored.seq) + " " +
           sent->stored.body;
  }
  const auto& mark = std::get<mark_stored>(*result);
  return (mark.changed ? "moved " : "unmoved ") + std::to_string(mark.delivered_seq) + " " +
         std::to_string(mark.read_seq);
}

std::string describe(const outcome<change_result>& result) {
  return result ? "done" : name(result.error().code);
}

}  // namespace uod::storage::contract
