#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/storage/household.hpp"
#include "tests/storage/model.hpp"

// A seeded stream of random changes goes to a store and to the model at once; every answer is
// compared, and every few commits everything that can be read. UOD_TEST_SEED replays a run.
namespace uod::storage::contract {
namespace {

constexpr std::uint64_t people = 8;
constexpr std::uint64_t chats = 12;

class comparison {
 public:
  comparison(const database_maker& make, std::uint64_t seed) : home_(make), random_(seed) {}

  void run(int commits) {
    for (std::uint64_t i = 1; i <= people; ++i)
      commit_accounts(create_account{registration(i, "person" + std::to_string(i))});
    for (int i = 0; i < commits; ++i) {
      if (below(20) == 0) {
        commit_accounts(random_contact());
      } else {
        commit_messages();
      }
      if (below(15) == 0) home_.reopen();
      if (below(10) == 0) compare_reads();
    }
    compare_reads();
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  account_id anybody() { return nth_account(1 + below(people + 1)); }  // one does not exist
  chat_id any_chat() { return nth_chat(1 + below(chats)); }

  account_change random_contact() {
    const account_id one = anybody();
    const account_id other = anybody();
    if (below(3) == 0) return delete_contact{one, other};
    return put_contact{one, other};
  }

  message_change random_change() {
    switch (below(12)) {
      case 0: {
        std::vector<account_id> members(below(4));
        for (account_id& one : members) one = anybody();
        return create_chat{any_chat(), std::move(members)};
      }
      case 1:
      case 2:
        return new_mark{any_chat(), anybody(), below(40), below(40)};
      case 3:  // an id that was used before, often with other things
        return new_message{nth_message(1 + below(used_ + 1)), any_chat(), anybody(),
                           content_type::text, "again"};
      default:
        return new_message{nth_message(++used_), any_chat(), anybody(), content_type::text,
                           "text " + std::to_string(used_)};
    }
  }

  void commit_accounts(account_change change) {
    BOOST_REQUIRE_EQUAL(describe(home_.change(change)), expected_.apply(change));
  }

  void commit_messages() {
    std::vector<message_change> changes;
    std::vector<std::string> expected;
    now_ms_ += below(50);
    const std::uint64_t now_ms = now_ms_ - below(100);  // a clock that sometimes goes back
    for (std::uint64_t i = 0; i < 1 + below(20); ++i) {
      changes.push_back(random_change());
      expected.push_back(expected_.apply(changes.back(), now_ms));
    }
    const auto results = must(home_.messages->commit(std::move(changes), now_ms));
    BOOST_REQUIRE_EQUAL(results.size(), expected.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      BOOST_REQUIRE_EQUAL(describe(results[i]), expected[i]);
      const auto* sent = results[i] ? std::get_if<message_stored>(&*results[i]) : nullptr;
      if (sent == nullptr) continue;
      message& known = expected_.all[expected_.by_id[sent->stored.id]];
      if (!sent->repeated) {
        // Positions are the store's to choose; that they rise is ours to check.
        BOOST_REQUIRE_GT(sent->stored.position, last_position_);
        last_position_ = known.position = sent->stored.position;
      }
      BOOST_REQUIRE(sent->stored == known);
    }
  }

  void compare_reads() {
    BOOST_REQUIRE_EQUAL(must(home_.reads->last_position()), last_position_);
    for (std::uint64_t i = 1; i <= people; ++i) {
      compare_feed(nth_account(i));
      compare_chats(nth_account(i));
      compare_contacts(nth_account(i));
    }
  }

  void compare_feed(const account_id& who) {
    const std::uint64_t start = below(last_position_ + 2);
    std::vector<message> expected;
    for (const std::size_t index : expected_.feed(who)) {
      if (expected_.all[index].position > start) expected.push_back(expected_.all[index]);
    }
    std::vector<message> read;
    std::uint64_t position = start;
    bool more = true;
    while (more) {
      const feed_page page = must(home_.reads->feed(
          who, position, static_cast<std::uint32_t>(1 + below(100)), 20 + below(2'000)));
      more = page.more;
      if (page.messages.empty()) break;
      position = page.messages.back().position;
      read.insert(read.end(), page.messages.begin(), page.messages.end());
    }
    BOOST_REQUIRE(read == expected);
    const std::size_t first = expected_.undelivered(who);
    BOOST_REQUIRE_EQUAL(
        must(home_.reads->undelivered_position(who)),
        first == expected_.all.size() ? last_position_ : expected_.all[first].position - 1);
  }

  void compare_chats(const account_id& who) {
    std::vector<chat_id> listed;
    std::string after;
    do {
      const chat_page page =
          must(home_.reads->chats(who, after, static_cast<std::uint32_t>(1 + below(6))));
      for (const chat_info& one : page.chats) {
        listed.push_back(one.id);
        BOOST_REQUIRE_EQUAL(one.unread, expected_.unread(one.id, who));
        compare_history(who, one);
      }
      after = page.next;
    } while (!after.empty());
    BOOST_REQUIRE(listed == expected_.listing(who));
  }

  void compare_history(const account_id& who, const chat_info& chat) {
    const auto& state = expected_.chats.at(chat.id);
    BOOST_REQUIRE_EQUAL(chat.last_seq, state.messages.size());
    BOOST_REQUIRE_EQUAL(chat.members.size(), state.members.size());
    for (const member& one : chat.members) {
      const auto marks = state.marks.find(one.id);
      const auto [delivered, read] =
          marks == state.marks.end() ? std::pair<std::uint64_t, std::uint64_t>{} : marks->second;
      BOOST_REQUIRE_EQUAL(one.delivered_seq, delivered);
      BOOST_REQUIRE_EQUAL(one.read_seq, read);
    }
    const std::uint64_t before = 1 + below(chat.last_seq + 1);
    const auto limit = static_cast<std::uint32_t>(1 + below(30));
    const auto page = must(home_.reads->history(who, {chat.id, before, 0, limit}, no_byte_bound));
    std::vector<message> expected;
    for (std::uint64_t seq = before > limit ? before - limit : 1; seq < before; ++seq) {
      expected.push_back(expected_.all[state.messages[seq - 1]]);
    }
    BOOST_REQUIRE(page.messages == expected);
    BOOST_REQUIRE_EQUAL(page.more, before > limit + 1U);
  }

  void compare_contacts(const account_id& who) {
    std::set<account_id> read;
    for (const contact_row& one : must(home_.reads->contacts(who, "", 100)).contacts) {
      read.insert(one.id);
      BOOST_REQUIRE_EQUAL(one.mutual, expected_.contacts.contains({one.id, who}));
    }
    std::set<account_id> expected;
    for (const auto& [owner, contact] : expected_.contacts) {
      if (owner == who) expected.insert(contact);
    }
    BOOST_REQUIRE(read == expected);
  }

  household home_;
  model expected_;
  std::mt19937_64 random_;
  std::uint64_t used_ = 0;
  std::uint64_t now_ms_ = 10'000;
  std::uint64_t last_position_ = 0;
};

void whatever_happens_it_agrees_with_the_model(const database_maker& make) {
  const char* given = std::getenv("UOD_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  for (std::uint64_t round = 0; round < 4; ++round) {
    std::cout << "UOD_TEST_SEED=" << seed + round << std::endl;
    BOOST_TEST_CONTEXT("UOD_TEST_SEED=" << seed + round) {
      comparison(make, seed + round).run(400);
    }
  }
}

}  // namespace

std::vector<contract_case> model_cases() {
  return {{"whatever_happens_it_agrees_with_the_model", whatever_happens_it_agrees_with_the_model}};
}

}  // namespace uod::storage::contract
