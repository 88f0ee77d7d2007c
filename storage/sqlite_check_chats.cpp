#include "storage/sqlite_check_chats.hpp"

#include <optional>

#include "storage/position_run.hpp"

namespace uod::storage::sqlite {
namespace {

/// What the counters of a chat claim.
struct claims {
  std::int64_t key = 0;
  std::string name;
  std::uint64_t last_seq = 0;
  std::uint64_t last_position = 0;
  std::uint64_t last_sent_at_ms = 0;
  std::string tail;
  std::int64_t speaker_key = 0;
  std::uint64_t speaks_from_seq = 0;
};

/// Walks along the runs of every chat, and looks at each message that they name. Nothing is
/// sorted, so a large database takes no memory, but time: a look at each message, in the order of
/// chats.
class chat_walk {
 public:
  explicit chat_walk(connection& database)
      : chats_(database,
               "SELECT key, lower(hex(id)), last_seq, last_position, last_sent_at_ms, tail, "
               "speaker_key, speaks_from_seq FROM chats ORDER BY key"),
        runs_(database, "SELECT run, positions FROM chat_runs WHERE chat_key = ? ORDER BY run"),
        message_(database,
                 "SELECT chat_key, seq, sent_at_ms, sender_key FROM messages WHERE position = ?"),
        count_(database, "SELECT count(*) FROM messages"),
        strays_(database,
                "SELECT DISTINCT chat_key FROM chat_runs WHERE chat_key NOT IN "
                "(SELECT key FROM chats)") {}

  void run(chat_findings& found) {
    rows row = chats_.run();
    while (row.next()) {
      const claims chat{row.integer(0), row.octets(1), row.number(2),  row.number(3),
                        row.number(4),  row.octets(5), row.integer(6), row.number(7)};
      at_ = {};
      walk(chat);
      if (!at_.fault.empty()) add(found.sequences, "chat " + chat.name + ": " + at_.fault);
      if (!at_.readable) continue;  // nothing to count with
      if (chat.last_seq != at_.seq || chat.last_position != at_.position ||
          chat.last_sent_at_ms != at_.sent_at_ms.value_or(chat.last_sent_at_ms)) {
        add(found.counters, "chat " + chat.name + " counts " + std::to_string(chat.last_seq) +
                                " messages up to position " + std::to_string(chat.last_position) +
                                ", and holds " + std::to_string(at_.seq) + " up to " +
                                std::to_string(at_.position));
      } else if (at_.fault.empty() && (chat.speaker_key != at_.speaker_key ||
                                       chat.speaks_from_seq != at_.speaks_from_seq)) {
        add(found.counters, "chat " + chat.name + " has account number " +
                                std::to_string(chat.speaker_key) + " speak last, from message " +
                                std::to_string(chat.speaks_from_seq) + " on; it is number " +
                                std::to_string(at_.speaker_key) + ", from message " +
                                std::to_string(at_.speaks_from_seq) + " on");
      }
    }
    rows count = count_.run();
    const std::uint64_t there = count.next() ? count.number(0) : 0;
    if (there > named_) {
      add(found.sequences, std::to_string(there - named_) + " messages are found by no chat");
    }
    rows stray = strays_.run();
    while (stray.next()) {
      add(found.sequences, "chat number " + std::to_string(stray.integer(0)) +
                               " is not there, and has positions of messages");
    }
  }

 private:
  /// How far the walk has come in a chat.
  struct place {
    std::uint64_t seq = 0;
    std::uint64_t position = 0;
    std::optional<std::uint64_t> sent_at_ms = 0;  ///< nothing: the message is not there
    std::int64_t speaker_key = 0;
    std::uint64_t speaks_from_seq = 0;
    bool readable = true;  ///< all runs so far
    std::string fault;     ///< the first; empty: none
  };

  void walk(const claims& chat) {
    std::uint64_t expected = 0;
    rows row = runs_.run(chat.key);
    for (; row.next(); ++expected) {
      const auto positions = positions_from_text(row.octets(1));
      if (row.number(0) != expected || !positions || positions->size() != run_messages) {
        at_.readable = false;
        return fault("run " + std::to_string(expected) + " of its positions is no such run");
      }
      for (const std::uint64_t position : *positions) follow(chat, position);
    }
    const auto positions = positions_from_text(chat.tail);
    if (!positions || positions->size() == run_messages) {
      at_.readable = false;
      return fault("its last positions are no such run");
    }
    for (const std::uint64_t position : *positions) follow(chat, position);
  }

  void follow(const claims& chat, std::uint64_t position) {
    ++at_.seq;
    if (position <= at_.position) {
      fault("message " + std::to_string(at_.seq) + " stands before the one before it");
    }
    at_.position = position;
    at_.sent_at_ms.reset();
    rows row = message_.run(position);
    if (row.next() && row.integer(0) == chat.key && row.number(1) == at_.seq) {
      at_.sent_at_ms = row.number(2);
      if (row.integer(3) != at_.speaker_key) {
        at_.speaker_key = row.integer(3);
        at_.speaks_from_seq = at_.seq;
      }
      ++named_;
    } else {
      fault("message " + std::to_string(at_.seq) + " is not at position " +
            std::to_string(position));
    }
  }

  void fault(std::string what) {
    if (at_.fault.empty()) at_.fault = std::move(what);
  }

  statement chats_;
  statement runs_;
  statement message_;
  statement count_;
  statement strays_;
  place at_;
  std::uint64_t named_ = 0;  ///< messages that were found, of all chats
};

}  // namespace

chat_findings check_chats(connection& database) {
  chat_findings found;
  bool is_whole = false;
  tell_damage(found.sequences, [&] {
    chat_walk(database).run(found);
    is_whole = true;
  });
  if (!is_whole) add(found.counters, "they were not looked at to the end");
  return found;
}

}  // namespace uod::storage::sqlite
