#include "server/metrics/http_endpoint.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <vector>

#include "tests/support/plain_http.hpp"

/// The endpoint, asked by monitoring and by whoever wishes it ill.
namespace {

using namespace uod;
using metrics::http_endpoint;
using metrics::http_limits;
using test::http_answer;
using test::http_get;
using test::parse_answer;
using test::plain_client;

/// Answers that a test can change.
struct told {
  std::atomic<int> asked{0};
  std::atomic<bool> ready{true};
  std::atomic<bool> throws{false};
};

struct endpoint {
  explicit endpoint(const http_limits& limits = {.fresh_ms = 0}) {
    auto opened = http_endpoint::open("127.0.0.1", 0,
                                      {[this] {
                                         ++answers.asked;
                                         if (answers.throws)
                                           throw std::runtime_error("out of luck");
                                         return std::string("a_metric 1\n");
                                       },
                                       [this]() -> std::optional<std::string> {
                                         if (answers.ready) return std::nullopt;
                                         return "the disk is full";
                                       }},
                                      limits);
    BOOST_REQUIRE(opened.has_value());
    listening = std::move(*opened);
    port = test::port_of(listening->address());
  }

  [[nodiscard]] http_answer hears(const std::string& request) const {
    const plain_client client(port);
    client.says(request);
    return parse_answer(client.hears());
  }

  told answers;
  std::unique_ptr<http_endpoint> listening;
  std::uint16_t port = 0;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_endpoint)

BOOST_AUTO_TEST_CASE(has_three_pages) {
  endpoint here;
  const auto scraped = http_get(here.port, "/metrics");
  BOOST_TEST(scraped.status == 200);
  BOOST_TEST(scraped.body == "a_metric 1\n");
  BOOST_TEST(has(scraped.headers, "Content-Type: text/plain; version=0.0.4"));
  BOOST_TEST(http_get(here.port, "/metrics?name=x").status == 200);
  BOOST_TEST(http_get(here.port, "/health").status == 200);
  BOOST_TEST(http_get(here.port, "/ready").status == 200);
  here.answers.ready = false;
  const auto not_ready = http_get(here.port, "/ready");
  BOOST_TEST(not_ready.status == 503);
  BOOST_TEST(not_ready.body == "not ready: the disk is full\n");
  BOOST_TEST(http_get(here.port, "/health").status == 200);
  for (const char* other : {"/", "/metrics/", "/../etc/passwd", "/ready/x"}) {
    BOOST_TEST(http_get(here.port, other).status == 404, other);
  }
}

BOOST_AUTO_TEST_CASE(only_shows) {
  endpoint here;
  const auto head = here.hears("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.body.empty());
  BOOST_TEST(has(head.headers, "Content-Length: 11"));
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    const auto refused = here.hears(std::string(method) + " /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(refused.status == 405, method);
  }
  BOOST_TEST(here.answers.asked == 1);
}

BOOST_AUTO_TEST_CASE(answers_what_is_no_http_with_its_number_or_not_at_all) {
  endpoint here;
  BOOST_TEST(here.hears("garbage\r\n\r\n").status == 400);
  BOOST_TEST(
      here.hears(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)).status ==
      400);
  BOOST_TEST(here.hears("GET /metrics HTTP/9.9\r\n\r\n").status == 400);
  BOOST_TEST(here.hears("GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello").status == 400);
  BOOST_TEST(here.hears("GET /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                 .status == 400);
  BOOST_TEST(http_get(here.port, "/health").status == 200);
}

BOOST_AUTO_TEST_CASE(takes_no_request_without_end) {
  endpoint here;
  BOOST_TEST(here.hears("GET /" + std::string(1U << 20U, 'a')).status != 200);
  BOOST_TEST(here.hears("GET / HTTP/1.1\r\nX: " + std::string(1U << 20U, 'a')).status != 200);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int line = 0; line < 10'000; ++line) many += "X-Line: 1\r\n";
  BOOST_TEST(here.hears(many).status != 200);
  BOOST_TEST(http_get(here.port, "/health").status == 200);
}

BOOST_AUTO_TEST_CASE(waits_for_nobody_for_ever) {
  endpoint here({.request_ms = 50, .fresh_ms = 0});
  const plain_client silent(here.port);
  const plain_client slow(here.port);
  slow.says("GET /met");
  BOOST_TEST(silent.hears().empty());  // it is closed: else this would end the test
  BOOST_TEST(slow.hears().empty());
}

BOOST_AUTO_TEST_CASE(has_so_many_visitors_and_no_more) {
  endpoint here({.connections_max = 2, .request_ms = 60'000, .fresh_ms = 0});
  const plain_client one(here.port);
  const plain_client other(here.port);
  // Both are in when they are answered; this one is closed without a word.
  const plain_client third(here.port);
  BOOST_TEST(third.hears().empty());
  one.says("GET /health HTTP/1.1\r\n\r\n");
  BOOST_TEST(parse_answer(one.hears()).status == 200);
  other.says("GET /health HTTP/1.1\r\n\r\n");
  BOOST_TEST(parse_answer(other.hears()).status == 200);
}

BOOST_AUTO_TEST_CASE(makes_an_answer_only_so_often) {
  endpoint here({.fresh_ms = 3'600'000});
  for (int scrape = 0; scrape < 50; ++scrape) {
    BOOST_TEST(http_get(here.port, "/metrics").body == "a_metric 1\n");
  }
  BOOST_TEST(here.answers.asked == 1);
}

BOOST_AUTO_TEST_CASE(survives_what_the_node_throws) {
  endpoint here;
  here.answers.throws = true;
  BOOST_TEST(http_get(here.port, "/metrics").status == 500);
  here.answers.throws = false;
  BOOST_TEST(http_get(here.port, "/metrics").status == 200);
}

BOOST_AUTO_TEST_CASE(ends_while_somebody_is_there) {
  endpoint here;
  const plain_client waiting(here.port);
  waiting.says("GET /met");
  here.listening.reset();
  BOOST_TEST(waiting.hears().empty());
}

BOOST_AUTO_TEST_CASE(says_why_it_cannot_listen) {
  const endpoint here;
  const auto taken = http_endpoint::open("127.0.0.1", here.port, {});
  BOOST_TEST_REQUIRE(!taken.has_value());
  BOOST_TEST((taken.error().code == errc::address_in_use));
  const auto nowhere = http_endpoint::open("no.such.host.invalid", 0, {});
  BOOST_TEST_REQUIRE(!nowhere.has_value());
  BOOST_TEST((nowhere.error().code == errc::config_invalid));
}

BOOST_AUTO_TEST_SUITE_END()
