#pragma once

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/store.hpp"

/// What every engine behind `storage/store.hpp` has to pass. An engine's tests make a database
/// each (`database_maker`) and add the suite:
///
///   framework::current_auto_test_suite().add(contract_suite("sqlite", make_sqlite));
namespace uod::storage::contract {

/// An empty database of its own that lasts as long as this object.
class database {
 public:
  virtual ~database() = default;

  /// Opens it; again after the store, its writers and readers are gone.
  virtual outcome<std::unique_ptr<store>> open() = 0;
};

using database_maker = std::function<std::unique_ptr<database>()>;

struct contract_case {
  std::string name;
  std::function<void(const database_maker&)> run;
};

// By subject, in contract_*.cpp.
std::vector<contract_case> account_cases();
std::vector<contract_case> access_cases();
std::vector<contract_case> place_cases();
std::vector<contract_case> password_cases();
std::vector<contract_case> mail_cases();
std::vector<contract_case> premium_cases();
std::vector<contract_case> sealing_cases();
std::vector<contract_case> file_cases();
std::vector<contract_case> home_cases();
std::vector<contract_case> farewell_cases();
std::vector<contract_case> chat_cases();
std::vector<contract_case> message_cases();
std::vector<contract_case> model_cases();

/// All of them as one suite.
boost::unit_test::test_suite* contract_suite(const std::string& engine, database_maker make);

}  // namespace uod::storage::contract
