#include "tests/storage/sqlite_database.hpp"

namespace uod::storage::contract {
namespace {

[[maybe_unused]] const bool added = [] {
  boost::unit_test::framework::current_auto_test_suite().add(
      contract_suite("sqlite", [] { return std::make_unique<sqlite_database>(); }));
  return true;
}();

}  // namespace
}  // namespace uod::storage::contract
