#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/messages.hpp"

namespace uod::load {

/// What one message was found guilty of.
enum class fault_kind { lost, doubled, disordered, altered };
inline constexpr std::size_t fault_kinds = 4;
std::string_view name_of(fault_kind kind);

struct fault {
  fault_kind kind = fault_kind::lost;
  std::string what;  ///< names the message, its chat and what was expected
};

/// What the oracle has found. `counts` counts all, `named` tells of the first.
struct verdict {
  static constexpr std::size_t named_max = 20;  ///< enough to see what they have in common

  std::uint64_t counts[fault_kinds] = {};
  std::vector<fault> named;
  std::uint64_t checked_in_history = 0;
  std::uint64_t unanswered = 0;  ///< sent, and neither acknowledged nor refused at the end

  [[nodiscard]] std::uint64_t count(fault_kind kind) const {
    return counts[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] bool clean() const;
  void add(fault found);
  void merge(const verdict& other);
};

/// What somebody's text is known by: not for hiding anything, only to see whether it changed.
std::uint64_t digest_of(bytes_view octets);

/// Knows what must become of every message, and says what did not: each that was acknowledged is
/// delivered to whoever listens exactly once, in order of `seq`, unaltered, and is in the history.
/// What was sent and never acknowledged may arrive once or not at all.
///
/// A conversation is what one person writes to another: its messages are numbered, and number and
/// conversation stand in each message's id, so that nothing has to be looked up by an id. What is
/// both acknowledged and delivered is forgotten but for a sum over each 256 of a chat, against
/// which the history is read. Pure; one thread.
class oracle {
 public:
  /// Messages of one conversation that are on their way; the oldest of more are set aside.
  static constexpr std::size_t on_their_way_max = 4'096;
  /// Messages set aside, over all; what comes beyond is taken for lost where it must arrive.
  static constexpr std::size_t set_aside_max = 200'000;
  static constexpr std::uint64_t history_window = 256;

  /// `tag` tells this run's messages from those of others; the low 18 bits count.
  explicit oracle(std::uint32_t tag) : tag_(tag & 0x3ffff) {}

  /// A chat whose last message, before this run, has this `seq`. Gives its number.
  std::uint32_t add_chat(std::string name, std::uint64_t last_seq);
  /// One direction of a chat. Gives its number; they are below 2^24.
  std::uint32_t add_conversation(std::uint32_t chat, std::string name);
  /// Whoever reads it has subscribed: what is sent must arrive by the end.
  void reader_listens(std::uint32_t conversation);
  [[nodiscard]] bool has_reader(std::uint32_t conversation) const;
  [[nodiscard]] std::uint64_t last_delivered_seq(std::uint32_t conversation) const {
    return conversations_[conversation].last_seq;
  }

  /// The id that the next message of a conversation is to be sent under.
  [[nodiscard]] message_id next_id(std::uint32_t conversation, std::uint64_t unix_ms) const;
  /// It is on its way from here on. `planned_ns` is given back at its delivery; `counted` says
  /// whether it is part of what is measured.
  std::uint32_t sent(std::uint32_t conversation, const message_id& id, std::uint64_t digest,
                     std::uint64_t planned_ns, bool counted);

  /// What is known of a message when something becomes of it.
  struct progress {
    bool first = false;  ///< the first time, and nothing is wrong with it
    bool counted = false;
    std::uint64_t planned_ns = 0;
  };
  progress acknowledged(std::uint32_t conversation, std::uint32_t number, std::uint64_t seq);
  /// The server will not have it; or nobody `knows`, and it may still arrive once.
  void refused(std::uint32_t conversation, std::uint32_t number, bool knows);
  /// Somebody else's message reached its reader. `mine` is false for those of earlier runs.
  struct arrival : progress {
    bool mine = false;
    std::uint32_t conversation = 0;
  };
  arrival delivered(const message& stored, std::uint64_t digest);
  /// It came, but could not be opened by whoever it is for.
  void not_opened(const message& stored, const std::string& why);

  /// A page of a chat, in rising order, from the first message of the run on.
  void read(std::uint32_t chat, const std::vector<message>& page);
  /// Where to read on, behind this `seq`.
  [[nodiscard]] std::uint64_t read_up_to(std::uint32_t chat) const;
  /// The chat was read to its end: judges what was missing.
  void end_reading(std::uint32_t chat);

  /// Messages that must still be acknowledged or arrive.
  [[nodiscard]] std::uint64_t open_count() const { return open_; }
  /// Judges what has not arrived. `reachable` is false when the server is gone: then what is
  /// missing is not known to be lost.
  void finish(bool reachable);
  [[nodiscard]] const verdict& found() const { return verdict_; }
  [[nodiscard]] std::size_t chats() const { return chats_.size(); }
  [[nodiscard]] std::uint64_t acknowledged_in(std::uint32_t chat) const;

 private:
  struct entry {
    std::uint64_t digest = 0;
    std::uint64_t planned_ns = 0;
    std::uint64_t seq = 0;  ///< as it was acknowledged, or else delivered; 0: neither
    std::uint64_t unix_ms = 0;
    bool counted = false;
    bool acknowledged = false;
    bool delivered = false;
    bool refused = false;
    bool unknown = false;  ///< whether it was refused
  };
  struct conversation_state {
    std::uint32_t chat = 0;
    bool listened = false;
    std::uint32_t next = 1;   ///< number of the next message
    std::uint32_t first = 1;  ///< number of the oldest that is on its way
    std::uint32_t last_delivered = 0;
    std::uint64_t last_seq = 0;
    std::vector<entry> ring;  ///< a power of two; number & (size - 1) is a message's place
    std::string name;
  };
  struct window {
    std::uint64_t sum = 0;
    std::uint32_t count = 0;
    std::uint32_t gone = 0;  ///< seen to be missing, and told
  };
  struct chat_state {
    std::string name;
    std::uint64_t base = 0;
    std::uint64_t read_seq = 0;
    std::uint64_t acknowledged = 0;
    std::vector<window> written;
    std::vector<window> read;
  };
  struct name_of_message {
    std::uint32_t conversation = 0;
    std::uint32_t number = 0;
  };

  [[nodiscard]] std::optional<name_of_message> name_in(const message_id& id) const;
  entry* find(conversation_state& of, std::uint32_t index, std::uint32_t number);
  void make_room(conversation_state& of, std::uint32_t index);
  void forget_complete(conversation_state& of, std::uint32_t index);
  void set_aside(const conversation_state& of, std::uint32_t index, std::uint32_t number,
                 const entry& message);
  [[nodiscard]] bool is_open(const conversation_state& of, const entry& message) const;
  void judge(const conversation_state& of, std::uint32_t number, const entry& message,
             bool reachable);
  [[nodiscard]] message_id id_of(std::uint32_t conversation, std::uint32_t number,
                                 std::uint64_t unix_ms) const;
  void add(fault_kind kind, const conversation_state& of, const message_id& id,
           const std::string& what);
  void add(fault_kind kind, const conversation_state& of, std::uint32_t number,
           const entry& message, const std::string& what);
  static std::uint64_t mix(std::uint64_t seq, std::uint32_t conversation, std::uint32_t number,
                           std::uint64_t digest);
  static window& window_of(std::vector<window>& in, std::uint64_t place);

  std::uint32_t tag_;
  std::vector<chat_state> chats_;
  std::vector<conversation_state> conversations_;
  std::unordered_map<std::uint64_t, entry> aside_;  ///< conversation << 32 | number
  std::uint64_t open_ = 0;
  verdict verdict_;
};

}  // namespace uod::load
