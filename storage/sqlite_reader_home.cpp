#include <algorithm>

#include "storage/sqlite_reader.hpp"

/// The home page.
namespace uod::storage::sqlite {
namespace {

broadcast broadcast_of(const rows& row) {
  broadcast one;
  one.seq = row.number(0);
  one.id = row.id<message_id>(1);
  one.sender = row.id<account_id>(2);
  one.sender_name = row.octets(3);
  one.sent_at_ms = row.number(4);
  one.body = row.octets(5);
  return one;
}

/// The rows of a page, in the order in which they come.
home_page page_of(rows& row, std::uint32_t wanted, std::size_t page_bytes_max) {
  home_page page;
  std::size_t octets = 0;
  while (row.next()) {
    broadcast one = broadcast_of(row);
    octets += one.body.size();
    const bool full = page.broadcasts.size() == wanted || octets > page_bytes_max;
    if (full && !page.broadcasts.empty()) {
      page.more = true;
      break;
    }
    page.broadcasts.push_back(std::move(one));
  }
  return page;
}

}  // namespace

outcome<home_page> sqlite_reader::home(const fetch_home& query, std::size_t page_bytes_max) {
  return guarded(connection_, [&]() -> outcome<home_page> {
    const bool newest_first = query.before_seq != 0 || query.after_seq == 0;
    const std::uint64_t before = query.before_seq == 0 ? UINT64_MAX : query.before_seq;
    const std::uint32_t wanted = page_rows(query.limit);
    rows row = (newest_first ? newest_broadcasts_ : oldest_broadcasts_)
                   .run(query.after_seq, before, wanted + 1);
    home_page page = page_of(row, wanted, page_bytes_max);
    if (newest_first) std::reverse(page.broadcasts.begin(), page.broadcasts.end());
    return page;
  });
}

outcome<home_page> sqlite_reader::home_behind(std::uint64_t after_seq, std::uint32_t limit,
                                              std::size_t page_bytes_max) {
  return guarded(connection_, [&]() -> outcome<home_page> {
    const std::uint32_t wanted = page_rows(limit);
    rows row = oldest_broadcasts_.run(after_seq, std::uint64_t{UINT64_MAX}, wanted + 1);
    return page_of(row, wanted, page_bytes_max);
  });
}

outcome<std::uint64_t> sqlite_reader::last_broadcast() {
  return guarded(connection_, [&]() -> outcome<std::uint64_t> {
    rows row = last_broadcast_.run();
    return row.next() ? row.number(0) : 0;
  });
}

}  // namespace uod::storage::sqlite
