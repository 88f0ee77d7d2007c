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

}  // namespace

message sqlite_reader::message_at(std::uint64_t position, const chat_row& chat, std::uint64_t seq) {
  rows row = message_at_.run(position, chat.key);
  if (!row.next() || row.number(3) != seq) {
    throw SQLite::Exception("message " + std::to_string(seq) + " of chat number " +
                            std::to_string(chat.key) + " is not where it should be, at position " +
                            std::to_string(position) + "; check the database");
  }
  message one;
  one.position = position;
  one.id = row.id<message_id>(1);
  one.chat = chat.id;
  one.sender = row.id<account_id>(2);
  one.seq = seq;
  one.sent_at_ms = row.number(4);
  one.content = static_cast<content_type>(row.number(5));
  one.body = row.octets(6);
  return one;
}

/// Whose message stands there: their key.
std::int64_t sqlite_reader::sender_at(std::uint64_t position) {
  rows row = sender_at_.run(position);
  if (!row.next()) {
    throw SQLite::Exception("no message is at position " + std::to_string(position) +
                            "; check the database");
  }
  return row.integer(0);
}

outcome<message_page> sqlite_reader::history(const account_id& viewer, const fetch_history& query,
                                             std::size_t page_bytes_max) {
  return guarded(connection_, [&]() -> outcome<message_page> {
    const read_transaction together(connection_);
    const auto chat = find_chat(query.chat, viewer);
    if (!chat) return fail(errc::no_such_chat);

    const bool newest_first = query.before_seq != 0 || query.after_seq == 0;
    const std::uint64_t last =
        query.before_seq == 0 ? chat->last_seq : std::min(query.before_seq - 1, chat->last_seq);
    const std::uint64_t there = last - std::min(query.after_seq, last);
    const std::uint64_t wanted = std::min<std::uint64_t>(page_rows(query.limit), there);
    chat_positions positions = positions_of(*chat);
    message_page page;
    page_weight weight(page_bytes_max);
    while (page.messages.size() < wanted) {
      const std::uint64_t taken = page.messages.size();
      const std::uint64_t seq = newest_first ? last - taken : query.after_seq + 1 + taken;
      message one = message_at(positions.at(seq), *chat, seq);
      if (!weight.takes(one)) break;
      page.messages.push_back(std::move(one));
    }
    page.more = page.messages.size() < there;
    if (newest_first) std::reverse(page.messages.begin(), page.messages.end());
    return page;
  });
}

std::vector<sqlite_reader::feed_source> sqlite_reader::feed_sources(
    const std::vector<chat_row>& chats, std::uint64_t position) {
  std::vector<feed_source> sources;
  sources.reserve(chats.size());
  for (const chat_row& chat : chats) {
    chat_positions positions = positions_of(chat);
    const std::uint64_t seq = positions.first_behind(position);
    const std::uint64_t first = positions.at(seq);
    sources.push_back({&chat, std::move(positions), seq, first});
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
    std::vector<feed_source> sources = feed_sources(chats, after_position);
    const auto later = [](const feed_source* one, const feed_source* other) {
      return one->position > other->position;
    };
    std::priority_queue<feed_source*, std::vector<feed_source*>, decltype(later)> ahead(later);
    for (feed_source& source : sources) ahead.push(&source);
    const std::uint32_t wanted = page_rows(limit);
    std::vector<const chat_row*> seen;
    page_weight weight(page_bytes_max);
    while (!ahead.empty() && page.messages.size() < wanted) {
      feed_source& source = *ahead.top();
      message one = message_at(source.position, *source.chat, source.seq);
      if (!weight.takes(one)) break;
      page.messages.push_back(std::move(one));
      ahead.pop();
      seen.push_back(source.chat);
      if (source.seq < source.chat->last_seq) {
        ++source.seq;
        source.position = source.positions.at(source.seq);
        ahead.push(&source);
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

// Reads over what the account itself sent since its mark, until somebody else's message comes.
// Chats where nobody else has sent anything are not looked at, and the mark moves over both, so
// that is little unless somebody who has sent much gets an answer while they are away.
outcome<std::uint64_t> sqlite_reader::undelivered_position(const account_id& account) {
  return guarded(connection_, [&]() -> outcome<std::uint64_t> {
    const read_transaction together(connection_);
    const std::uint64_t last = last_position_now();
    const auto account_key = key_of(account);
    if (!account_key) return last;
    std::uint64_t first = last + 1;
    rows lagging = lagging_chats_.run(*account_key);
    while (lagging.next()) {
      chat_positions positions(run_, lagging.integer(1), lagging.number(2), lagging.number(3),
                               lagging.octets(4));
      const std::uint64_t chat_last = lagging.number(2);
      for (std::uint64_t seq = lagging.number(0) + 1; seq <= chat_last; ++seq) {
        const std::uint64_t position = positions.at(seq);
        if (position >= first) break;
        if (sender_at(position) == *account_key) continue;
        first = position;
        break;
      }
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
