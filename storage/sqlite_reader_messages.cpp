#include <algorithm>
#include <queue>

#include "storage/sqlite_reader.hpp"

namespace uod::storage::sqlite {
namespace {

/// Adds up the bodies of a page. The first row always fits.
class page_weight {
 public:
  explicit page_weight(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  bool takes(const message& next) {
    if (!empty_ && next.body.size() > bytes_max_ - std::min(bytes_, bytes_max_)) return false;
    empty_ = false;
    bytes_ += next.body.size();
    return true;
  }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  bool empty_ = true;
};

/// Of a row of position, id, sender, seq, sent_at_ms, content, body.
message message_of(const rows& row, const chat_id& chat) {
  message one;
  one.position = row.number(0);
  one.id = row.id<message_id>(1);
  one.chat = chat;
  one.sender = row.id<account_id>(2);
  one.seq = row.number(3);
  one.sent_at_ms = row.number(4);
  one.content = static_cast<content_type>(row.number(5));
  one.body = row.octets(6);
  return one;
}

}  // namespace

outcome<message_page> sqlite_reader::history(const account_id& viewer, const fetch_history& query,
                                             std::size_t page_bytes_max) {
  return guarded(connection_, [&]() -> outcome<message_page> {
    const read_transaction together(connection_);
    const auto chat = find_chat(query.chat, viewer);
    if (!chat) return fail(errc::no_such_chat);

    const bool newest_first = query.before_seq != 0 || query.after_seq == 0;
    const std::uint64_t last =
        query.before_seq == 0 ? chat->last_seq : std::min(query.before_seq - 1, chat->last_seq);
    const std::uint32_t wanted = page_rows(query.limit);
    message_page page;
    page_weight weight(page_bytes_max);
    rows row = (newest_first ? newest_messages_ : oldest_messages_)
                   .run(chat->key, query.after_seq, last, wanted + 1);
    while (row.next()) {
      message one = message_of(row, query.chat);
      if (page.messages.size() == wanted || !weight.takes(one)) {
        page.more = true;
        break;
      }
      page.messages.push_back(std::move(one));
    }
    if (newest_first) std::reverse(page.messages.begin(), page.messages.end());
    return page;
  });
}

std::uint64_t sqlite_reader::position_of(std::int64_t chat_key, std::uint64_t seq) {
  // The entries of the index on (chat, seq) carry the row's key, which is the position: the
  // message itself is not touched.
  rows row = position_of_.run(chat_key, seq);
  if (!row.next()) {
    throw SQLite::Exception("a chat lacks message " + std::to_string(seq) + "; check the database");
  }
  return row.number(0);
}

/// The first seq of a chat whose message lies behind a position; last_seq + 1 when there is none.
/// Seq and position rise together in a chat. News are few and at the end, so the search begins
/// there, in steps that double.
std::uint64_t sqlite_reader::first_seq_behind(const chat_row& chat, std::uint64_t position) {
  if (chat.last_position <= position) return chat.last_seq + 1;
  std::uint64_t behind = chat.last_seq;  // known to lie behind the position
  std::uint64_t step = 1;
  std::uint64_t before = 0;  // known not to; seq 0 stands for the chat's beginning
  while (behind > before + 1) {
    const std::uint64_t probe = behind > step ? behind - step : 0;
    if (probe <= before) break;
    if (position_of(chat.key, probe) <= position) {
      before = probe;
      break;
    }
    behind = probe;
    step *= 2;
  }
  while (behind - before > 1) {
    const std::uint64_t middle = before + (behind - before) / 2;
    (position_of(chat.key, middle) > position ? behind : before) = middle;
  }
  return behind;
}

/// The position of the newest message that a chat had at a snapshot; 0 when it had none.
std::uint64_t sqlite_reader::newest_position(const chat_row& chat, std::uint64_t snapshot) {
  if (chat.last_position <= snapshot) return chat.last_position;
  const std::uint64_t seq = first_seq_behind(chat, snapshot) - 1;
  return seq == 0 ? 0 : position_of(chat.key, seq);
}

std::vector<sqlite_reader::feed_source> sqlite_reader::feed_sources(
    const std::vector<chat_row>& chats, std::uint64_t position) {
  std::vector<feed_source> sources;
  sources.reserve(chats.size());
  for (const chat_row& chat : chats) {
    const std::uint64_t seq = first_seq_behind(chat, position);
    sources.push_back({&chat, seq, position_of(chat.key, seq)});
  }
  return sources;
}

outcome<feed_page> sqlite_reader::feed(const account_id& account, std::uint64_t after_position,
                                       std::uint32_t limit, std::size_t page_bytes_max) {
  return guarded(connection_, [&]() -> outcome<feed_page> {
    const read_transaction together(connection_);
    feed_page page;
    const auto account_key = key_of(account);
    if (!account_key) return page;

    // A merge of the chats that have news, each of which is in order by itself.
    const std::vector<chat_row> chats = chats_behind(*account_key, after_position);
    const auto later = [](const feed_source& one, const feed_source& other) {
      return one.position > other.position;
    };
    std::priority_queue<feed_source, std::vector<feed_source>, decltype(later)> ahead(
        later, feed_sources(chats, after_position));
    const std::uint32_t wanted = page_rows(limit);
    std::vector<const chat_row*> seen;
    page_weight weight(page_bytes_max);
    while (!ahead.empty() && page.messages.size() < wanted) {
      feed_source source = ahead.top();
      {
        rows row = message_at_.run(source.position);
        if (!row.next()) throw SQLite::Exception("an index points at no message");
        message one = message_of(row, source.chat->id);
        if (!weight.takes(one)) break;
        page.messages.push_back(std::move(one));
      }
      ahead.pop();
      seen.push_back(source.chat);
      if (source.seq < source.chat->last_seq) {
        ++source.seq;
        source.position = position_of(source.chat->key, source.seq);
        ahead.push(source);
      }
    }
    page.more = !ahead.empty();
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const chat_row* chat : seen) {
      page.chats.push_back(
          std::make_shared<const chat_members>(chat_members{chat->id, members_of(chat->key)}));
    }
    return page;
  });
}

// Reads over what the account itself sent since its mark, until somebody else's message comes;
// the mark moves over both, so that is little unless somebody only ever sends.
outcome<std::uint64_t> sqlite_reader::undelivered_position(const account_id& account) {
  return guarded(connection_, [&]() -> outcome<std::uint64_t> {
    const read_transaction together(connection_);
    const std::uint64_t last = last_position_now();
    const auto account_key = key_of(account);
    if (!account_key) return last;
    std::uint64_t first = last + 1;
    rows lagging = lagging_chats_.run(*account_key);
    while (lagging.next()) {
      rows row = first_from_others_.run(lagging.integer(0), lagging.number(1), *account_key);
      if (row.next()) first = std::min(first, row.number(0));
    }
    return first - 1;
  });
}

std::uint64_t sqlite_reader::last_position_now() {
  rows row = last_position_.run();
  return row.next() ? row.number(0) : 0;
}

outcome<std::uint64_t> sqlite_reader::last_position() {
  return guarded(connection_, [&]() -> outcome<std::uint64_t> { return last_position_now(); });
}

}  // namespace uod::storage::sqlite
