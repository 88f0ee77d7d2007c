#include "client/load/oracle.hpp"

#include <boost/test/unit_test.hpp>

/// Alice writes to Bob, and the oracle watches what the server makes of it.
namespace uod::load {
namespace {

constexpr std::uint32_t run_tag = 0x2bcde;
constexpr std::uint64_t now_ms = 1'764'000'000'000;

/// One chat, one direction, and what a server would tell of it.
struct talk {
  explicit talk(std::uint64_t last_seq = 0, bool bob_listens = true) : seq(last_seq) {
    chat = all.add_chat("alice and bob", last_seq);
    line = all.add_conversation(chat, "alice to bob");
    if (bob_listens) all.reader_listens(line);
  }

  /// Alice sends a text, and it is on its way.
  message sends(const std::string& text) {
    message made;
    made.id = all.next_id(line, now_ms);
    made.body = text;
    made.seq = ++seq;
    all.sent(line, made.id, digest_of(text), 7'000, true);
    ++number;
    return made;
  }
  oracle::progress acknowledged(std::uint32_t its_number, const message& sent) {
    return all.acknowledged(line, its_number, sent.seq);
  }
  oracle::arrival arrives(const message& sent) { return all.delivered(sent, digest_of(sent.body)); }
  /// Sent, acknowledged, delivered.
  message says(const std::string& text) {
    auto made = sends(text);
    acknowledged(number, made);
    arrives(made);
    return made;
  }
  void reads(const std::vector<message>& history) {
    all.read(chat, history);
    all.end_reading(chat);
  }
  std::uint64_t faults(fault_kind kind) const { return all.found().count(kind); }

  oracle all{run_tag};
  std::uint32_t chat = 0;
  std::uint32_t line = 0;
  std::uint32_t number = 0;
  std::uint64_t seq = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(oracle_of_messages)

BOOST_AUTO_TEST_CASE(a_good_server_is_found_clean) {
  talk of;
  std::vector<message> said;
  for (int count = 0; count < 1'000; ++count) said.push_back(of.says(std::to_string(count)));
  of.reads(said);
  BOOST_TEST(of.all.open_count() == 0U);
  of.all.finish(true);
  BOOST_TEST(of.all.found().clean());
  BOOST_TEST(of.all.found().checked_in_history == 1'000U);
}

BOOST_AUTO_TEST_CASE(tells_how_long_a_message_took) {
  talk of;
  const auto hello = of.sends("hello");
  BOOST_TEST(of.all.open_count() == 1U);
  const auto seen = of.arrives(hello);
  BOOST_TEST(seen.first);
  BOOST_TEST(seen.counted);
  BOOST_TEST(seen.planned_ns == 7'000U);
  BOOST_TEST(of.all.open_count() == 1U);
  BOOST_TEST(of.acknowledged(1, hello).first);
  BOOST_TEST(of.all.open_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_lost_message_is_named) {
  talk of;
  const auto lost = of.sends("where am I?");
  of.acknowledged(1, lost);
  of.says("here");
  BOOST_TEST(of.all.open_count() == 1U);
  of.all.finish(true);
  BOOST_TEST(of.faults(fault_kind::lost) == 1U);
  BOOST_REQUIRE(of.all.found().named.size() == 1U);
  BOOST_TEST(of.all.found().named[0].what.find(to_text(lost.id)) == 0U);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_gone_has_not_lost_anything_yet) {
  talk of;
  of.acknowledged(1, of.sends("on its way"));
  of.all.finish(false);
  BOOST_TEST(of.all.found().clean());
}

BOOST_AUTO_TEST_CASE(what_was_not_acknowledged_may_come_once_or_not_at_all) {
  talk of;
  of.sends("swallowed");
  of.arrives(of.sends("came through"));
  of.all.finish(true);
  BOOST_TEST(of.all.found().clean());
  BOOST_TEST(of.all.found().unanswered == 2U);
}

BOOST_AUTO_TEST_CASE(what_was_refused_may_be_forgotten) {
  talk of;
  of.sends("too fast");
  of.all.refused(of.line, 1, true);
  BOOST_TEST(of.all.open_count() == 0U);
  of.seq = 0;
  of.says("slower");
  of.all.finish(true);
  BOOST_TEST(of.all.found().clean());
  BOOST_TEST(of.all.found().unanswered == 0U);
}

BOOST_AUTO_TEST_CASE(doubled_at_once_and_long_after) {
  talk of;
  const auto first = of.says("once");
  BOOST_TEST(!of.arrives(first).first);
  BOOST_TEST(of.faults(fault_kind::doubled) == 1U);
  for (int count = 0; count < 10'000; ++count) of.says("more");
  of.arrives(first);
  BOOST_TEST(of.faults(fault_kind::doubled) == 2U);
  BOOST_TEST(of.all.found().named[1].what.find(to_text(first.id)) == 0U);
}

BOOST_AUTO_TEST_CASE(out_of_order) {
  talk of;
  const auto one = of.sends("one");
  const auto two = of.sends("two");
  of.arrives(two);
  BOOST_TEST(!of.arrives(one).first);
  BOOST_TEST(of.faults(fault_kind::disordered) == 1U);
  of.acknowledged(1, one);
  of.acknowledged(2, two);
  of.all.finish(true);
  BOOST_TEST(of.faults(fault_kind::lost) == 0U);
}

BOOST_AUTO_TEST_CASE(a_seq_that_falls_is_out_of_order) {
  talk of(10);
  auto one = of.sends("one");
  auto two = of.sends("two");
  std::swap(one.seq, two.seq);
  of.arrives(one);
  of.arrives(two);
  BOOST_TEST(of.faults(fault_kind::disordered) == 1U);
}

BOOST_AUTO_TEST_CASE(altered_on_the_way) {
  talk of;
  auto sent = of.sends("I owe you 1");
  sent.body = "I owe you 9";
  BOOST_TEST(!of.arrives(sent).first);
  BOOST_TEST(of.faults(fault_kind::altered) == 1U);
}

BOOST_AUTO_TEST_CASE(made_up_or_not_to_be_opened) {
  talk of;
  auto sent = of.says("first");
  sent.id.octets[15] = 9;  // a number that nobody has sent
  of.arrives(sent);
  BOOST_TEST(of.faults(fault_kind::altered) == 1U);
  of.all.not_opened(of.sends("sealed"), "damaged");
  BOOST_TEST(of.faults(fault_kind::altered) == 2U);
}

BOOST_AUTO_TEST_CASE(acknowledged_under_one_seq_and_delivered_under_another) {
  talk of;
  const auto sent = of.sends("twelve");
  of.all.acknowledged(of.line, 1, 12);
  of.arrives(sent);
  BOOST_TEST(of.faults(fault_kind::altered) == 1U);
}

BOOST_AUTO_TEST_CASE(of_another_run_is_not_mine) {
  talk of;
  oracle before(run_tag + 1);
  before.add_conversation(before.add_chat("", 0), "");
  message old;
  old.id = before.next_id(0, now_ms);
  BOOST_TEST(!of.arrives(old).mine);
  BOOST_TEST(of.all.found().clean());
}

BOOST_AUTO_TEST_CASE(history_that_lacks_one) {
  talk of;
  std::vector<message> said;
  for (int count = 0; count < 600; ++count) said.push_back(of.says("word"));
  said.erase(said.begin() + 300);
  of.reads(said);
  BOOST_TEST(of.faults(fault_kind::lost) == 1U);
  BOOST_TEST(of.all.found().named[0].what.find("lacks seq 301") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(history_that_lacks_the_end) {
  talk of;
  std::vector<message> said;
  for (int count = 0; count < 600; ++count) said.push_back(of.says("word"));
  said.pop_back();
  of.reads(said);
  BOOST_TEST(of.faults(fault_kind::lost) == 1U);
}

BOOST_AUTO_TEST_CASE(history_that_was_changed_or_repeats) {
  talk of(5);
  std::vector<message> said{of.says("one"), of.says("two")};
  said[0].body = "won";
  of.reads(said);
  BOOST_TEST(of.faults(fault_kind::altered) == 1U);
  talk other;
  const auto once = other.says("once");
  other.reads({once, once});
  BOOST_TEST(other.faults(fault_kind::doubled) == 1U);
}

BOOST_AUTO_TEST_CASE(history_may_hold_what_was_never_acknowledged) {
  talk of;
  const auto unknown = of.sends("the answer was lost");
  const auto known = of.says("this one came back");
  of.reads({unknown, known});
  BOOST_TEST(of.all.found().clean());
}

BOOST_AUTO_TEST_CASE(who_does_not_listen_need_not_be_told) {
  talk of(0, false);
  for (std::uint32_t count = 1; count <= 10'000; ++count) {
    of.acknowledged(count, of.sends("are you there?"));
  }
  BOOST_TEST(of.all.open_count() == 0U);
  of.all.finish(true);
  BOOST_TEST(of.all.found().clean());
}

BOOST_AUTO_TEST_CASE(who_begins_to_listen_must_get_what_waits) {
  talk of(0, false);
  std::vector<message> waiting;
  for (std::uint32_t count = 1; count <= 10; ++count) {
    waiting.push_back(of.sends("are you there?"));
    of.acknowledged(count, waiting.back());
  }
  of.all.reader_listens(of.line);
  BOOST_TEST(of.all.open_count() == 10U);
  for (std::size_t count = 0; count < 9; ++count) of.arrives(waiting[count]);
  BOOST_TEST(of.all.open_count() == 1U);
  of.all.finish(true);
  BOOST_TEST(of.faults(fault_kind::lost) == 1U);
}

BOOST_AUTO_TEST_CASE(more_on_the_way_than_fits_is_still_judged) {
  talk of;
  std::vector<message> all;
  for (std::size_t count = 0; count < 3 * oracle::on_their_way_max; ++count) {
    all.push_back(of.sends("so many"));
  }
  for (std::size_t count = 0; count < all.size(); ++count) {
    of.acknowledged(static_cast<std::uint32_t>(count + 1), all[count]);
    if (count != 5) BOOST_REQUIRE(of.arrives(all[count]).first);
  }
  BOOST_TEST(of.all.open_count() == 1U);
  of.all.finish(true);
  BOOST_TEST(of.faults(fault_kind::lost) == 1U);
  BOOST_TEST(of.all.found().named[0].what.find(to_text(all[5].id)) == 0U);
}

BOOST_AUTO_TEST_CASE(verdicts_of_several_are_one) {
  talk of;
  of.acknowledged(1, of.sends("lost here"));
  of.all.finish(true);
  verdict both = of.all.found();
  both.merge(of.all.found());
  BOOST_TEST(both.count(fault_kind::lost) == 2U);
  BOOST_TEST(both.named.size() == 2U);
  BOOST_TEST(!both.clean());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
