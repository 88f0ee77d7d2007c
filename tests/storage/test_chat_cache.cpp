#include "storage/chat_cache.hpp"
#include "tests/storage/household.hpp"

namespace uod::storage::contract {
namespace {

cached_chat chat_with_key(std::int64_t key) {
  cached_chat chat;
  chat.key = key;
  return chat;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chat_cache_suite)

BOOST_AUTO_TEST_CASE(the_chat_used_longest_ago_goes_first) {
  chat_cache cache(3);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    cache.put(nth_chat(i), chat_with_key(static_cast<std::int64_t>(i)));
  }
  BOOST_TEST(cache.find(nth_chat(1))->key == 1);
  cached_chat* fourth = cache.put(nth_chat(4), chat_with_key(4));
  BOOST_TEST(cache.size() == 4U);  // nothing goes before the commit is over
  cache.trim();
  BOOST_TEST(cache.size() == 3U);
  BOOST_TEST(cache.find(nth_chat(2)) == nullptr);
  BOOST_TEST(cache.find(nth_chat(1))->key == 1);
  BOOST_TEST(cache.find(nth_chat(4)) == fourth);
  cache.forget(nth_chat(3));
  cache.forget(nth_chat(3));
  BOOST_TEST(cache.size() == 2U);
  BOOST_TEST(cache.find(nth_chat(3)) == nullptr);
  BOOST_TEST(cache.find(nth_chat(4)) == fourth);
  cache.clear();
  BOOST_TEST(cache.size() == 0U);
  BOOST_TEST(cache.find(nth_chat(4)) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
