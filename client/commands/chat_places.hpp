#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "client/sealing/keyring.hpp"

namespace uod::client {

/// Up to where `listen` has printed each chat: chats count without gaps, so a message that does not
/// come shows, also from one run to the next. Kept in the keyring, sealed, with the position in the
/// stream that it belongs to: where another program has moved the cursor since, nothing is known.
class chat_places {
 public:
  /// Chats that are remembered; past them those printed last are. 24 KiB.
  static constexpr std::size_t chats_max = 1024;

  /// What an earlier run has kept, if it ended at this position; that there is nothing is no error.
  outcome<void> load(keyring& keys, std::uint64_t position);
  /// Where something has changed.
  outcome<void> keep(keyring& keys, std::uint64_t position);
  void clear();

  [[nodiscard]] std::optional<std::uint64_t> find(const chat_id& chat) const;
  void put(const chat_id& chat, std::uint64_t seq);

 private:
  struct place {
    std::uint64_t seq = 0;
    std::uint64_t used = 0;  ///< counts what was put
  };
  std::map<chat_id, place> places_;
  std::uint64_t puts_ = 0;
  bool changed_ = false;
};

}  // namespace uod::client
