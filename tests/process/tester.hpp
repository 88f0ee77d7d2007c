#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/process/house.hpp"

/// The load tester as people and scripts use it, and what is looked at in what it says.
namespace uod::process {

/// None of the bounds that only a crowd from one address meets.
inline const std::string no_rates =
    "[limits]\nconnections_per_address_max = 2000\n[rates]\n"
    "register_network = \"off\"\nlog_in_account = \"off\"\nlog_in_network = \"off\"\n"
    "search_account = \"off\"\nsearch_network = \"off\"\ncontact_account = \"off\"\n"
    "contact_network = \"off\"\nsend_account = \"off\"\nsend_network = \"off\"\n"
    "chat_key_account = \"off\"\nchat_key_network = \"off\"\nbroadcast_account = \"off\"\n"
    "broadcast_network = \"off\"\nrequest_account = \"off\"\nrequest_network = \"off\"\n";

/// Somebody who tests a server, with a state directory of their own.
class tester {
 public:
  explicit tester(std::string address) : address_(std::move(address)) {}

  [[nodiscard]] launch typing(const words& given) const {
    launch what;
    what.command = {UOD_BIN_DIR "/uod-load"};
    what.command.insert(what.command.end(), given.begin(), given.end());
    what.environment = quiet_environment(home_);
    what.environment.push_back("UOD_SERVER=" + address_);
    return what;
  }
  [[nodiscard]] ended types(const words& given) const { return run(typing(given)); }
  /// A scenario of one's own; gives the file.
  [[nodiscard]] std::string writes(const std::string& source) const {
    const auto file = home_.path() / "mine.lua";
    put_file(file, source);
    return file.string();
  }
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }

 private:
  std::string address_;
  fresh_directory home_;
};

/// The last line, which has to be a summary.
inline json summary_of(const ended& run) {
  const auto rows = rows_of(run.out);
  BOOST_REQUIRE_MESSAGE(!rows.empty(), run.err);
  BOOST_REQUIRE_MESSAGE(rows.back().at("type") == "summary", run.out);
  return rows.back();
}

inline void check_clean(const json& summary) {
  for (const auto* kind : {"lost", "doubled", "disordered", "altered"}) {
    BOOST_TEST(summary.at("oracle").at(kind) == 0, summary.at("oracle").dump());
  }
}

}  // namespace uod::process
