#include "client/load/oracle.hpp"

#include <algorithm>

namespace uod::load {
namespace {

constexpr std::size_t ring_first = 8;  ///< a window; most people never have more on their way

/// Of one gap: a `seq` from far away is no reason to count for hours.
constexpr std::uint64_t gaps_told_max = 1'000;

std::uint64_t key_of(std::uint32_t conversation, std::uint32_t number) {
  return std::uint64_t{conversation} << 32 | number;
}

std::string seq_text(std::uint64_t seq) { return "seq " + std::to_string(seq); }

}  // namespace

std::string_view name_of(fault_kind kind) {
  switch (kind) {
    case fault_kind::lost:
      return "lost";
    case fault_kind::doubled:
      return "doubled";
    case fault_kind::disordered:
      return "disordered";
    case fault_kind::altered:
      return "altered";
  }
  return {};
}

bool verdict::clean() const {
  return std::all_of(std::begin(counts), std::end(counts), [](auto each) { return each == 0; });
}

void verdict::add(fault found) {
  ++counts[static_cast<std::size_t>(found.kind)];
  if (named.size() < named_max) named.push_back(std::move(found));
}

void verdict::merge(const verdict& other) {
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) counts[kind] += other.counts[kind];
  for (const auto& each : other.named) {
    if (named.size() < named_max) named.push_back(each);
  }
  checked_in_history += other.checked_in_history;
  unanswered += other.unanswered;
}

std::uint64_t digest_of(bytes_view octets) { return std::hash<bytes_view>{}(octets); }

// ------------------------------------------------------------------------------------ who writes

std::uint32_t oracle::add_chat(std::string name, std::uint64_t last_seq) {
  chats_.push_back({std::move(name), last_seq, last_seq, 0, {}, {}});
  return static_cast<std::uint32_t>(chats_.size() - 1);
}

std::uint32_t oracle::add_conversation(std::uint32_t chat, std::string name) {
  conversation_state made;
  made.chat = chat;
  made.name = std::move(name);
  conversations_.push_back(std::move(made));
  return static_cast<std::uint32_t>(conversations_.size() - 1);
}

void oracle::reader_listens(std::uint32_t index) {
  conversation_state& of = conversations_[index];
  if (std::exchange(of.listened, true)) return;
  // What is on its way has to arrive from now on.
  for (std::uint32_t number = of.first; number != of.next; ++number) {
    const entry& message = of.ring[number & (of.ring.size() - 1)];
    if (message.acknowledged && !message.delivered) ++open_;
  }
}

bool oracle::has_reader(std::uint32_t index) const { return conversations_[index].listened; }

/// The random part of a UUIDv7 as its version and variant leave it: 18 bits of the run, 24 of the
/// conversation, 32 of the number.
message_id oracle::id_of(std::uint32_t index, std::uint32_t number, std::uint64_t unix_ms) const {
  const auto octet = [](std::uint32_t of, unsigned shift) {
    return static_cast<std::uint8_t>(of >> shift);
  };
  const std::array<std::uint8_t, 10> random = {static_cast<std::uint8_t>(tag_ >> 14 & 0x0f),
                                               octet(tag_, 6),
                                               static_cast<std::uint8_t>(tag_ & 0x3f),
                                               octet(index, 16),
                                               octet(index, 8),
                                               octet(index, 0),
                                               octet(number, 24),
                                               octet(number, 16),
                                               octet(number, 8),
                                               octet(number, 0)};
  return message_id(make_uuid_v7(unix_ms, random));
}

message_id oracle::next_id(std::uint32_t index, std::uint64_t unix_ms) const {
  return id_of(index, conversations_[index].next, unix_ms);
}

std::optional<oracle::name_of_message> oracle::name_in(const message_id& id) const {
  const auto& from = id.octets;
  const std::uint32_t tag = (from[6] & 0x0fU) << 14 | from[7] << 6U | (from[8] & 0x3fU);
  if (tag != tag_) return std::nullopt;
  name_of_message name;
  name.conversation = static_cast<std::uint32_t>(from[9] << 16 | from[10] << 8 | from[11]);
  name.number = static_cast<std::uint32_t>(from[12]) << 24 |
                static_cast<std::uint32_t>(from[13] << 16 | from[14] << 8 | from[15]);
  if (name.conversation >= conversations_.size()) return std::nullopt;
  return name;
}

