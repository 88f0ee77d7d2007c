#include "client/load/broadcast_oracle.hpp"

#include <boost/test/unit_test.hpp>

/// Carol speaks to everybody; Alice (0) and Bob (1) listen.
namespace uod::load {
namespace {

constexpr std::uint64_t since_ns = 1'000;

broadcast on_page(std::uint64_t seq, const std::string& body) {
  broadcast made;
  made.seq = seq;
  made.body = body;
  return made;
}

struct square {
  square() {
    all.listens(0);
    all.listens(1);
  }
  broadcast says(std::uint64_t seq, const std::string& text) {
    const auto body = stamped(text, since_ns + seq);
    all.acknowledged(seq, body);
    return on_page(seq, body);
  }
  std::uint64_t faults(fault_kind kind) const { return all.found().count(kind); }

  broadcast_oracle all{since_ns};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(oracle_of_broadcasts)

BOOST_AUTO_TEST_CASE(everybody_hears_and_it_stands_there) {
  square of;
  const auto one = of.says(7, "hear, hear");
  const auto two = of.says(8, "there it is");
  for (std::uint32_t listener : {0U, 1U}) {
    BOOST_TEST(!of.all.is_complete());
    const auto told = of.all.delivered(listener, one);
    BOOST_TEST(told.mine);
    BOOST_TEST(told.planned_ns == since_ns + 7);
    of.all.delivered(listener, two);
  }
  BOOST_TEST(of.all.is_complete());
  BOOST_TEST(of.all.read_from() == 6U);
  of.all.read({one, two, on_page(9, "somebody else's")});
  of.all.finish(true, true);
  BOOST_TEST(of.all.found().clean());
  BOOST_TEST(of.all.found().checked_in_history == 2U);
}

BOOST_AUTO_TEST_CASE(one_did_not_hear) {
  square of;
  of.all.delivered(0, of.says(1, "for all"));
  of.all.finish(true, false);
  BOOST_TEST(of.faults(fault_kind::lost) == 1U);
  BOOST_TEST(of.all.found().named[0].what.find("home page #1") == 0U);
}

BOOST_AUTO_TEST_CASE(twice_backwards_and_changed) {
  square of;
  const auto one = of.says(1, "one");
  auto two = of.says(2, "two");
  of.all.delivered(0, two);
  of.all.delivered(0, two);
  BOOST_TEST(of.faults(fault_kind::doubled) == 1U);
  of.all.delivered(0, one);
  BOOST_TEST(of.faults(fault_kind::disordered) == 1U);
  two.body[0] = 'T';
  BOOST_TEST(!of.all.delivered(1, two).mine);
  BOOST_TEST(of.faults(fault_kind::altered) == 1U);
}

BOOST_AUTO_TEST_CASE(the_home_page_lacks_one_or_changed_it) {
  square of;
  of.says(1, "one");
  auto two = of.says(2, "two");
  two.body += "!";
  of.all.read({two});
  of.all.finish(false, true);
  BOOST_TEST(of.faults(fault_kind::lost) == 1U);
  BOOST_TEST(of.faults(fault_kind::altered) == 1U);
}

BOOST_AUTO_TEST_CASE(of_other_people_or_earlier_is_nothing_to_judge) {
  square of;
  BOOST_TEST(!of.all.delivered(0, on_page(5, "no stamp")).mine);
  BOOST_TEST(!of.all.delivered(0, on_page(6, stamped("before", since_ns - 1))).mine);
  BOOST_TEST(!of.all.delivered(0, on_page(7, "half a stamp #12:")).mine);
  BOOST_TEST(of.all.found().clean());
}

BOOST_AUTO_TEST_CASE(the_speaker_need_not_hear_it) {
  square of;
  of.says(3, "mine");
  of.all.own(0, 3);
  of.all.own(1, 3);
  BOOST_TEST(of.all.is_complete());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
