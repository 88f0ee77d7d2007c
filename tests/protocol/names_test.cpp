#include "protocol/names.hpp"

#include <boost/test/unit_test.hpp>
#include <ctime>
#include <thread>
#include <vector>

#include "tests/protocol/vectors.hpp"

using namespace uod;

namespace {

account_name name(std::string_view text) {
  auto parsed = parse_name(text);
  if (!parsed) BOOST_FAIL(text << ": " << to_text(parsed.error()));
  return *parsed;
}

/// What a text is refused for; `internal` when it is taken, which no test expects.
template <class Parsed>
errc refusal(const Parsed& parsed) {
  return parsed ? errc::internal : parsed.error().code;
}

const std::vector<std::string> not_utf8 = {
    "\xff",              // never a lead
    "\x80",              // a continuation of nothing
    "alic\xc3",          // cut short
    "\xc0\xaf",          // an overlong slash
    "\xc1\xbf",          // overlong
    "\xe0\x80\xaf",      // overlong in three octets
    "\xf0\x80\x80\xaf",  // overlong in four
    "\xed\xa0\x80",      // a surrogate
    "\xed\xbf\xbf",      // the last surrogate
    "\xf4\x90\x80\x80",  // behind U+10FFFF
    "\xf5\x80\x80\x80",
    "12345678\xc3",  // behind the part that is looked at eight at a time
    "1234567\xe4\xb8",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(published_vectors_hold) {
  const auto vectors = tests::read_vectors("names.json");
  BOOST_TEST(vectors.at("accepted").size() >= 20u);
  for (const auto& vector : vectors.at("accepted")) {
    const auto parsed = name(vector.at("text").get<std::string>());
    BOOST_TEST(parsed.shown == vector.at("shown").get<std::string>());
    BOOST_TEST(parsed.key == vector.at("key").get<std::string>());
    if (vector.contains("skeleton")) {
      BOOST_TEST(parsed.skeleton == vector.at("skeleton").get<std::string>());
    }
  }
  BOOST_TEST(vectors.at("refused").size() >= 35u);
  for (const auto& vector : vectors.at("refused")) {
    const auto parsed = parse_name(vector.at("text").get<std::string>());
    BOOST_TEST((refusal(parsed) == errc::name_invalid), vector.at("why"));
    if (!parsed) BOOST_TEST(!parsed.error().detail.empty(), vector.at("why"));
  }
}

BOOST_AUTO_TEST_CASE(zoe_is_one_person_however_her_keyboard_writes_her) {
  const auto composed = name("Zo\u00eb");
  const auto decomposed = name("Zoe\u0308");
  BOOST_TEST((composed == decomposed));
  BOOST_TEST(composed.shown == "Zo\u00eb");
  BOOST_TEST(name("ZO\u00cb").key == composed.key);
  BOOST_TEST(name("ZO\u00cb").shown == "ZO\u00cb");
  // Somebody else, and nobody takes her for Zoë.
  BOOST_TEST(name("Zoe").key != composed.key);
}

BOOST_AUTO_TEST_CASE(mallory_cannot_look_like_a_bank) {
  const auto bank = name("paypal");
  const auto mallory = name("paypaI");
  BOOST_TEST(mallory.key != bank.key);
  BOOST_TEST(mallory.skeleton == bank.skeleton);
  BOOST_TEST(name("rnicrosoft").skeleton == name("microsoft").skeleton);
  // All of it Cyrillic: a name of its own, that looks like a Latin one.
  BOOST_TEST(name("\u0441\u043e\u0441\u043e").skeleton == name("coco").skeleton);
}

BOOST_AUTO_TEST_CASE(a_name_of_ten_thousand_characters_is_refused_at_once) {
  const std::vector<std::string> long_names = {
      std::string(10'000, 'a'), std::string(10'000, '\xff'), std::string(100'000'000, 'a')};
  const auto begin = std::clock();  // of this process: others may keep the machine busy
  for (const auto& text : long_names) {
    BOOST_TEST((refusal(parse_name(text)) == errc::name_invalid));
    BOOST_TEST((refusal(parse_search(text)) == errc::name_invalid));
    BOOST_TEST((refusal(parse_email(text)) == errc::email_invalid));
  }
  BOOST_TEST(clean_device_name(long_names[2]).size() == device_name_octets_max);
  // To look through the last alone would take longer.
  BOOST_TEST(std::clock() - begin < CLOCKS_PER_SEC / 20);
}

BOOST_AUTO_TEST_CASE(names_may_be_as_long_as_they_say) {
  BOOST_TEST(name(std::string(32, 'a')).shown.size() == 32u);
  std::string chinese;
  for (int i = 0; i < 32; ++i) chinese += "\u4e2d";
  BOOST_TEST(name(chinese).shown.size() == name_octets_max);
  // 32 letters of a script beyond the first plane take 128 octets.
  std::string rare;
  for (int i = 0; i < 32; ++i) rare += "\U00020000";
  BOOST_TEST((refusal(parse_name(rare)) == errc::name_invalid));
  // Decomposed it is longer than the bound, composed it is not.
  std::string hangul;
  for (int i = 0; i < 32; ++i) hangul += "\u1112\u1161\u11ab";
  BOOST_TEST(name(hangul).shown.size() == name_octets_max);
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_no_text) {
  for (const auto& text : not_utf8) {
    BOOST_TEST(!is_utf8(text));
    BOOST_TEST((refusal(parse_name(text)) == errc::text_invalid));
    BOOST_TEST((refusal(parse_search(text)) == errc::text_invalid));
    BOOST_TEST((refusal(parse_email("alice@" + text)) == errc::text_invalid));
    BOOST_TEST((refusal(normalise(text)) == errc::text_invalid));
  }
  for (const std::string text : {"", "a", "12345678", "Zo\u00eb", "\ud7ff", "\ue000", "\uffff",
                                 "\U00010000", "\U0010ffff", "1234567\u00eb12345678\u4e2d"}) {
    BOOST_TEST(is_utf8(text));
  }
  BOOST_TEST(is_utf8(std::string(9, '\0')));
}

BOOST_AUTO_TEST_CASE(bob_finds_people_in_any_spelling) {
  BOOST_TEST(parse_search("ZOE\u0308").value() == name("Zo\u00eb").key);
  BOOST_TEST(parse_search("  Ali ").value() == "ali");
  BOOST_TEST(parse_search("STRASSE").value() == name("stra\u00dfe").key);
  BOOST_TEST(parse_search("\uff21\uff2c").value() == "al");
  BOOST_TEST(parse_search("%_\\").value() == "%_\\");
  for (const auto* nothing : {"", "   ", "\u200b", "\u00ad\u00ad"}) {
    BOOST_TEST((refusal(parse_search(nothing)) == errc::name_invalid));
  }
  BOOST_TEST((refusal(parse_search(std::string(33, 'a'))) == errc::name_invalid));
}

BOOST_AUTO_TEST_CASE(addresses_that_mail_can_be_sent_to) {
  for (const std::string text :
       {"alice@example.org", "a.b+tag@sub.example.org", "alice@localhost", "o'neil@x.y",
        "zo\u00eb@b\u00fccher.example", "\u5f20\u4f1f@\u4f8b\u5b50.example"}) {
    const auto address = parse_email(text);
    BOOST_REQUIRE_MESSAGE(address, text);
    BOOST_TEST(address->shown == text);
  }
  BOOST_TEST(parse_email("Alice@Example.ORG")->shown == "Alice@Example.ORG");
  BOOST_TEST(parse_email("Alice@Example.ORG")->key == "alice@example.org");
  BOOST_TEST(parse_email(std::string(64, 'a') + "@b").has_value());
}

BOOST_AUTO_TEST_CASE(addresses_that_nothing_can_be_smuggled_through) {
  using namespace std::string_literals;
  for (const auto& text : {""s,
                           "alice"s,
                           "@"s,
                           "alice@"s,
                           "@example.org"s,
                           "a@b@c"s,
                           "a..b@c"s,
                           ".a@b"s,
                           "a.@b"s,
                           "a@.b"s,
                           "a@b."s,
                           "a@b..c"s,
                           "a@-b"s,
                           "a@b-"s,
                           "a@b-.c"s,
                           "a@b.-c"s,
                           "alice@example.org\r\nBcc: bob@example.org"s,
                           "alice\n@example.org"s,
                           "alice@example.org\r"s,
                           "alice@exam\0ple.org"s,
                           "alice @example.org"s,
                           " alice@example.org"s,
                           "alice@example.org "s,
                           "alice@example.org,bob@example.org"s,
                           "alice@example.org;bob@example.org"s,
                           "Alice <alice@example.org>"s,
                           "\"alice\"@example.org"s,
                           "alice@[127.0.0.1]"s,
                           "alice@exa_mple.org"s,
                           "alice(comment)@example.org"s,
                           "ali\u202ece@example.org"s,
                           "alice@ex\u200bample.org"s,
                           "ali\u00a0ce@example.org"s,
                           "ali\u2028ce@example.org"s,
                           "ali\u0085ce@example.org"s,
                           std::string(65, 'a') + "@b",
                           "a@" + std::string(64, 'b'),
                           "a@" + std::string(260, 'b')}) {
    BOOST_TEST((refusal(parse_email(text)) == errc::email_invalid), text);
  }
}

BOOST_AUTO_TEST_CASE(a_device_is_shown_without_harm) {
  BOOST_TEST(clean_device_name("alice@laptop") == "alice@laptop");
  BOOST_TEST(clean_device_name("  Zo\u00eb's\tphone \n") == "Zo\u00eb's phone");
  BOOST_TEST(clean_device_name("a \u2003 b") == "a b");
  BOOST_TEST(clean_device_name("\x1b[31mred\u202e\u200b\xff\0") == "[31mred");
  BOOST_TEST(clean_device_name("\r\nSubject: hi") == "Subject: hi");
  BOOST_TEST(clean_device_name("") == "");
  BOOST_TEST(clean_device_name("\xff\xfe\u0007") == "");
  // The cut never goes through a character.
  std::string chinese;
  for (int i = 0; i < 30; ++i) chinese += "\u4e2d";
  BOOST_TEST(clean_device_name(chinese).size() == 63u);
  BOOST_TEST(is_utf8(clean_device_name("x" + chinese)));
  std::string rubbish(4 * device_name_octets_max - 1, '\x01');
  BOOST_TEST(clean_device_name(rubbish + "\u4e2d") == "");
  // Other lines have other bounds.
  BOOST_TEST(clean_line("Zo\u00eb's phone", 4) == "Zo\u00eb");
  BOOST_TEST(clean_line("Zo\u00eb's phone", 3) == "Zo");
  BOOST_TEST(clean_line("anything", 0) == "");
}

BOOST_AUTO_TEST_CASE(a_text_is_composed) {
  BOOST_TEST(normalise("Zoe\u0308").value() == "Zo\u00eb");
  BOOST_TEST(normalise("").value() == "");
  // NFC keeps what NFKC would change.
  BOOST_TEST(normalise("\uff21 \u2460").value() == "\uff21 \u2460");
}

BOOST_AUTO_TEST_CASE(many_threads_judge_at_once) {
  const auto expected = name("Zo\u00eb");
  std::vector<int> wrong(4);
  {
    std::vector<std::jthread> threads;
    for (auto& count : wrong) {
      threads.emplace_back([&count, &expected] {
        for (int i = 0; i < 500; ++i) {
          const auto parsed = parse_name("Zoe\u0308");
          if (!parsed || *parsed != expected || parse_name("\u0430lice")) ++count;
        }
      });
    }
  }
  BOOST_TEST((wrong == std::vector<int>(4)));
}

BOOST_AUTO_TEST_SUITE_END()
