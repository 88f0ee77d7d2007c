#include "actors/bridge/asio_gate.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>

#include "protocol/tls_identity.hpp"
#include "tests/actors/household.hpp"
#include "tests/process/raw_client.hpp"
#include "tests/support/plain_http.hpp"

/// Real sockets, and sessions that run beside them: nobody runs the scheduler's actors here, so
/// what is answered was answered on the sockets' thread.
namespace {

using namespace uod;

struct port_of_call {
  port_of_call() {
    const auto where = gate.listen("127.0.0.1", 0);
    BOOST_REQUIRE(where.has_value());
    port = test::port_of(*where);
  }
  ~port_of_call() {
    gate.stop();
    house.run();  // those sessions have ended elsewhere
  }

  static server_config roomy() {
    server_config config;
    config.limits.connections_per_address_max = 1'000;
    return config;
  }

  tests::household house{roomy()};
  tls_context tls =
      std::move(tls_context::server(*make_tls_identity(key_kind::ec_p256, "node", 1'767'225'600),
                                    bytes(ticket_key_octets, 't'))
                    .value());
  asio_gate gate{{house.system, house.node, tls}, 1};
  std::uint16_t port = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(gates, port_of_call)

BOOST_AUTO_TEST_CASE(a_session_runs_on_the_thread_of_its_socket) {
  process::raw_client bob(port);
  BOOST_TEST(!bob.ask_for<welcome>(hello{}).server.empty());
}

BOOST_AUTO_TEST_CASE(a_crowd_that_speaks_at_once_is_heard) {
  constexpr std::size_t crowd_max = 300;
  constexpr int rounds = 5;
  std::deque<process::raw_client> crowd;
  for (std::size_t number = 0; number < crowd_max; ++number) crowd.emplace_back(port);
  for (auto& each : crowd) each.ask_for<welcome>(hello{});
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::uint32_t> asked;
    for (auto& each : crowd) asked.push_back(each.send(ping{}));
    for (std::size_t at = 0; at < crowd.size(); ++at) {
      BOOST_TEST(std::holds_alternative<pong>(crowd[at].answer_to(asked[at])));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
