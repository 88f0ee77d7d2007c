#include "actors/bridge/asio_gate.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "actors/bridge/asio_channel.hpp"
#include "actors/log.hpp"

namespace uod {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto tick_interval = std::chrono::seconds(1);
/// How long to wait before accepting again when the process has run out of descriptors.
constexpr auto accept_pause = std::chrono::milliseconds(100);

std::uint64_t steady_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

error listen_error(const error_code& failed, const std::string& where) {
  if (failed == asio::error::address_in_use) return {errc::address_in_use, where};
  if (failed == asio::error::access_denied) return {errc::permission_denied, where};
  return {errc::io_failed, where + ": " + failed.message()};
}

}  // namespace

struct asio_gate::state : std::enable_shared_from_this<asio_gate::state> {
  explicit state(connection::environment world_in) : world(std::move(world_in)) {}

  connection::environment world;
  std::vector<std::shared_ptr<asio_reactor>> reactors;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::vector<std::thread> threads;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<asio::steady_timer> accept_timer;
  std::vector<std::unique_ptr<asio::steady_timer>> tick_timers;
  std::atomic<std::size_t> open{0};
  std::atomic<bool> accepting{true};
  std::atomic<bool> stopping{false};  ///< nothing may begin that keeps a thread from ending
  std::mutex addresses_mutex;
  std::unordered_map<std::string, std::uint32_t> by_address;
  std::uint64_t last_number = 0;
  std::uint64_t refused_logged_ms = 0;

  void accept_next();
  void admit(tcp::socket socket);
  bool reserve(const std::string& host);
  void release(const std::string& host);
  void refuse(tcp::socket socket, const std::string& host);
  void tick(std::size_t index);
  void measure_lag(std::size_t index);
  void measure_outboxes(std::size_t index, std::int64_t octets);
};

/// Takes a place for a connection from this address; false at either bound.
bool asio_gate::state::reserve(const std::string& host) {
  const auto& limits = world.node->config.limits;
  const std::lock_guard lock(addresses_mutex);
  if (open >= limits.connections_max) return false;
  auto& count = by_address[host];
  if (count >= limits.connections_per_address_max) return false;
  ++count;
  ++open;
  return true;
}

void asio_gate::state::release(const std::string& host) {
  const std::lock_guard lock(addresses_mutex);
  const auto found = by_address.find(host);
  if (found != by_address.end() && --found->second == 0) by_address.erase(found);
  --open;
}

/// Closes at once: whoever is over the bound costs no handshake. One log line a second.
void asio_gate::state::refuse(tcp::socket socket, const std::string& host) {
  ++world.node->counters.connections_refused;
  error_code ignored;
  socket.close(ignored);
  const auto now_ms = steady_ms();
  if (now_ms - refused_logged_ms < 1000) return;
  refused_logged_ms = now_ms;
  log::warning("connection.refused", {{"address", host}, {"open", open.load()}});
}

void asio_gate::state::admit(tcp::socket socket) {
  error_code failed;
  const auto remote = socket.remote_endpoint(failed);
  // Accepted before the acceptor closed, and told only now: closed like those that came later.
  if (failed || !accepting) return;
  const std::string host = remote.address().to_string();
  if (!reserve(host)) return refuse(std::move(socket), host);
  socket.set_option(tcp::no_delay(true), failed);
  socket.non_blocking(true, failed);

  const std::uint64_t number = ++last_number;
  const auto home = reactors[number % reactors.size()];
  // Handed over to its thread as a descriptor: a socket belongs to one io_context.
  const auto handle = socket.release(failed);
  asio::post(home->io, [self = shared_from_this(), home, handle, host, number, port = remote.port(),
                        v6 = remote.address().is_v6()] {
    tcp::socket moved(home->io);
    error_code ignored;
    moved.assign(v6 ? tcp::v6() : tcp::v4(), handle, ignored);
    moved.non_blocking(true, ignored);
    if (self->stopping) return self->release(host);
    auto shared = std::make_shared<asio_channel::shared>(home, std::move(moved));
    auto place = self->world;
    place.home = {home, &home->sessions};
    auto made =
        std::make_shared<connection>(std::move(place), std::make_unique<asio_channel>(shared),
                                     peer_address{host, port}, number, steady_ms());
    shared->owner = made;
    shared->on_close = [self, home, host, number] {
      home->connections.erase(number);
      self->release(host);
    };
    home->connections.emplace(number, std::move(made));
    shared->await_bytes();
  });
}

