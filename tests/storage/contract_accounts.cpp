#include <algorithm>

#include "tests/storage/household.hpp"

namespace uod::storage::contract {
namespace {

void alice_registers_and_is_found(const database_maker& make) {
  household home(make);
  create_account alice = registration(1, "alice");
  alice.account.premium = true;
  alice.account.last_seen_ms = 7;
  must(home.change(alice));
  home.reopen();
  BOOST_TEST((must(home.reads->account_by_name("alice")) == alice.account));
  BOOST_TEST((must(home.reads->account_by_id(alice.account.id)) == alice.account));
  BOOST_TEST((must(home.reads->device(alice.device.id)) == alice.device));
  BOOST_TEST((must(home.reads->devices(alice.account.id)) == std::vector{alice.device}));

  BOOST_TEST(!must(home.reads->account_by_name("bob")).has_value());
  BOOST_TEST(!must(home.reads->account_by_name("")).has_value());
  BOOST_TEST(!must(home.reads->account_by_id(nth_account(2))).has_value());
  BOOST_TEST(!must(home.reads->device(nth_device(2))).has_value());
  BOOST_TEST(must(home.reads->devices(nth_account(2))).empty());
}

void a_registration_sent_again_is_the_same_one(const database_maker& make) {
  household home(make);
  create_account alice = registration(1, "alice");
  must(home.change(alice));
  alice.device.stored_token = "a new token";
  must(home.change(alice));
  BOOST_TEST(must(home.reads->device(alice.device.id))->stored_token == "a new token");
  BOOST_TEST(must(home.reads->devices(alice.account.id)).size() == 1U);

  // It is told as it is by now.
  must(home.change(set_premium{alice.account.id, true}));
  const auto again = must(home.change(alice));
  BOOST_REQUIRE(again.earlier.has_value());
  BOOST_TEST(again.earlier->premium);
  BOOST_TEST(again.earlier->name == "alice");
}

void an_id_is_no_way_to_ask_for_a_password(const database_maker& make) {
  household home(make);
  const create_account alice = registration(1, "alice");
  must(home.change(alice));
  // Mallory knows her account's id, which is no secret, and guesses. Right or wrong, from a device
  // of their own or with another name: all is the same.
  const std::vector<std::function<void(create_account&)>> guesses = {
      [](create_account& who) { who.account.stored_auth_key = "wrong"; },
      [](create_account& who) { who.device.id = nth_device(9); },
      [](create_account& who) { who.account.name_key = who.account.name = "mallory"; },
      [](create_account& who) { who.account.email_key = "mallory@example.org"; },
  };
  for (const auto& guess : guesses) {
    create_account mallory = alice;
    guess(mallory);
    BOOST_TEST(code_of(home.change(mallory)) == errc::id_conflict);
  }
  BOOST_TEST(!must(home.reads->device(nth_device(9))).has_value());
  BOOST_TEST(!must(home.reads->account_by_name("mallory")).has_value());
  must(home.change(remove_all_devices{alice.account.id}));
  BOOST_TEST(code_of(home.change(alice)) == errc::id_conflict);
}

void nobody_takes_what_is_alices(const database_maker& make) {
  household home(make);
  home.person("alice");
  struct attempt {
    errc expected;
    std::function<void(create_account&)> spoil;
  };
  must(home.change(set_code{nth_account(1), {code_purpose::confirm_email, "code", 9, {}, {}}, {}}));
  must(home.change(confirm_email_by_code{nth_account(1), "code", "", 1}));
  const std::vector<attempt> attempts = {
      {errc::name_taken, [](create_account& who) { who.account.name_key = "alice"; }},
      {errc::name_confusable, [](create_account& who) { who.account.name_skeleton = "alice"; }},
      {errc::email_taken, [](create_account& who) { who.account.email_key = "alice@example.org"; }},
      {errc::id_conflict, [](create_account& who) { who.device.id = nth_device(1); }},
  };
  for (const attempt& one : attempts) {
    create_account mallory = registration(2, "mallory");
    one.spoil(mallory);
    BOOST_TEST(code_of(home.change(mallory)) == one.expected);
    BOOST_TEST(!must(home.reads->account_by_id(nth_account(2))).has_value());
    BOOST_TEST(!must(home.reads->device(nth_device(2))).has_value());
  }
  BOOST_TEST((must(home.reads->device(nth_device(1)))->account == nth_account(1)));
  must(home.change(registration(2, "mallory")));
}

void alice_has_several_devices(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  device_record phone{nth_device(10), alice, "phone", "192.0.2.7", "token", 600, 600};
  must(home.change(log_in(phone)));
  BOOST_TEST(must(home.reads->devices(alice)).size() == 2U);

  device_record again = phone;
  again.name = "new phone";
  again.address = "2001:db8::1";
  again.stored_token = "another";
  again.created_at_ms = 700;
  again.last_seen_ms = 700;
  must(home.change(log_in(again)));
  const device_record kept = *must(home.reads->device(phone.id));
  BOOST_TEST(kept.name == again.name);
  BOOST_TEST(kept.address == again.address);
  BOOST_TEST(kept.stored_token == again.stored_token);
  BOOST_TEST(kept.created_at_ms == 600U);

  device_record bobs = phone;
  bobs.account = bob;
  BOOST_TEST(code_of(home.change(log_in(bobs))) == errc::id_conflict);
  BOOST_TEST((must(home.reads->device(phone.id))->account == alice));
  device_record nobodys = phone;
  nobodys.account = nth_account(99);
  BOOST_TEST(code_of(home.change(log_in(nobodys))) == errc::no_such_account);

  BOOST_TEST(code_of(home.change(remove_device{bob, phone.id})) == errc::no_such_device);
  must(home.change(remove_device{alice, phone.id}));
  BOOST_TEST(code_of(home.change(remove_device{alice, phone.id})) == errc::no_such_device);
  must(home.change(remove_all_devices{alice}));
  must(home.change(remove_all_devices{alice}));
  BOOST_TEST(must(home.reads->devices(alice)).empty());
  BOOST_TEST(must(home.reads->devices(bob)).size() == 1U);
}

void the_device_seen_longest_ago_gives_way(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");  // with device 1, seen at 501
  for (std::uint64_t i = 2; i <= devices_per_account_max; ++i) {
    must(home.change(
        log_in({nth_device(i), alice, "device", "192.0.2.1", "token", 600 + i, 600 + i})));
  }
  must(home.change(touch{alice, nth_device(1), 9'000}));
  BOOST_TEST(must(home.reads->devices(alice)).size() == devices_per_account_max);

  // Device 2 is now the one seen longest ago; the new one, never seen, is not what goes.
  const auto told =
      must(home.change(log_in({nth_device(100), alice, "new", "192.0.2.1", "token", 1, 0})));
  BOOST_TEST((told.device_pushed == nth_device(2)));
  BOOST_TEST(must(home.reads->devices(alice)).size() == devices_per_account_max);
  BOOST_TEST(!must(home.reads->device(nth_device(2))).has_value());
  BOOST_TEST(must(home.reads->device(nth_device(1))).has_value());
  BOOST_TEST(must(home.reads->device(nth_device(100))).has_value());
}

void contacts_are_one_sided(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  must(home.change(put_contact{alice, bob}));
  must(home.change(put_contact{alice, bob}));
  auto page = must(home.reads->contacts(alice, "", 10));
  BOOST_REQUIRE(page.contacts.size() == 1U);
  BOOST_TEST((page.contacts[0].id == bob));
  BOOST_TEST(page.contacts[0].name == "bob");
  BOOST_TEST(!page.contacts[0].mutual);
  BOOST_TEST(page.next.empty());
  BOOST_TEST(must(home.reads->contacts(bob, "", 10)).contacts.empty());
  BOOST_TEST(must(home.reads->mutual_contacts(alice)).empty());

  must(home.change(put_contact{bob, alice}));
  must(home.change(touch{bob, device_id{}, 4'321}));
  BOOST_TEST(must(home.reads->contacts(alice, "", 10)).contacts[0].mutual);
  const auto mutual = must(home.reads->mutual_contacts(alice));
  BOOST_REQUIRE(mutual.size() == 1U);
  BOOST_TEST((mutual[0].id == bob));
  BOOST_TEST(mutual[0].mutual);
  BOOST_TEST(mutual[0].last_seen_ms == 4'321U);

  must(home.change(delete_contact{alice, bob}));
  BOOST_TEST(code_of(home.change(delete_contact{alice, bob})) == errc::no_such_contact);
  BOOST_TEST(must(home.reads->mutual_contacts(bob)).empty());
  BOOST_TEST(!must(home.reads->contacts(bob, "", 10)).contacts[0].mutual);

  BOOST_TEST(code_of(home.change(put_contact{alice, nth_account(99)})) == errc::no_such_account);
  BOOST_TEST(code_of(home.change(put_contact{nth_account(99), alice})) == errc::no_such_account);
  BOOST_TEST(code_of(home.change(delete_contact{alice, nth_account(99)})) == errc::no_such_contact);
  BOOST_TEST(must(home.reads->contacts(nth_account(99), "", 10)).contacts.empty());
}

void contacts_come_a_page_at_a_time(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  for (const char* name : {"eve", "bob", "dave", "carol", "frank"}) {
    must(home.change(put_contact{alice, home.person(name)}));
  }
  std::vector<std::string> seen;
  std::string after;
  std::size_t pages = 0;
  do {
    const auto page = must(home.reads->contacts(alice, after, 2));
    for (const auto& row : page.contacts) seen.push_back(row.name);
    after = page.next;
    ++pages;
  } while (!after.empty() && pages < 10);
  BOOST_TEST(seen == (std::vector<std::string>{"bob", "carol", "dave", "eve", "frank"}),
             boost::test_tools::per_element());
  BOOST_TEST(pages == 3U);
}

void nobody_collects_contacts_without_end(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  std::vector<account_change> changes;
  for (std::uint64_t i = 2; i <= contacts_per_account_max + 2; ++i) {
    changes.emplace_back(registration(i, "person" + std::to_string(i)));
  }
  for (std::uint64_t i = 2; i <= contacts_per_account_max + 1; ++i) {
    changes.emplace_back(put_contact{alice, nth_account(i)});
  }
  for (const auto& result : must(home.accounts->commit(changes))) must(result);

  const account_id last = nth_account(contacts_per_account_max + 2);
  BOOST_TEST(code_of(home.change(put_contact{alice, last})) == errc::too_large);
  must(home.change(put_contact{alice, nth_account(2)}));  // there already
  must(home.change(delete_contact{alice, nth_account(2)}));
  must(home.change(put_contact{alice, last}));
}

void last_seen_only_moves_forward(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(touch{alice, nth_device(1), 9'000}));
  must(home.change(touch{alice, nth_device(1), 8'000}));
  BOOST_TEST(must(home.reads->account_by_id(alice))->last_seen_ms == 9'000U);
  BOOST_TEST(must(home.reads->device(nth_device(1)))->last_seen_ms == 9'000U);
  must(home.change(touch{alice, device_id{}, 10'000}));
  BOOST_TEST(must(home.reads->account_by_id(alice))->last_seen_ms == 10'000U);
  BOOST_TEST(must(home.reads->device(nth_device(1)))->last_seen_ms == 9'000U);
  must(home.change(touch{alice, nth_device(77), 11'000}));  // revoked meanwhile
  BOOST_TEST(must(home.reads->account_by_id(alice))->last_seen_ms == 11'000U);
  BOOST_TEST(code_of(home.change(touch{nth_account(99), device_id{}, 1})) == errc::no_such_account);
}

void a_part_of_a_name_finds_it(const database_maker& make) {
  household home(make);
  for (const char* name : {"alice", "malice", "bob", "100%", "a_b", "axb", "юлия", "李小龙"}) {
    home.person(name);
  }
  const auto found = [&](const std::string& part) {
    const auto page = must(home.reads->search(part, "", 100));
    BOOST_TEST(page.next.empty());
    return page.names;
  };
  using names = std::vector<std::string>;
  BOOST_TEST(found("lic") == (names{"alice", "malice"}), boost::test_tools::per_element());
  BOOST_TEST(found("%") == (names{"100%"}), boost::test_tools::per_element());
  BOOST_TEST(found("_") == (names{"a_b"}), boost::test_tools::per_element());
  BOOST_TEST(found("ли") == (names{"юлия"}), boost::test_tools::per_element());
  BOOST_TEST(found("小") == (names{"李小龙"}), boost::test_tools::per_element());
  BOOST_TEST(found("'; DROP TABLE accounts; --").empty());
  BOOST_TEST(found("nobody").empty());
}

void many_names_come_a_page_at_a_time(const database_maker& make) {
  household home(make);
  std::vector<account_change> changes;
  for (std::uint64_t i = 1; i <= 700; ++i) {
    changes.emplace_back(registration(i, "person" + std::to_string(1'000 + i)));
  }
  for (const auto& result : must(home.accounts->commit(changes))) must(result);
  std::vector<std::string> seen;
  std::string after;
  std::size_t pages = 0;
  do {
    const auto page = must(home.reads->search("person", after, 300));
    seen.insert(seen.end(), page.names.begin(), page.names.end());
    after = page.next;
    ++pages;
  } while (!after.empty() && pages < 10);
  BOOST_TEST(pages == 3U);
  BOOST_TEST(seen.size() == 700U);
  BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
  BOOST_TEST((std::adjacent_find(seen.begin(), seen.end()) == seen.end()));
  // Whatever is asked for, a page stays a page.
  BOOST_TEST(must(home.reads->search("person", "", 0)).names.size() == 500U);
  BOOST_TEST(must(home.reads->search("person", "", 4'000'000'000U)).names.size() == 500U);
}

void in_a_commit_each_change_stands_for_itself(const database_maker& make) {
  household home(make);
  const std::vector<account_change> changes = {
      registration(1, "alice"),
      registration(2, "alice"),
      put_contact{nth_account(1), nth_account(3)},
      registration(3, "bob"),
      put_contact{nth_account(1), nth_account(3)},
  };
  const auto results = must(home.accounts->commit(changes));
  BOOST_REQUIRE(results.size() == 5U);
  must(results[0]);
  BOOST_TEST(code_of(results[1]) == errc::name_taken);
  BOOST_TEST(code_of(results[2]) == errc::no_such_account);
  must(results[3]);
  must(results[4]);
  home.reopen();
  BOOST_TEST(must(home.reads->contacts(nth_account(1), "", 10)).contacts.size() == 1U);
  BOOST_TEST(must(home.accounts->commit({})).empty());
}

}  // namespace

std::vector<contract_case> account_cases() {
  return {
      {"alice_registers_and_is_found", alice_registers_and_is_found},
      {"a_registration_sent_again_is_the_same_one", a_registration_sent_again_is_the_same_one},
      {"an_id_is_no_way_to_ask_for_a_password", an_id_is_no_way_to_ask_for_a_password},
      {"nobody_takes_what_is_alices", nobody_takes_what_is_alices},
      {"alice_has_several_devices", alice_has_several_devices},
      {"the_device_seen_longest_ago_gives_way", the_device_seen_longest_ago_gives_way},
      {"contacts_are_one_sided", contacts_are_one_sided},
      {"contacts_come_a_page_at_a_time", contacts_come_a_page_at_a_time},
      {"nobody_collects_contacts_without_end", nobody_collects_contacts_without_end},
      {"last_seen_only_moves_forward", last_seen_only_moves_forward},
      {"a_part_of_a_name_finds_it", a_part_of_a_name_finds_it},
      {"many_names_come_a_page_at_a_time", many_names_come_a_page_at_a_time},
      {"in_a_commit_each_change_stands_for_itself", in_a_commit_each_change_stands_for_itself},
  };
}

}  // namespace uod::storage::contract
