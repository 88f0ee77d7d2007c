#include "client/commands/history_span.hpp"

#include <algorithm>

namespace uod::client {

span_of_chat choose_span(const history_arguments& what, std::uint64_t last_seq) {
  span_of_chat span{what.after_seq.value_or(0), last_seq};
  if (what.before_seq) span.last = std::min(span.last, *what.before_seq - 1);
  if (span.last <= span.after) return {span.after, span.after};
  if (span.last - span.after <= what.limit) return span;
  if (what.after_seq && !what.before_seq) {
    span.last = span.after + what.limit;
  } else {
    span.after = span.last - what.limit;
  }
  return span;
}

span_of_chat choose_span(const home_arguments& what, std::uint64_t last_seq) {
  return choose_span(history_arguments{{}, what.limit, what.before_seq, what.after_seq, false},
                     last_seq);
}

fetch_history page_behind(const chat_id& chat, std::uint64_t shown, std::uint64_t last,
                          std::uint32_t rows_max) {
  // Without a lower bound the server gives the newest messages instead of the oldest, so the
  // very first one is asked for by itself.
  if (shown == 0) return {chat, 2, 0, 1};
  return {chat, 0, shown,
          static_cast<std::uint32_t>(std::min<std::uint64_t>(last - shown, rows_max))};
}

fetch_home page_behind(std::uint64_t shown, std::uint64_t last, std::uint32_t rows_max) {
  const auto page = page_behind(chat_id{}, shown, last, rows_max);
  return {page.before_seq, page.after_seq, page.limit};
}

}  // namespace uod::client
