#pragma once

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "protocol/messages.hpp"

namespace uod::client {

/// How far each chat has been delivered and read, and what of that the server does not know yet.
/// At most one mark a chat is under way, so that a thousand messages cost a handful of marks.
/// Pure.
class marks {
 public:
  void delivered(const chat_id& chat, std::uint64_t seq) {
    mark& into = open_[chat];
    into.delivered_seq = std::max(into.delivered_seq, seq);
  }

  /// What is read has also been delivered.
  void read(const chat_id& chat, std::uint64_t seq) {
    mark& into = open_[chat];
    into.read_seq = std::max(into.read_seq, seq);
    into.delivered_seq = std::max(into.delivered_seq, seq);
  }

  /// The marks to send now; each counts as under way from here on.
  std::vector<mark_chat> take() {
    std::vector<mark_chat> due;
    for (auto& [chat, each] : open_) {
      if (each.under_way || !each.news()) continue;
      each.under_way = true;
      each.sent_delivered_seq = each.delivered_seq;
      each.sent_read_seq = each.read_seq;
      due.push_back({chat, each.delivered_seq, each.read_seq});
    }
    return due;
  }

  /// The answer to a mark is there; `again` where it has to be sent once more.
  void answered(const chat_id& chat, bool again) {
    const auto found = open_.find(chat);
    if (found == open_.end()) return;
    mark& each = found->second;
    each.under_way = false;
    if (again) each.sent_delivered_seq = each.sent_read_seq = 0;
    if (!each.news()) open_.erase(found);
  }

  /// There is something that `take` would give.
  [[nodiscard]] bool due() const {
    return std::any_of(open_.begin(), open_.end(), [](const auto& each) {
      return !each.second.under_way && each.second.news();
    });
  }

  /// Nothing is due or under way.
  [[nodiscard]] bool idle() const { return open_.empty(); }
  void forget() { open_.clear(); }

 private:
  struct mark {
    std::uint64_t delivered_seq = 0;
    std::uint64_t read_seq = 0;
    std::uint64_t sent_delivered_seq = 0;
    std::uint64_t sent_read_seq = 0;
    bool under_way = false;

    [[nodiscard]] bool news() const {
      return delivered_seq > sent_delivered_seq || read_seq > sent_read_seq;
    }
  };

  std::unordered_map<chat_id, mark> open_;  ///< only chats with something due or under way
};

}  // namespace uod::client
