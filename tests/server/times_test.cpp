#include "server/times.hpp"

#include "tests/server/house.hpp"

namespace uod::test {

BOOST_AUTO_TEST_SUITE(times)

BOOST_AUTO_TEST_CASE(a_day_ends_at_midnight_utc) {
  BOOST_TEST(utc_text(must(parse_end("2027-01-31"))) == "2027-02-01T00:00:00.000Z");
  BOOST_TEST(utc_text(must(parse_end("2028-02-29"))) == "2028-03-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_time_is_taken_as_it_is) {
  BOOST_TEST(utc_text(must(parse_end("2027-01-31T12:00:00Z"))) == "2027-01-31T12:00:00.000Z");
  BOOST_TEST(utc_text(must(parse_end("2027-01-31t12:00:00.25z"))) == "2027-01-31T12:00:00.250Z");
  BOOST_TEST(utc_text(must(parse_end("2027-01-31T12:00:00.1239+02:30"))) ==
             "2027-01-31T09:30:00.123Z");
  BOOST_TEST(utc_text(must(parse_end("2027-01-31 23:59:59-01:00"))) == "2027-02-01T00:59:59.000Z");
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused) {
  for (const char* wrong :
       {"", "tomorrow", "2027", "2027-1-31", "2027-02-29", "2027-13-01", "31-01-2027",
        "2027-01-31x", "2027-01-31T12:00", "2027-01-31T12:00:00", "2027-01-31T24:00:00Z",
        "2027-01-31T12:60:00Z", "2027-01-31T12:00:00.Z", "2027-01-31T12:00:00Zz",
        "2027-01-31T12:00:00+99:00", "1969-12-31", "-027-01-31"}) {
    BOOST_TEST_CONTEXT(wrong) { BOOST_TEST(code_of(parse_end(wrong)) == errc::usage); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::test
