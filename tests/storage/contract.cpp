#include "tests/storage/contract.hpp"

namespace uod::storage::contract {

boost::unit_test::test_suite* contract_suite(const std::string& engine, database_maker make) {
  auto* suite = BOOST_TEST_SUITE("contract_" + engine);
  for (const auto& cases :
       {account_cases(), access_cases(), place_cases(), password_cases(), mail_cases(),
        premium_cases(), sealing_cases(), file_cases(), farewell_cases(), home_cases(),
        chat_cases(), message_cases(), model_cases()}) {
    for (const contract_case& one : cases) {
      suite->add(boost::unit_test::make_test_case([one, make] { one.run(make); }, one.name,
                                                  __FILE__, __LINE__));
    }
  }
  return suite;
}

}  // namespace uod::storage::contract