void asio_gate::state::accept_next() {
  if (!acceptor || !acceptor->is_open()) return;
  acceptor->async_accept([self = shared_from_this()](error_code failed, tcp::socket socket) {
    if (failed == asio::error::operation_aborted) return;
    if (!failed) {
      self->admit(std::move(socket));
      return self->accept_next();
    }
    // Out of descriptors, or a client that was gone again: not a reason to stop, nor to spin.
    log::warning("connection.accept_failed", {{"reason", failed.message()}});
    self->accept_timer->expires_after(accept_pause);
    self->accept_timer->async_wait([self](error_code cancelled) {
      if (!cancelled && self->accepting) self->accept_next();
    });
  });
}

/// How late the thread is. Once a second: so it costs nothing where octets come and go.
void asio_gate::state::measure_lag(std::size_t index) {
  const auto late = asio::steady_timer::clock_type::now() - tick_timers[index]->expiry();
  const auto late_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(late).count();
  world.node->counters.io_lag_ns.add(
      static_cast<std::uint64_t>(std::max<std::int64_t>(late_ns, 0)));
}

/// How much waits for this thread's readers, once a second as well.
void asio_gate::state::measure_outboxes(std::size_t index, std::int64_t octets) {
  world.node->counters.outbox_octets +=
      octets - std::exchange(reactors[index]->outbox_octets, octets);
}

void asio_gate::state::tick(std::size_t index) {
  auto& timer = *tick_timers[index];
  timer.expires_after(tick_interval);
  timer.async_wait([self = shared_from_this(), index](error_code cancelled) {
    // A timer that is due already cannot be cancelled any more.
    if (cancelled || self->stopping) return;
    self->measure_lag(index);
    const auto now_ms = steady_ms();
    std::int64_t octets = 0;
    for (const auto& [number, each] : self->reactors[index]->connections) {
      each->on_tick(now_ms);
      octets += static_cast<std::int64_t>(each->unsent_bytes());
    }
    self->measure_outboxes(index, octets);
    self->tick(index);
  });
}

asio_gate::asio_gate(connection::environment world, std::uint32_t threads)
    : state_(std::make_shared<state>(std::move(world))) {
  for (std::uint32_t index = 0; index < threads; ++index) {
    auto made = std::make_shared<asio_reactor>(state_->world.system);
    state_->reactors.push_back(made);
    state_->guards.push_back(asio::make_work_guard(made->io));
    state_->tick_timers.push_back(std::make_unique<asio::steady_timer>(made->io));
    state_->tick(index);
  }
  for (const auto& each : state_->reactors) {
    state_->threads.emplace_back([each] { each->io.run(); });
  }
}

asio_gate::~asio_gate() { stop(); }

outcome<std::string> asio_gate::listen(const std::string& host, std::uint16_t port) {
  const std::string where =
      (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + std::to_string(port);
  auto& io = state_->reactors.front()->io;
  error_code failed;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, failed);
  if (failed || found.empty()) {
    return fail(errc::config_invalid, "cannot listen at " + where + ": " + failed.message());
  }
  const tcp::endpoint wanted = *found.begin();
  auto acceptor = std::make_unique<tcp::acceptor>(io);
  acceptor->open(wanted.protocol(), failed);
  if (!failed) acceptor->set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor->bind(wanted, failed);
  if (!failed) acceptor->listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return tl::unexpected(listen_error(failed, where));
  const auto bound = acceptor->local_endpoint(failed);

  asio::post(io, [self = state_, moved = std::move(acceptor), &io]() mutable {
    self->acceptor = std::move(moved);
    self->accept_timer = std::make_unique<asio::steady_timer>(io);
    self->accept_next();
  });
  const std::string address = bound.address().to_string();
  return (bound.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(bound.port());
}

void asio_gate::stop_accepting() {
  state_->accepting = false;
  asio::post(state_->reactors.front()->io, [self = state_] {
    error_code ignored;
    if (self->acceptor) self->acceptor->close(ignored);
    if (self->accept_timer) self->accept_timer->cancel(ignored);
  });
}

void asio_gate::close_all(const error& why) {
  for (const auto& each : state_->reactors) {
    asio::post(each->io, [each, why] {
      for (const auto& [number, open] : each->connections) open->ask_to_close(why);
    });
  }
}

std::size_t asio_gate::open_connections() const { return state_->open; }

void asio_gate::stop() {
  if (state_->stopping.exchange(true)) return;
  stop_accepting();
  for (std::size_t index = 0; index < state_->reactors.size(); ++index) {
    const auto& each = state_->reactors[index];
    asio::post(each->io, [self = state_, each, index] {
      error_code ignored;
      self->tick_timers[index]->cancel(ignored);
      const auto open = each->connections;
      for (const auto& [number, connection] : open) {
        connection->on_closed(error{errc::going_away, "the server is closing"});
      }
    });
  }
  state_->guards.clear();
  for (auto& thread : state_->threads) thread.join();
  for (const auto& each : state_->reactors) each->sessions.close();
}

}  // namespace uod
