#include "client/load/accounts.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/client/state/fresh_directory.hpp"

/// Accounts are kept for the next run, and two runs at once do not take the same.
namespace uod::load {
namespace {

kept_account some_account(std::size_t number) {
  kept_account made;
  made.name = "load-tag-" + std::to_string(number);
  made.id.octets[15] = static_cast<std::uint8_t>(number);
  made.device.octets[0] = 7;
  made.token = bytes(32, static_cast<char>(number));
  made.identity = static_cast<std::uint32_t>(number);
  return made;
}

account_book opened(const std::filesystem::path& directory, const std::string& server) {
  std::vector<std::string> warnings;
  auto book = account_book::open(directory, server, warnings);
  BOOST_REQUIRE_MESSAGE(book, (book ? "" : to_text(book.error())));
  return std::move(*book);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kept_accounts)

BOOST_AUTO_TEST_CASE(a_line_comes_back) {
  const auto account = some_account(5);
  auto line = account_line(account);
  line.pop_back();
  BOOST_TEST((account_of_line(line) == account));
  for (const auto* wrong : {"", "name", "name x y z 0"}) BOOST_TEST(!account_of_line(wrong));
  line.resize(line.size() - 6);
  BOOST_TEST(!account_of_line(line));
}

BOOST_AUTO_TEST_CASE(a_set_is_kept_by_server_and_used_by_one) {
  const client::fresh_directory home;
  {
    auto first = opened(home.path, "SHA256:abc/def");
    for (std::size_t number = 0; number < 5'000; ++number) {
      first.accounts().push_back(some_account(number));
    }
    BOOST_REQUIRE(first.save());
    auto second = opened(home.path, "SHA256:abc/def");
    BOOST_TEST(second.accounts().empty());
    BOOST_TEST((first.identity(0).public_half().fingerprint() ==
                second.identity(0).public_half().fingerprint()));
  }
  auto again = opened(home.path, "SHA256:abc/def");
  BOOST_REQUIRE(again.accounts().size() == 5'000U);
  BOOST_TEST((again.accounts()[4'999] == some_account(4'999)));
  BOOST_TEST(opened(home.path, "SHA256:other").accounts().empty());

  again.accounts().resize(100);
  BOOST_REQUIRE(again.save());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
