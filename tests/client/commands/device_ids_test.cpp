#include "client/commands/device_ids.hpp"

#include <boost/test/unit_test.hpp>

using namespace uod;
using namespace uod::client;

namespace {

device device_of(const char* id, const char* name) {
  device made;
  made.id = device_id(*uuid_from_text(id));
  made.name = name;
  return made;
}

const std::vector<device> devices = {
    device_of("0198c0de-0000-7000-8000-000000000001", "laptop"),
    device_of("0198c0de-1111-7000-8000-000000000002", "telephone"),
    device_of("0198ffff-0000-7000-8000-000000000003", "tablet"),
};

std::string chosen(const std::string& given) {
  const auto found = choose_device(devices, given);
  return found ? found->name : std::string(code_name(found.error().code));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(device_ids)

BOOST_AUTO_TEST_CASE(a_device_is_meant_by_its_id_or_an_unambiguous_beginning) {
  BOOST_TEST(chosen("0198c0de-1111-7000-8000-000000000002") == "telephone");
  BOOST_TEST(chosen("0198C0DE-1111-7000-8000-000000000002") == "telephone");
  BOOST_TEST(chosen("0198ffff") == "tablet");
  BOOST_TEST(chosen("0198c0de-1") == "telephone");
  BOOST_TEST(chosen("0198c0de1") == "telephone");
  BOOST_TEST(chosen("0198c0de") == "usage");
  BOOST_TEST(choose_device(devices, "0198c0de").error().detail.find("2 devices") !=
             std::string::npos);
  BOOST_TEST(chosen("0198eeee") == "no_such_device");
  BOOST_TEST(chosen("0198c0de-1111-7000-8000-0000000000021") == "no_such_device");
}

BOOST_AUTO_TEST_CASE(what_is_too_short_or_no_id_is_wrong_usage) {
  for (const char* given : {"", "-", "0198fff", "0198-fff", "laptop", "0198ffff ", "0198fffg",
                            "--------", "0198ffff\x1b"})
    BOOST_TEST(chosen(given) == "usage", given);
}

BOOST_AUTO_TEST_SUITE_END()
