#include "client/load/histogram.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <random>

/// What is told of many spans is as good as if all had been kept, to one percent.
namespace uod::load {
namespace {

std::vector<std::uint64_t> some_spans(std::uint64_t seed, std::size_t count) {
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> spread(7, 2);
  std::vector<std::uint64_t> spans;
  for (std::size_t made = 0; made < count; ++made) {
    spans.push_back(static_cast<std::uint64_t>(spread(random)) + 1);
  }
  return spans;
}

void check_close(std::uint64_t told, std::uint64_t is) {
  const double difference = std::abs(static_cast<double>(told) - static_cast<double>(is));
  BOOST_TEST(difference <= 0.01 * static_cast<double>(is), "told " << told << ", is " << is);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(histogram_of_spans)

BOOST_AUTO_TEST_CASE(empty_tells_nothing) {
  const histogram none;
  BOOST_TEST(none.count() == 0U);
  BOOST_TEST(none.at_us(0.5) == 0U);
  BOOST_TEST(none.max_us() == 0U);
}

BOOST_AUTO_TEST_CASE(each_span_is_known_to_one_percent) {
  for (std::uint64_t us = 1; us < histogram::longest_us; us += us / 7 + 1) {
    histogram one;
    one.record(us);
    one.record(histogram::longest_us);  // so that the greatest does not bound the answer
    check_close(one.at_us(0.5), us);
  }
}

BOOST_AUTO_TEST_CASE(percentiles_are_those_of_the_sorted_list) {
  auto spans = some_spans(1, 200'000);
  histogram all;
  for (const auto us : spans) all.record(us);
  std::sort(spans.begin(), spans.end());
  for (const double part : {0.01, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const auto rank = static_cast<std::size_t>(part * static_cast<double>(spans.size()));
    check_close(all.at_us(part), spans[rank - 1]);
  }
  BOOST_TEST(all.max_us() == spans.back());
  BOOST_TEST(all.at_us(1) == spans.back());
}

BOOST_AUTO_TEST_CASE(what_takes_longer_than_an_hour_counts_as_an_hour) {
  histogram late;
  late.record(histogram::longest_us * 5);
  BOOST_TEST(late.max_us() == histogram::longest_us);
}

BOOST_AUTO_TEST_CASE(two_merged_are_as_one_that_saw_all) {
  histogram one;
  histogram other;
  histogram both;
  for (const auto us : some_spans(2, 1000)) {
    (us % 2 == 0 ? one : other).record(us);
    both.record(us);
  }
  histogram reversed = other;
  reversed.merge(one);
  one.merge(other);
  BOOST_TEST(to_json_value(one) == to_json_value(both));
  BOOST_TEST(to_json_value(reversed) == to_json_value(both));
}

BOOST_AUTO_TEST_CASE(comes_back_from_its_text) {
  histogram before;
  for (const auto us : some_spans(3, 1000)) before.record(us);
  const auto after = histogram_from(nlohmann::json::parse(to_json_value(before).dump()));
  BOOST_REQUIRE(after);
  BOOST_TEST(to_json_value(*after) == to_json_value(before));
  BOOST_TEST(after->count() == before.count());
  BOOST_TEST(after->at_us(0.99) == before.at_us(0.99));
}

BOOST_AUTO_TEST_CASE(damaged_text_is_refused) {
  using nlohmann::json;
  for (const auto* text :
       {R"({})", R"([])", R"({"max":1,"sum":1,"buckets":[1]})",
        R"({"max":1,"sum":1,"buckets":[99999,1]})", R"({"max":1,"sum":1,"buckets":["a",1]})"}) {
    BOOST_TEST(!histogram_from(json::parse(text)), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
