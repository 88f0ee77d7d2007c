#include "client/sealing/direct_chat.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/client/sealing/household.hpp"

using namespace uod;
using namespace uod::tests;
using client::partner_in;

/// Who is in a chat, whatever a server says.
namespace {

chat_info chat_with(const chat_id& id, const std::vector<account_id>& members) {
  chat_info chat;
  chat.id = id;
  for (const auto& each : members) chat.members.push_back({each, "somebody", 0, 0, {}});
  return chat;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(direct_chats)

BOOST_AUTO_TEST_CASE(two_are_in_it_or_one_alone) {
  const auto me = alice().account;
  const auto id = direct_chat_id(me, bob().account);
  BOOST_TEST((must(partner_in(chat_with(id, {me, bob().account}), me)) == bob().account));
  BOOST_TEST((must(partner_in(chat_with(id, {bob().account, me}), me)) == bob().account));
  BOOST_TEST((must(partner_in(chat_with(direct_chat_id(me, me), {me}), me)) == me));
}

BOOST_AUTO_TEST_CASE(nobody_else_is_wherever_they_stand) {
  const auto me = alice().account;
  const auto id = direct_chat_id(me, bob().account);
  std::vector<account_id> members{me, bob().account, carol().account};
  std::sort(members.begin(), members.end());
  do {
    BOOST_TEST((why(partner_in(chat_with(id, members), me)) == errc::malformed));
  } while (std::next_permutation(members.begin(), members.end()));
  const std::vector<std::vector<account_id>> wrong = {
      {}, {me}, {bob().account}, {me, carol().account}, {bob().account, carol().account}, {me, me}};
  for (const auto& each : wrong) {
    BOOST_TEST((why(partner_in(chat_with(id, each), me)) == errc::malformed));
  }
}

BOOST_AUTO_TEST_SUITE_END()