std::uint32_t oracle::sent(std::uint32_t index, const message_id& id, std::uint64_t digest,
                           std::uint64_t planned_ns, bool counted) {
  conversation_state& of = conversations_[index];
  make_room(of, index);
  const std::uint32_t number = of.next++;
  std::uint64_t unix_ms = 0;
  for (std::size_t at = 0; at < 6; ++at) unix_ms = unix_ms << 8 | id.octets[at];
  entry& message = of.ring[number & (of.ring.size() - 1)];
  message = {};
  message.digest = digest;
  message.planned_ns = planned_ns;
  message.unix_ms = unix_ms;
  message.counted = counted;
  ++open_;
  return number;
}

void oracle::make_room(conversation_state& of, std::uint32_t index) {
  const std::size_t held = of.next - of.first;
  if (of.ring.empty()) of.ring.resize(ring_first);
  if (held < of.ring.size()) return;
  if (held < on_their_way_max) {
    std::vector<entry> larger(of.ring.size() * 2);
    for (std::uint32_t number = of.first; number != of.next; ++number) {
      larger[number & (larger.size() - 1)] = of.ring[number & (of.ring.size() - 1)];
    }
    of.ring = std::move(larger);
    return;
  }
  set_aside(of, index, of.first, of.ring[of.first & (of.ring.size() - 1)]);
  ++of.first;
  forget_complete(of, index);
}

void oracle::set_aside(const conversation_state& of, std::uint32_t index, std::uint32_t number,
                       const entry& message) {
  if (message.acknowledged && !of.listened) return;  // nobody has to get it
  if (aside_.size() < set_aside_max) {
    aside_.emplace(key_of(index, number), message);
    return;
  }
  if (is_open(of, message)) --open_;
  judge(of, number, message, true);
}

// --------------------------------------------------------------------------- what becomes of it

oracle::entry* oracle::find(conversation_state& of, std::uint32_t index, std::uint32_t number) {
  if (number - of.first < of.next - of.first) return &of.ring[number & (of.ring.size() - 1)];
  const auto found = aside_.find(key_of(index, number));
  return found == aside_.end() ? nullptr : &found->second;
}

/// Whether something has still to become of it. A refused one may arrive, but need not.
bool oracle::is_open(const conversation_state& of, const entry& message) const {
  if (message.refused) return false;
  return !message.acknowledged || (of.listened && !message.delivered);
}

void oracle::forget_complete(conversation_state& of, std::uint32_t index) {
  while (of.first != of.next) {
    const entry& oldest = of.ring[of.first & (of.ring.size() - 1)];
    if (oldest.refused) {
      if (oldest.unknown) set_aside(of, index, of.first, oldest);
    } else if (!oldest.acknowledged || !oldest.delivered) {
      return;
    }
    ++of.first;
  }
}

oracle::progress oracle::acknowledged(std::uint32_t index, std::uint32_t number,
                                      std::uint64_t seq) {
  conversation_state& of = conversations_[index];
  entry* const message = find(of, index, number);
  if (message == nullptr || message->acknowledged) return {};
  const bool was_open = is_open(of, *message);
  if (message->delivered && message->seq != seq) {
    add(fault_kind::altered, of, number, *message,
        "was delivered as " + seq_text(message->seq) + " and acknowledged as " + seq_text(seq));
  }
  message->seq = seq;
  message->acknowledged = true;
  message->refused = false;
  if (was_open && !is_open(of, *message)) --open_;
  chat_state& in = chats_[of.chat];
  ++in.acknowledged;
  if (seq > in.base) {
    window& sums = window_of(in.written, seq - in.base - 1);
    sums.sum += mix(seq, index, number, message->digest);
    ++sums.count;
  } else {
    add(fault_kind::doubled, of, number, *message,
        "was acknowledged as the older " + seq_text(seq));
  }
  const progress told{true, message->counted, message->planned_ns};
  if (message->delivered) aside_.erase(key_of(index, number));
  forget_complete(of, index);
  return told;
}

