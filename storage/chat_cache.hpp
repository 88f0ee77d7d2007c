#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/store.hpp"

namespace uod::storage {

/// A member of a chat as the message writer knows it.
struct cached_member {
  account_id id;
  std::int64_t key = 0;
  std::uint64_t delivered_seq = 0;
  std::uint64_t read_seq = 0;
  bool moved = false;  ///< marks to be written with this commit
  bool gone = false;   ///< has deleted the account
};

/// A chat's counters and members. While its chat is here, memory is ahead of the database only
/// inside a commit.
struct cached_chat {
  std::int64_t key = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t last_position = 0;
  std::uint64_t last_sent_at_ms = 0;
  std::string tail;              ///< the run of positions that is not full yet (position_run.hpp)
  std::int64_t speaker_key = 0;  ///< who sent the last message; 0: nobody yet
  std::uint64_t speaks_from_seq = 0;  ///< since this one nobody else has sent any
  bool touched = false;               ///< something of it is to be written with this commit
  bool grown = false;                 ///< its counters are
  bool deserted = false;              ///< everybody else has deleted their account
  std::vector<cached_member> members;
  std::shared_ptr<const chat_members> shared;

  /// The member, or nothing for a stranger.
  cached_member* find(const account_id& account);
};

/// The chats that were written to lately. Pointers stay good until `trim`, `forget`, `clear` or the
/// end. Used by one thread.
class chat_cache {
 public:
  explicit chat_cache(std::size_t chats_max) : chats_max_(chats_max) {}

  /// The chat, which becomes the most recently used one; nothing when it is not here.
  cached_chat* find(const chat_id& id);
  cached_chat* put(const chat_id& id, cached_chat chat);

  /// Lets go of the least recently used beyond the bound. Not inside a commit: what it touched
  /// may be more than the bound, and none of it may be forgotten before it is written.
  void trim();
  /// Lets go of one, if it is here. Not inside a commit that has touched it.
  void forget(const chat_id& id);
  void clear();

  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  using entry = std::pair<chat_id, cached_chat>;

  std::size_t chats_max_;
  std::list<entry> by_use_;  ///< most recently used first
  std::unordered_map<chat_id, std::list<entry>::iterator> index_;
};

}  // namespace uod::storage
