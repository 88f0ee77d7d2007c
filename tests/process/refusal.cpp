#include "tests/process/refusal.hpp"

#include <boost/test/unit_test.hpp>

namespace uod::process {

json check_refused(const ended& done, int exit_code, const std::string& code) {
  BOOST_TEST(done.exit_code == exit_code, done.out << done.err);
  const auto errors = rows_of_type(done.out, "error");
  BOOST_REQUIRE_MESSAGE(errors.size() == 1, done.out << done.err);
  BOOST_TEST(errors[0].at("code") == code);
  BOOST_TEST(!errors[0].at("message").get<std::string>().empty());
  BOOST_TEST(rows_of(done.out).back() == errors[0]);
  BOOST_TEST((done.err.starts_with("uod: ") || done.err.starts_with("uod-server: ")), done.err);
  return errors[0];
}

}  // namespace uod::process