void oracle::refused(std::uint32_t index, std::uint32_t number, bool knows) {
  conversation_state& of = conversations_[index];
  entry* const message = find(of, index, number);
  if (message == nullptr || message->acknowledged || message->refused) return;
  if (is_open(of, *message)) --open_;
  message->refused = true;
  message->unknown = !knows;
  forget_complete(of, index);
}

oracle::arrival oracle::delivered(const message& stored, std::uint64_t digest) {
  arrival told;
  const auto name = name_in(stored.id);
  if (!name) return told;
  told.mine = true;
  told.conversation = name->conversation;
  const std::uint32_t number = name->number;
  conversation_state& of = conversations_[name->conversation];
  if (number == 0 || number >= of.next) {
    add(fault_kind::altered, of, stored.id, "was never sent, and came as " + seq_text(stored.seq));
    return told;
  }
  entry* const message = find(of, name->conversation, number);
  const bool again = message != nullptr ? message->delivered : number <= of.last_delivered;
  if (again) {
    add(fault_kind::doubled, of, stored.id, "came again, as " + seq_text(stored.seq));
    return told;
  }
  told.first = true;
  if (number < of.last_delivered || stored.seq <= of.last_seq) {
    told.first = false;
    add(fault_kind::disordered, of, stored.id,
        "came as " + seq_text(stored.seq) + " behind number " + std::to_string(of.last_delivered) +
            ", " + seq_text(of.last_seq));
  }
  of.last_delivered = std::max(of.last_delivered, number);
  of.last_seq = std::max(of.last_seq, stored.seq);
  if (message == nullptr) return told;  // from before its reader listened
  if (message->digest != digest) {
    told.first = false;
    add(fault_kind::altered, of, stored.id, "came with another text, as " + seq_text(stored.seq));
  } else if (message->acknowledged && message->seq != stored.seq) {
    add(fault_kind::altered, of, stored.id,
        "was acknowledged as " + seq_text(message->seq) + " and came as " + seq_text(stored.seq));
  }
  const bool was_open = is_open(of, *message);
  message->delivered = true;
  message->seq = stored.seq;
  told.counted = message->counted;
  told.planned_ns = message->planned_ns;
  if (was_open && !is_open(of, *message)) --open_;
  if (message->acknowledged) aside_.erase(key_of(name->conversation, number));
  forget_complete(of, name->conversation);
  return told;
}

void oracle::not_opened(const message& stored, const std::string& why) {
  const auto name = name_in(stored.id);
  if (!name) return;
  add(fault_kind::altered, conversations_[name->conversation], stored.id,
      "came as " + seq_text(stored.seq) + " and could not be opened: " + why);
}

// ------------------------------------------------------------------------------------- history

std::uint64_t oracle::mix(std::uint64_t seq, std::uint32_t conversation, std::uint32_t number,
                          std::uint64_t digest) {
  std::uint64_t mixed = digest ^ key_of(conversation, number) * 0x9e3779b97f4a7c15ULL;
  mixed = (mixed ^ mixed >> 29) + seq * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ mixed >> 32) * 0x94d049bb133111ebULL;
  return mixed ^ mixed >> 31;
}

