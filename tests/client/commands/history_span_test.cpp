#include "client/commands/history_span.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

using namespace uod;
using namespace uod::client;

namespace {

history_arguments asked(std::uint64_t limit, std::optional<std::uint64_t> before = {},
                        std::optional<std::uint64_t> after = {}) {
  return {"bob", limit, before, after, false};
}

/// A server's answer as `fetch_history` documents it: the numbers of the messages.
std::vector<std::uint64_t> served(const fetch_history& page, std::uint64_t last_seq,
                                  std::uint64_t server_rows_max) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t seq = 1; seq <= last_seq; ++seq)
    if (seq > page.after_seq && (page.before_seq == 0 || seq < page.before_seq))
      found.push_back(seq);
  const auto limit = std::min<std::uint64_t>(page.limit, server_rows_max);
  const bool newest = page.before_seq != 0 || page.after_seq == 0;
  if (found.size() <= limit) return found;
  if (newest) return {found.end() - static_cast<std::ptrdiff_t>(limit), found.end()};
  return {found.begin(), found.begin() + static_cast<std::ptrdiff_t>(limit)};
}

/// Everything that is shown of a span, page for page.
std::vector<std::uint64_t> shown(span_of_chat span, std::uint64_t last_seq) {
  std::vector<std::uint64_t> all;
  for (auto at = span.after; at < span.last;) {
    const auto page = served(page_behind({}, at, span.last, 7), last_seq, 3);
    BOOST_REQUIRE(!page.empty());
    BOOST_REQUIRE(page.front() == at + 1);
    BOOST_REQUIRE(page.back() <= span.last);
    all.insert(all.end(), page.begin(), page.end());
    at = page.back();
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(history_spans)

BOOST_AUTO_TEST_CASE(the_newest_are_meant_and_with_after_alone_the_oldest_behind_it) {
  BOOST_TEST((choose_span(asked(50), 12) == span_of_chat{0, 12}));
  BOOST_TEST((choose_span(asked(5), 12) == span_of_chat{7, 12}));
  BOOST_TEST((choose_span(asked(5, 4), 12) == span_of_chat{0, 3}));
  BOOST_TEST((choose_span(asked(5, 10), 12) == span_of_chat{4, 9}));
  BOOST_TEST((choose_span(asked(5, 99), 12) == span_of_chat{7, 12}));
  BOOST_TEST((choose_span(asked(5, {}, 3), 12) == span_of_chat{3, 8}));
  BOOST_TEST((choose_span(asked(5, {}, 10), 12) == span_of_chat{10, 12}));
  BOOST_TEST((choose_span(asked(5, 10, 2), 12) == span_of_chat{4, 9}));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_between_nothing_is_meant) {
  for (const auto& [what, last] :
       std::vector<std::pair<history_arguments, std::uint64_t>>{{asked(50), 0},
                                                                {asked(50, 1), 12},
                                                                {asked(50, {}, 12), 12},
                                                                {asked(50, {}, 99), 12},
                                                                {asked(50, 5, 4), 12},
                                                                {asked(50, 3, 9), 12}}) {
    const auto span = choose_span(what, last);
    BOOST_TEST(span.after == span.last);
  }
}

BOOST_AUTO_TEST_CASE(pages_follow_each_other_without_a_hole_or_a_double) {
  for (std::uint64_t last_seq = 0; last_seq < 15; ++last_seq)
    for (std::uint64_t after = 0; after <= last_seq; ++after)
      for (std::uint64_t last = after; last <= last_seq; ++last)
        BOOST_TEST_REQUIRE(shown({after, last}, last_seq).size() == last - after);
}

BOOST_AUTO_TEST_CASE(the_home_page_is_read_as_a_chat_is) {
  BOOST_TEST((choose_span(home_arguments{5, {}, {}}, 12) == span_of_chat{7, 12}));
  BOOST_TEST((choose_span(home_arguments{5, 10, {}}, 12) == span_of_chat{4, 9}));
  BOOST_TEST((choose_span(home_arguments{5, {}, 3}, 12) == span_of_chat{3, 8}));
  BOOST_TEST((page_behind(0, 9, 7) == fetch_home{2, 0, 1}));
  BOOST_TEST((page_behind(3, 9, 7) == fetch_home{0, 3, 6}));
  BOOST_TEST((page_behind(1, 9, 7) == fetch_home{0, 1, 7}));
}

BOOST_AUTO_TEST_SUITE_END()
