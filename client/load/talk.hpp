#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "client/load/accounts.hpp"
#include "protocol/sealing/chat_key.hpp"
#include "protocol/sealing/sealed_message.hpp"

namespace uod::load {

/// What one person writes to another: the chat, the keys that it is sealed with, and how much of it
/// is on its way.
struct talk {
  /// Keys that the reader opens with. Whoever is further behind than so many times 10,000 messages
  /// is believed by their digest.
  static constexpr std::size_t keys_max = 16;
  /// Planned messages that wait for the chat to be open; more are refused as `overloaded`.
  static constexpr std::size_t waiting_max = 100'000;

  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint32_t index = 0;  ///< at the oracle
  std::uint32_t window = 0;
  std::uint32_t under_way = 0;
  bool opening = false;
  bool is_waited_for = false;  ///< the clock starts when it is open
  bool open = false;
  bool keeps_sending = false;
  bool making_key = false;
  chat_id chat;
  std::uint32_t sealed = 0;   ///< the last count under the newest key
  std::uint32_t made = 0;     ///< texts, so that each is another
  std::deque<chat_key> keys;  ///< the newest last
  std::optional<chat_key> next_key;
  /// What waits for the chat or the next key: texts, and the instants that they were planned for.
  struct planned {
    std::uint64_t ns = 0;
    std::optional<std::string> text;  ///< else one is made
    std::uint64_t bytes = 0;          ///< of it, where it is another size than usual
    /// The wait of the writer's story that the answer is for, as `virtual_user::turn` counts.
    std::optional<std::uint32_t> turn;
  };
  std::deque<planned> waiting;

  /// A key is there that has counts left; takes the next one up where the present one is used up.
  bool can_seal();
  /// Whether it is time to make the next key.
  [[nodiscard]] bool needs_key() const;
  outcome<bytes> seal(const message_id& id, const std::string& text);
  /// What the reader reads. Nothing where the key is not kept any more.
  [[nodiscard]] std::optional<outcome<std::string>> open_sealed(const message& stored) const;
};

/// A text of so many octets which is another for each number.
std::string text_of(std::uint64_t number, std::size_t octets);

/// Makes a chat key for two, who have shared identities. Costs two milliseconds; on any thread.
outcome<made_chat_key> make_key_for(const chat_key_about& about, const account_id& from,
                                    const identity_private& from_identity, const account_id& to,
                                    const identity_public& to_identity);

}  // namespace uod::load