oracle::window& oracle::window_of(std::vector<window>& in, std::uint64_t place) {
  const std::size_t at = place / history_window;
  // A server that names a `seq` far away must not make us take memory for all before it.
  const std::size_t allowed = std::min<std::size_t>(at, in.size() + 65'536);
  if (allowed >= in.size()) in.resize(allowed + 1);
  return in[allowed];
}

std::uint64_t oracle::read_up_to(std::uint32_t index) const { return chats_[index].read_seq; }

std::uint64_t oracle::acknowledged_in(std::uint32_t index) const {
  return chats_[index].acknowledged;
}

void oracle::read(std::uint32_t index, const std::vector<message>& page) {
  chat_state& of = chats_[index];
  for (const auto& stored : page) {
    if (stored.seq <= of.read_seq) {
      verdict_.add({fault_kind::doubled, "the history of " + of.name + " has " +
                                             seq_text(stored.seq) + " behind " +
                                             seq_text(of.read_seq)});
      continue;
    }
    for (std::uint64_t gap = of.read_seq + 1; gap < stored.seq; ++gap) {
      verdict_.add({fault_kind::lost, "the history of " + of.name + " lacks " + seq_text(gap)});
      ++window_of(of.read, gap - of.base - 1).gone;
      if (gap - of.read_seq == gaps_told_max) break;
    }
    of.read_seq = stored.seq;
    const auto name = name_in(stored.id);
    if (!name) continue;
    ++verdict_.checked_in_history;
    conversation_state& in = conversations_[name->conversation];
    const entry* const known = find(in, name->conversation, name->number);
    const std::uint64_t digest = digest_of(stored.body);
    if (known != nullptr && !known->acknowledged) {
      if (known->digest != digest) {
        add(fault_kind::altered, in, stored.id, "is in the history with another text");
      }
      continue;
    }
    window& sums = window_of(of.read, stored.seq - of.base - 1);
    sums.sum += mix(stored.seq, name->conversation, name->number, digest);
    ++sums.count;
  }
}

void oracle::end_reading(std::uint32_t index) {
  chat_state& of = chats_[index];
  of.read.resize(std::max(of.read.size(), of.written.size()));
  of.written.resize(of.read.size());
  for (std::size_t at = 0; at < of.written.size(); ++at) {
    const window& written = of.written[at];
    const window& read = of.read[at];
    if (written.count == read.count && written.sum == read.sum) continue;
    if (read.gone > 0 && written.count <= read.count + read.gone) continue;  // told already
    const std::uint64_t from = of.base + at * history_window + 1;
    const std::string where = "the history of " + of.name + ", seq " + std::to_string(from) +
                              " to " + std::to_string(from + history_window - 1) + ": ";
    if (read.count == written.count) {
      verdict_.add({fault_kind::altered, where + "another text, id or order than acknowledged"});
    } else if (read.count < written.count) {
      for (auto missing = written.count - read.count - read.gone; missing > 0; --missing) {
        verdict_.add({fault_kind::lost, where + std::to_string(written.count) +
                                            " were acknowledged, " + std::to_string(read.count) +
                                            " are there"});
      }
    } else {
      verdict_.add({fault_kind::doubled, where + std::to_string(read.count) + " are there, " +
                                             std::to_string(written.count) + " were acknowledged"});
    }
  }
}

// ------------------------------------------------------------------------------------- the end

void oracle::add(fault_kind kind, const conversation_state& of, const message_id& id,
                 const std::string& what) {
  // Beyond the first nobody reads it.
  const bool is_read = verdict_.named.size() < verdict::named_max;
  verdict_.add({kind, is_read ? to_text(id) + ", " + of.name + ", " + what : std::string{}});
}

void oracle::add(fault_kind kind, const conversation_state& of, std::uint32_t number,
                 const entry& message, const std::string& what) {
  const auto index = static_cast<std::uint32_t>(&of - conversations_.data());
  add(kind, of, id_of(index, number, message.unix_ms), what);
}

void oracle::judge(const conversation_state& of, std::uint32_t number, const entry& message,
                   bool reachable) {
  if (!message.acknowledged) {
    if (!message.refused) ++verdict_.unanswered;
    return;
  }
  if (message.delivered || !of.listened || !reachable) return;
  add(fault_kind::lost, of, number, message,
      "was acknowledged as " + seq_text(message.seq) + " and never came");
}

void oracle::finish(bool reachable) {
  for (const auto& of : conversations_) {
    for (std::uint32_t number = of.first; number != of.next; ++number) {
      judge(of, number, of.ring[number & (of.ring.size() - 1)], reachable);
    }
  }
  for (const auto& [key, message] : aside_) {
    judge(conversations_[key >> 32], static_cast<std::uint32_t>(key), message, reachable);
  }
}

}  // namespace uod::load
