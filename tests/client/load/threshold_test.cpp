#include "client/load/threshold.hpp"

#include <boost/test/unit_test.hpp>

namespace uod::load {

BOOST_AUTO_TEST_SUITE(thresholds)

BOOST_AUTO_TEST_CASE(all_relations) {
  struct {
    const char* bound;
    bool below;
    bool equal;
    bool above;
  } const rows[] = {{"<= 50", true, true, false},
                    {"< 50", true, false, false},
                    {">= 50", false, true, true},
                    {">50", false, false, true}};
  for (const auto& row : rows) {
    const auto read = parse_threshold("latency_ms.p99", row.bound);
    BOOST_REQUIRE(read);
    BOOST_TEST(read->holds_for(49.9) == row.below, row.bound);
    BOOST_TEST(read->holds_for(50) == row.equal, row.bound);
    BOOST_TEST(read->holds_for(50.1) == row.above, row.bound);
  }
}

BOOST_AUTO_TEST_CASE(tells_itself) {
  BOOST_TEST(parse_threshold("delivered_per_s", ">=  1000.5")->name() ==
             "delivered_per_s >= 1000.5");
}

BOOST_AUTO_TEST_CASE(on_nothing) {
  for (const auto* figure : {"", "latency", "latency_ms", "latency_ms.p42", "latency_ms.", "speed",
                             "errors.", "errors.Rate", "errors.rate_limitd", "server.love"}) {
    const auto read = parse_threshold(figure, "<= 1");
    BOOST_TEST(!read, figure);
    BOOST_TEST(read.error().detail.find("no such figure") != std::string::npos);
  }
  BOOST_TEST(is_figure("errors.rate_limited"));
  BOOST_TEST(is_figure("latency_ms.p99.99"));
  BOOST_TEST(is_server_figure("server.cpu_s_per_1000"));
}

BOOST_AUTO_TEST_CASE(bounds_that_are_none) {
  for (const auto* bound : {"", "50", "== 50", "<=", "<= many", "<= 5 0", "<= nan", "<= inf"}) {
    BOOST_TEST(!parse_threshold("errors", bound), bound);
  }
}

BOOST_AUTO_TEST_CASE(a_figure_without_a_value_falls_short) {
  const std::vector<threshold> wanted{*parse_threshold("latency_ms.p99", "<= 50"),
                                      *parse_threshold("errors", "<= 0")};
  const auto results = judge(wanted, [](const std::string& figure) -> std::optional<double> {
    if (figure == "errors") return 0;
    return std::nullopt;
  });
  BOOST_REQUIRE(results.size() == 2U);
  BOOST_TEST(!results[0].ok);
  BOOST_TEST(!results[0].value.has_value());
  BOOST_TEST(results[1].ok);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
