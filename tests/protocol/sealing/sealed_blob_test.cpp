#include "protocol/sealing/sealed_blob.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

namespace {

const bytes key(32, 'k');

}  // namespace

BOOST_AUTO_TEST_SUITE(sealed_blobs)

BOOST_AUTO_TEST_CASE(alices_device_reads_what_it_put_on_its_disk) {
  for (const bytes& plaintext : {bytes{}, bytes("keys"), bytes(100'000, 'x')}) {
    const auto sealed = must(seal_blob(key, "chat keys", plaintext));
    BOOST_TEST(sealed.size() == plaintext.size() + 29);
    BOOST_TEST((must(open_blob(key, "chat keys", sealed)).view() == plaintext));
  }
}

BOOST_AUTO_TEST_CASE(no_octet_on_the_disk_can_change) {
  const auto sealed = must(seal_blob(key, "chat keys", "keys"));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    if (open_blob(key, "chat keys", changed(sealed, at))) BOOST_ERROR("changed at " << at);
    if (open_blob(key, "chat keys", bytes_view(sealed).substr(0, at))) BOOST_ERROR("cut " << at);
  }
  BOOST_TEST((why(open_blob(key, "chat keys", sealed + "x")) == errc::sealed_damaged));
  BOOST_TEST((why(open_blob(key, "pinned keys", sealed)) == errc::sealed_damaged));
  BOOST_TEST((why(open_blob(bytes(32, 'l'), "chat keys", sealed)) == errc::sealed_damaged));
  BOOST_TEST((why(open_blob("short", "chat keys", sealed)) == errc::internal));
  BOOST_TEST((why(open_blob(key, "chat keys", "\2" + sealed.substr(1))) == errc::sealed_by_newer));
}

BOOST_AUTO_TEST_SUITE_END()
