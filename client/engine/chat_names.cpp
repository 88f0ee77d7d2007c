#include "client/engine/chat_names.hpp"

namespace uod::client {

std::string shown_name(const std::string& name) {
  return name.empty() ? std::string(unknown_name) : name;
}

void chat_names::learn(const chat_info& chat) {
  auto [at, fresh] = chats_.try_emplace(chat.id);
  entry& into = at->second;
  if (fresh) {
    last_used_first_.push_front(chat.id);
    into.used = last_used_first_.begin();
  }
  into.members.clear();
  for (const auto& each : chat.members) into.members.push_back({each.id, each.name});
  if (chats_.size() > chats_max) {
    chats_.erase(last_used_first_.back());
    last_used_first_.pop_back();
  }
}

const chat_names::entry* chat_names::use(const chat_id& chat) {
  const auto found = chats_.find(chat);
  if (found == chats_.end()) return nullptr;
  last_used_first_.splice(last_used_first_.begin(), last_used_first_, found->second.used);
  return &found->second;
}

std::string chat_names::name_of(const chat_id& chat, const account_id& viewer) {
  const entry* known = use(chat);
  if (known == nullptr || known->members.empty()) return std::string(unknown_name);
  for (const auto& each : known->members) {
    if (each.id != viewer) return shown_name(each.name);
  }
  return shown_name(known->members.front().name);  // a chat with oneself
}

std::string chat_names::member_name(const chat_id& chat, const account_id& who) {
  if (const entry* known = use(chat)) {
    for (const auto& each : known->members) {
      if (each.id == who) return shown_name(each.name);
    }
  }
  return std::string(unknown_name);
}

}  // namespace uod::client
