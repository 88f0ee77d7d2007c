#include <algorithm>
#include <charconv>

#include "storage/sqlite_reader.hpp"

namespace uod::storage::sqlite {
namespace {

/// Where a listing of chats goes on. It shows the chats as they stood when its first page was
/// read, so that one which gets a message meanwhile is neither shown twice nor left out.
struct chat_cursor {
  std::uint64_t snapshot = 0;  ///< the store's last position at the first page
  std::uint64_t below = 0;     ///< position of the newest message of the last chat shown
};

std::string to_text(const chat_cursor& cursor) {
  return std::to_string(cursor.snapshot) + "." + std::to_string(cursor.below);
}

/// Nothing for a text that `to_text` has not made.
std::optional<chat_cursor> cursor_from_text(const std::string& written) {
  chat_cursor cursor;
  const char* end = written.data() + written.size();
  const auto first = std::from_chars(written.data(), end, cursor.snapshot);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, cursor.below);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return cursor;
}

}  // namespace

std::optional<std::int64_t> sqlite_reader::key_of(const account_id& account) {
  rows row = account_key_.run(account);
  if (!row.next()) return std::nullopt;
  return row.integer(0);
}

std::optional<sqlite_reader::chat_row> sqlite_reader::find_chat(const chat_id& chat,
                                                                const account_id& viewer) {
  rows row = chat_.run(chat, viewer);
  if (!row.next()) return std::nullopt;
  return chat_row{row.integer(0), chat,          row.integer(1), row.number(2),
                  row.number(3),  row.octets(4), row.number(5),  row.number(6)};
}

/// The account's chats whose newest message lies behind a position: a look at each of its chats,
/// so thousands of chats cost milliseconds, however many messages they hold.
std::vector<sqlite_reader::chat_row> sqlite_reader::chats_behind(std::int64_t account_key,
                                                                 std::uint64_t position) {
  std::vector<chat_row> found;
  rows row = chats_behind_.run(account_key, position);
  while (row.next()) {
    found.push_back({row.integer(0), row.id<chat_id>(1), account_key, row.number(2), row.number(3),
                     row.octets(4), row.number(5), row.number(6)});
  }
  return found;
}

std::vector<member> sqlite_reader::members_of(std::int64_t chat_key) {
  std::vector<member> found;
  rows row = members_.run(chat_key);
  while (row.next()) {
    found.push_back(
        {row.id<account_id>(0), row.octets(1), row.number(2), row.number(3), row.octets(4)});
  }
  return found;
}

chat_positions sqlite_reader::positions_of(const chat_row& chat) {
  return {run_, chat.key, chat.last_seq, chat.last_position, chat.tail};
}

/// The position of the newest message that a chat had at a snapshot; 0 when it had none.
std::uint64_t sqlite_reader::newest_position(const chat_row& chat, std::uint64_t snapshot) {
  if (chat.last_position <= snapshot) return chat.last_position;
  chat_positions positions = positions_of(chat);
  const std::uint64_t seq = positions.first_behind(snapshot) - 1;
  return seq == 0 ? 0 : positions.at(seq);
}

/// What others have sent behind the viewer's mark, up to the number beyond which nobody reads it.
std::uint64_t sqlite_reader::count_unread(const chat_row& chat) {
  chat_positions positions = positions_of(chat);
  std::uint64_t unread = 0;
  for (std::uint64_t seq = chat.read_seq + 1;
       seq <= chat.others_last_seq && unread < unread_counted_max; ++seq) {
    if (sender_at(positions.at(seq)) != chat.viewer_key) ++unread;
  }
  return unread;
}

chat_info sqlite_reader::info_of(const chat_row& chat) {
  chat_info info;
  info.id = chat.id;
  info.members = members_of(chat.key);
  info.last_seq = chat.last_seq;
  info.unread = count_unread(chat);
  return info;
}

outcome<chat_info> sqlite_reader::chat(const chat_id& chat, const account_id& viewer) {
  return guarded(connection_, [&]() -> outcome<chat_info> {
    const read_transaction together(connection_);
    const auto found = find_chat(chat, viewer);
    if (!found) return fail(errc::no_such_chat);
    return info_of(*found);
  });
}

outcome<chat_page> sqlite_reader::chats(const account_id& viewer, const std::string& after,
                                        std::uint32_t limit) {
  return guarded(connection_, [&]() -> outcome<chat_page> {
    const read_transaction together(connection_);
    chat_cursor cursor;
    if (after.empty()) {
      cursor.snapshot = last_position_now();
      cursor.below = cursor.snapshot + 1;
    } else {
      const auto read = cursor_from_text(after);
      if (!read) return fail(errc::malformed, "the cursor of a list of chats");
      cursor = *read;
    }
    const auto account_key = key_of(viewer);
    if (!account_key) return chat_page{};

    const std::vector<chat_row> all = chats_behind(*account_key, 0);
    std::vector<std::pair<std::uint64_t, const chat_row*>> ahead;
    for (const chat_row& one : all) {
      const std::uint64_t newest = newest_position(one, cursor.snapshot);
      if (newest != 0 && newest < cursor.below) ahead.emplace_back(newest, &one);
    }
    const std::size_t wanted = std::min<std::size_t>(page_rows(limit), ahead.size());
    std::partial_sort(ahead.begin(), ahead.begin() + static_cast<std::ptrdiff_t>(wanted),
                      ahead.end(), std::greater<>{});
    chat_page page;
    for (std::size_t i = 0; i < wanted; ++i) page.chats.push_back(info_of(*ahead[i].second));
    if (wanted < ahead.size()) {
      page.next = to_text(chat_cursor{cursor.snapshot, ahead[wanted - 1].first});
    }
    return page;
  });
}

}  // namespace uod::storage::sqlite
