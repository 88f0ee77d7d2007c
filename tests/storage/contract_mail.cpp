#include <algorithm>

#include "tests/storage/household.hpp"

/// The outbox.
namespace uod::storage::contract {
namespace {

/// Leaves mails in the outbox, in the way that a change of password does.
change_result leave(household& home, const account_id& account, std::vector<outbox_mail> mails) {
  return must(home.change(same_password(account, std::move(mails))));
}

std::vector<mail_id> ids(const std::vector<outbox_row>& mails) {
  std::vector<mail_id> found;
  for (const outbox_row& one : mails) found.push_back(one.mail.id);
  return found;
}

void what_was_written_is_read(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  outbox_mail mail = letter(1, "it's a \"kind\"", 1'234);
  mail.to = "o'brien+\"x\"@example.org";
  mail.expires_at_ms = 98'765;
  mail.fields = {{"", "nameless"},
                 {"empty", ""},
                 {"device", "Юлия's \"Telefon\"; DROP TABLE outbox; --"},
                 {"lines", "one\r\ntwo\n\n{{three}}"},
                 {"имя", "李小龙 😀"},
                 {"zero", std::string("a\0b", 3)}};
  leave(home, alice, {mail});
  home.reopen();
  const auto waiting = home.waiting();
  BOOST_REQUIRE(waiting.size() == 1U);
  BOOST_TEST((waiting[0].mail == mail));
  BOOST_TEST((waiting[0].state == mail_state::waiting));
  BOOST_TEST(waiting[0].attempts == 0U);
  BOOST_TEST(waiting[0].due_at_ms == 1'234U);
  BOOST_TEST(waiting[0].last_error.empty());
}

void the_one_due_longest_goes_first(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  BOOST_TEST(!must(home.reads->next_mail_due()).has_value());
  leave(home, alice,
        {letter(1, "a", 300), letter(2, "a", 100), letter(3, "a", 200), letter(4, "a", 100)});
  using these = std::vector<mail_id>;
  BOOST_TEST((ids(must(home.reads->due_mails(99, 10))) == these{}));
  BOOST_TEST((ids(must(home.reads->due_mails(100, 10))) == these{nth_mail(2), nth_mail(4)}));
  BOOST_TEST((ids(must(home.reads->due_mails(300, 10))) ==
              these{nth_mail(2), nth_mail(4), nth_mail(3), nth_mail(1)}));
  BOOST_TEST(
      (ids(must(home.reads->due_mails(300, 3))) == these{nth_mail(2), nth_mail(4), nth_mail(3)}));
  BOOST_TEST(*must(home.reads->next_mail_due()) == 100U);
  must(home.change(mail_postponed{nth_mail(2), 1'000, "421 come back later"}));
  must(home.change(mail_delivered{nth_mail(4)}));
  BOOST_TEST(*must(home.reads->next_mail_due()) == 200U);
  BOOST_TEST((ids(must(home.reads->due_mails(999, 10))) == these{nth_mail(3), nth_mail(1)}));
  BOOST_TEST((ids(must(home.reads->due_mails(1'000, 10))) ==
              these{nth_mail(3), nth_mail(1), nth_mail(2)}));
}

void attempts_are_told_of(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  leave(home, alice, {letter(1, "a", 100), letter(2, "a", 100), letter(3, "a", 100)});
  must(home.change(mail_postponed{nth_mail(1), 500, "first"}));
  must(home.change(mail_postponed{nth_mail(1), 700, "it's \"busy\"\n"}));
  must(home.change(mail_refused{nth_mail(2), "550 nobody here"}));
  must(home.change(mail_delivered{nth_mail(3)}));
  // What is told twice, or of a mail that went with its account, is so already.
  must(home.change(mail_delivered{nth_mail(3)}));
  must(home.change(mail_postponed{nth_mail(3), 1, "late"}));
  must(home.change(mail_refused{nth_mail(99), "late"}));
  home.reopen();
  const auto rows = must(home.reads->outbox(0, 10)).mails;
  BOOST_REQUIRE(rows.size() == 2U);
  BOOST_TEST(rows[0].attempts == 2U);
  BOOST_TEST(rows[0].due_at_ms == 700U);
  BOOST_TEST(rows[0].last_error == "it's \"busy\"\n");
  BOOST_TEST((rows[0].state == mail_state::waiting));
  BOOST_TEST(rows[1].attempts == 1U);
  BOOST_TEST(rows[1].last_error == "550 nobody here");
  BOOST_TEST((rows[1].state == mail_state::refused));
  const auto counted = must(home.reads->count_outbox());
  BOOST_TEST(counted.waiting == 1U);
  BOOST_TEST(counted.refused == 1U);
  // Refused ones are not tried by themselves.
  BOOST_TEST((ids(home.waiting()) == std::vector{nth_mail(1)}));
  BOOST_TEST(*must(home.reads->next_mail_due()) == 700U);
}

void an_administrator_tries_again(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  BOOST_TEST(must(home.change(retry_mail{{}, 1})).mails_queued == 0U);
  leave(home, alice, {letter(1, "a", 100), letter(2, "a", 100), letter(3, "a", 100)});
  must(home.change(mail_refused{nth_mail(1), "no"}));
  must(home.change(mail_refused{nth_mail(2), "no"}));
  must(home.change(mail_postponed{nth_mail(3), 9'000, "busy"}));
  BOOST_TEST(must(home.change(retry_mail{nth_mail(1), 600})).mails_queued == 1U);
  BOOST_TEST((ids(must(home.reads->due_mails(600, 10))) == std::vector{nth_mail(1)}));
  BOOST_TEST(code_of(home.change(retry_mail{nth_mail(99), 600})) == errc::no_such_message);
  BOOST_TEST(must(home.change(retry_mail{{}, 700})).mails_queued == 3U);
  home.reopen();
  BOOST_TEST(must(home.reads->due_mails(700, 10)).size() == 3U);
}

void the_outbox_comes_a_page_at_a_time(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  for (std::uint64_t i = 1; i <= 7; ++i) leave(home, alice, {letter(i, "a", 1'000 - i)});
  must(home.change(mail_refused{nth_mail(4), "no"}));
  std::vector<mail_id> seen;
  std::uint64_t after = 0;
  int pages = 0;
  do {
    const outbox_page page = must(home.reads->outbox(after, 3));
    for (const outbox_row& one : page.mails) seen.push_back(one.mail.id);
    after = page.next;
    if (++pages == 1) must(home.change(mail_delivered{nth_mail(3)}));  // the page's last one
  } while (after != 0 && pages < 10);
  std::vector<mail_id> expected;
  for (std::uint64_t i = 1; i <= 7; ++i) expected.push_back(nth_mail(i));
  BOOST_TEST((seen == expected));
  BOOST_TEST(pages == 3);
  BOOST_TEST(must(home.reads->outbox(~std::uint64_t{0}, 10)).mails.empty());
}

void a_mail_is_put_there_once(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  outbox_mail first = letter(1);
  first.fields["name"] = "first";
  leave(home, alice, {first, letter(2)});
  outbox_mail again = letter(1);
  again.fields["name"] = "again";
  BOOST_TEST(leave(home, alice, {again, letter(3)}).mails_queued == 1U);
  BOOST_TEST(home.waiting().size() == 3U);
  BOOST_TEST((home.waiting()[0].mail == first));
}

void a_change_that_fails_leaves_no_mail(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  home.person("bob");
  const account_id nobody = nth_account(99);
  std::vector<account_change> changes;
  create_account mallory = registration(3, "alice");
  mallory.mails = {letter(1)};
  changes.emplace_back(mallory);
  put_device stolen = log_in({nth_device(2), alice, "phone", "", "token", 1, 1});
  stolen.seen.network = "elsewhere";
  stolen.warning = letter(2);
  changes.emplace_back(stolen);
  changes.emplace_back(note_sighting{alice, nth_device(9), "", {"elsewhere", "", 1}, letter(3)});
  changes.emplace_back(set_code{nobody, {}, {letter(4)}});
  changes.emplace_back(same_password(nobody, {letter(5)}));
  changes.emplace_back(reset_password_by_code{alice, "code", "", {}, "key", {}, {}, {letter(6)}});
  // One that is whole in between, so that the commit has something to keep.
  changes.emplace_back(same_password(alice, {letter(7)}));
  const auto results = must(home.accounts->commit(changes));
  for (std::size_t i = 0; i + 1 < results.size(); ++i) BOOST_TEST(!results[i].has_value());
  home.reopen();
  BOOST_TEST((ids(home.waiting()) == std::vector{nth_mail(7)}));
}

void a_full_outbox_drops_and_counts(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  set_code held{alice,
                {code_purpose::confirm_email, "held", ~std::uint64_t{0} / 2, {}, {}},
                {letter(1'000'000)}};
  must(home.change(held));
  std::vector<outbox_mail> mails;
  for (std::uint64_t i = 1; i <= outbox_mails_max + 4; ++i) mails.push_back(letter(i));
  const change_result told = leave(home, alice, std::move(mails));
  BOOST_TEST(told.mails_queued == outbox_mails_max - 1);
  BOOST_TEST(told.mails_dropped == 5U);

  // What causes a mail does not fail for it; but a code that nobody gets replaces none.
  home.reopen();
  BOOST_TEST(leave(home, alice, {letter(2'000'000)}).mails_dropped == 1U);
  set_code lost = held;
  lost.code.stored = "lost";
  lost.mails = {letter(2'000'001)};
  BOOST_TEST(code_of(home.change(lost)) == errc::overloaded);
  BOOST_TEST(code_of(home.change(confirm_email_by_code{alice, "lost", "", 1})) == errc::code_wrong);
  must(home.change(confirm_email_by_code{alice, "held", "", 1}));
  count_failure failed{"alice", "net", 1'000, {1, 60'000}, {}, alice, {}, letter(2'000'002)};
  failed.unlock = account_code{code_purpose::unlock, "lost", 1'000'000, {}, {}};
  const change_result locked = must(home.change(failed));
  BOOST_TEST(locked.locked_now);
  BOOST_TEST(locked.mails_dropped == 1U);
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "lost", 1'001})) == errc::code_wrong);

  // Each delivered one makes room for one, also just after a restart.
  home.reopen();
  must(home.change(mail_delivered{nth_mail(1)}));
  must(home.change(mail_delivered{nth_mail(1)}));
  const change_result next = leave(home, alice, {letter(3'000'000), letter(3'000'001)});
  BOOST_TEST(next.mails_queued == 1U);
  BOOST_TEST(next.mails_dropped == 1U);
}

void refused_mails_make_room(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  leave(home, alice, {letter(1, "a", 100), letter(2, "a", 300), letter(3, "a", 200)});
  for (std::uint64_t i = 1; i <= 3; ++i) must(home.change(mail_refused{nth_mail(i), "no"}));
  std::vector<outbox_mail> mails;
  for (std::uint64_t i = 4; i <= outbox_mails_max; ++i) mails.push_back(letter(i));
  BOOST_TEST(leave(home, alice, std::move(mails)).mails_dropped == 0U);
  const auto refused = [&] {
    std::vector<mail_id> found;
    for (const outbox_row& one : must(home.reads->outbox(0, 3)).mails) {
      if (one.state == mail_state::refused) found.push_back(one.mail.id);
    }
    return found;
  };
  BOOST_TEST(refused().size() == 3U);
  BOOST_TEST(leave(home, alice, {letter(200'000)}).mails_queued == 1U);
  BOOST_TEST((refused() == std::vector{nth_mail(2), nth_mail(3)}));  // the oldest one went
  home.reopen();
  const change_result told =
      leave(home, alice, {letter(200'001), letter(200'002), letter(200'003)});
  BOOST_TEST(told.mails_queued == 2U);
  BOOST_TEST(told.mails_dropped == 1U);  // those that wait keep their place
  BOOST_TEST(refused().empty());
}

void a_dropped_mail_is_not_counted_for_the_day(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  std::vector<outbox_mail> mails;
  for (std::uint64_t i = 1; i <= outbox_mails_max; ++i) mails.push_back(letter(i, "bulk"));
  leave(home, alice, std::move(mails));
  set_code wanted{alice, {code_purpose::confirm_email, "code", 9'999, {}, {}}, {letter(200'000)}};
  wanted.mails[0].per_day_max = 1;
  BOOST_TEST(code_of(home.change(wanted)) == errc::overloaded);
  must(home.change(mail_delivered{nth_mail(1)}));
  BOOST_TEST(must(home.change(wanted)).mails_queued == 1U);
  BOOST_TEST(code_of(home.change(wanted)) == errc::rate_limited);
}

void a_stranger_is_sent_few_however_many_accounts_name_them(const database_maker& make) {
  household home(make);
  std::uint64_t written = 0;
  const auto asks = [&](const account_id& who, const std::string& to, std::uint64_t at_ms = 1'000) {
    set_code wanted{who, {code_purpose::confirm_email, "code", 9'999, {}, {}}, {letter(++written)}};
    wanted.mails[0].to = to;
    wanted.mails[0].to_stranger = true;
    wanted.mails[0].written_at_ms = at_ms;
    return home.change(wanted);
  };
  std::vector<account_id> mallorys;
  for (int i = 0; i < 5; ++i) mallorys.push_back(home.person("mallory" + std::to_string(i)));
  for (std::uint32_t i = 0; i < stranger_mails_per_day_max; ++i) {
    must(asks(mallorys[i % 4], i % 2 == 0 ? "victim@example.org" : "Victim+x@EXAMPLE.org"));
  }
  for (const char* same :
       {"victim@example.org", "VICTIM@example.org", "victim+tag+y@example.org"}) {
    BOOST_TEST(code_of(asks(mallorys[4], same)) == errc::rate_limited);
  }
  must(asks(mallorys[4], "victim2@example.org"));

  // What nobody waits for is done, and says nothing to the stranger.
  outbox_mail warning = letter(1'000);
  warning.to = "victim@example.org";
  warning.to_stranger = true;
  const change_result told = leave(home, mallorys[0], {warning});
  BOOST_TEST(told.mails_queued == 0U);
  BOOST_TEST(told.mails_dropped == 0U);

  // Whose address it is known to be hears everything; and tomorrow is another day.
  warning.to_stranger = false;
  BOOST_TEST(leave(home, mallorys[0], {warning}).mails_queued == 1U);
  must(asks(mallorys[4], "victim@example.org", 86'400'000 + 1'000));
}

void refused_mails_are_forgotten_in_the_end(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const std::uint64_t now_ms = 2 * refused_mails_kept_ms;
  leave(home, alice, {letter(1, "a", now_ms), letter(2, "a", now_ms), letter(3, "a", now_ms + 1)});
  must(home.change(mail_refused{nth_mail(1), "no"}));
  must(home.change(mail_refused{nth_mail(3), "no"}));
  must(home.change(forget_old{now_ms + refused_mails_kept_ms, 1}));
  BOOST_TEST(must(home.reads->outbox(0, 10)).mails.size() == 3U);
  must(home.change(forget_old{now_ms + refused_mails_kept_ms + 1, 1}));
  // One that waits is never forgotten by its age.
  BOOST_TEST((ids(must(home.reads->outbox(0, 10)).mails) == std::vector{nth_mail(2), nth_mail(3)}));
}

}  // namespace

std::vector<contract_case> mail_cases() {
  return {
      {"what_was_written_is_read", what_was_written_is_read},
      {"the_one_due_longest_goes_first", the_one_due_longest_goes_first},
      {"attempts_are_told_of", attempts_are_told_of},
      {"an_administrator_tries_again", an_administrator_tries_again},
      {"the_outbox_comes_a_page_at_a_time", the_outbox_comes_a_page_at_a_time},
      {"a_mail_is_put_there_once", a_mail_is_put_there_once},
      {"a_change_that_fails_leaves_no_mail", a_change_that_fails_leaves_no_mail},
      {"a_full_outbox_drops_and_counts", a_full_outbox_drops_and_counts},
      {"refused_mails_make_room", refused_mails_make_room},
      {"a_dropped_mail_is_not_counted_for_the_day", a_dropped_mail_is_not_counted_for_the_day},
      {"a_stranger_is_sent_few_however_many_accounts_name_them",
       a_stranger_is_sent_few_however_many_accounts_name_them},
      {"refused_mails_are_forgotten_in_the_end", refused_mails_are_forgotten_in_the_end},
  };
}

}  // namespace uod::storage::contract
