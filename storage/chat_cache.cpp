#include "storage/chat_cache.hpp"

namespace uod::storage {

cached_member* cached_chat::find(const account_id& account) {
  for (cached_member& one : members) {
    if (one.id == account) return &one;
  }
  return nullptr;
}

cached_chat* chat_cache::find(const chat_id& id) {
  const auto found = index_.find(id);
  if (found == index_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return &found->second->second;
}

cached_chat* chat_cache::put(const chat_id& id, cached_chat chat) {
  by_use_.emplace_front(id, std::move(chat));
  index_[id] = by_use_.begin();
  return &by_use_.front().second;
}

void chat_cache::trim() {
  while (index_.size() > chats_max_) {
    index_.erase(by_use_.back().first);
    by_use_.pop_back();
  }
}

void chat_cache::forget(const chat_id& id) {
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  by_use_.erase(found->second);
  index_.erase(found);
}

void chat_cache::clear() {
  index_.clear();
  by_use_.clear();
}

}  // namespace uod::storage
