#include "server/metrics/http_endpoint.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <thread>

#include "actors/log.hpp"
#include "config/host_port.hpp"

namespace uod::metrics {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

/// How long to wait before accepting again when the process has run out of descriptors.
constexpr std::chrono::milliseconds accept_pause{100};
/// The format's name, as Prometheus asks for it.
constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* text_type = "text/plain; charset=utf-8";

struct page {
  http::status status = http::status::ok;
  std::string type = text_type;
  std::string body;
};

/// A page that costs something, made anew only when it has grown old.
class kept_page {
 public:
  template <class Make>
  const page& get(std::chrono::milliseconds fresh, Make make) {
    const auto now = clock::now();
    if (!made_at_ || now - *made_at_ >= fresh) {
      page_ = make();
      made_at_ = now;
    }
    return page_;
  }

 private:
  std::optional<clock::time_point> made_at_;
  page page_;
};

error listen_error(const error_code& failed, const std::string& where) {
  if (failed == asio::error::address_in_use) return {errc::address_in_use, where};
  if (failed == asio::error::access_denied) return {errc::permission_denied, where};
  return {errc::io_failed, where + ": " + failed.message()};
}

}  // namespace

/// Everything on one thread, but for `open` and the end.
class http_endpoint::state {
 public:
  state(http_answers answers, const http_limits& limits)
      : answers_(std::move(answers)), limits_(limits) {}

  outcome<std::string> listen(const std::string& host, std::uint16_t port) {
    const std::string where = to_text(host_port{host, port});
    error_code failed;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, failed);
    if (failed || found.empty()) {
      return fail(errc::config_invalid, "cannot listen at " + where + ": " + failed.message());
    }
    const tcp::endpoint wanted = *found.begin();
    acceptor_.open(wanted.protocol(), failed);
    if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor_.bind(wanted, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) return tl::unexpected(listen_error(failed, where));
    const auto bound = acceptor_.local_endpoint(failed);
    return to_text(host_port{bound.address().to_string(), bound.port()});
  }

  void start() {
    accept_next();
    thread_ = std::thread([this] { work(); });
  }

  void stop() {
    io_.stop();
    thread_.join();
  }

  [[nodiscard]] const http_limits& limits() const { return limits_; }
  void gone() { --open_; }

  page page_for(http::verb method, std::string_view target) {
    if (method != http::verb::get && method != http::verb::head) {
      return {http::status::method_not_allowed, text_type, "only GET and HEAD\n"};
    }
    const auto path = target.substr(0, target.find('?'));
    const std::chrono::milliseconds fresh(limits_.fresh_ms);
    if (path == "/metrics") {
      return metrics_.get(fresh, [&] {
        return page{http::status::ok, metrics_type, answers_.metrics()};
      });
    }
    if (path == "/ready") {
      return ready_.get(fresh, [&] {
        const auto why = answers_.not_ready();
        if (!why) return page{http::status::ok, text_type, "ready\n"};
        return page{http::status::service_unavailable, text_type, "not ready: " + *why + "\n"};
      });
    }
    if (path == "/health") return {http::status::ok, text_type, "alive\n"};
    return {http::status::not_found, text_type, "there are /metrics, /health and /ready\n"};
  }

 private:
  void work() {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& exception) {  // no request may end the node
        log::error("metrics.failed", {{"detail", exception.what()}});
      }
    }
  }

  void accept_next();

  http_answers answers_;
  const http_limits limits_;
  std::size_t open_ = 0;
  kept_page metrics_;
  kept_page ready_;
  // What is still open goes with it, and reports to what stands before it.
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  std::thread thread_;
};

namespace {

/// One connection: a request, an answer, the end.
template <class Home>
class exchange : public std::enable_shared_from_this<exchange<Home>> {
 public:
  exchange(Home& home, tcp::socket socket)
      : home_(home), stream_(std::move(socket)), buffer_(home.limits().request_octets_max) {
    parser_.header_limit(home.limits().request_octets_max);
    parser_.body_limit(0);
  }
  ~exchange() { home_.gone(); }
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  void begin() {
    // Once for all of it: a request that comes octet by octet has no longer than another.
    stream_.expires_after(std::chrono::milliseconds(home_.limits().request_ms));
    http::async_read(stream_, buffer_, parser_,
                     [self = this->shared_from_this()](error_code failed, std::size_t) {
                       self->answer(failed);
                     });
  }

 private:
  void answer(error_code failed) {
    // What is no HTTP, or too large, is told so; who has gone or takes too long, is not.
    const bool spoke_wrongly =
        failed != http::error::end_of_stream &&
        failed.category() == http::make_error_code(http::error::end_of_stream).category();
    if (failed && !spoke_wrongly) return;
    answer_.version(11);
    answer_.keep_alive(false);
    page made{http::status::bad_request, text_type, "this is no request that is taken here\n"};
    if (!failed) {
      const auto& asked = parser_.get();
      try {
        made = home_.page_for(asked.method(), {asked.target().data(), asked.target().size()});
      } catch (const std::exception& exception) {
        log::error("metrics.failed", {{"detail", exception.what()}});
        made = {http::status::internal_server_error, text_type, "see the node's log\n"};
      }
      head_ = asked.method() == http::verb::head;
    }
    answer_.result(made.status);
    answer_.set(http::field::content_type, made.type);
    answer_.set(http::field::cache_control, "no-store");
    if (made.status == http::status::method_not_allowed) {
      answer_.set(http::field::allow, "GET, HEAD");
    }
    answer_.body() = std::move(made.body);
    answer_.prepare_payload();
    if (head_) answer_.body().clear();
    send();
  }

  void send() {
    stream_.expires_after(std::chrono::milliseconds(home_.limits().answer_ms));
    serializer_.emplace(answer_);
    const auto done = [self = this->shared_from_this()](error_code, std::size_t) {
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    };
    if (head_) {
      http::async_write_header(stream_, *serializer_, done);
    } else {
      http::async_write(stream_, *serializer_, done);
    }
  }

  Home& home_;  ///< it is gone only after all of these
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> answer_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  bool head_ = false;
};

}  // namespace

void http_endpoint::state::accept_next() {
  acceptor_.async_accept([this](error_code failed, tcp::socket socket) {
    if (failed == asio::error::operation_aborted) return;
    if (failed) {
      // Out of descriptors: the one that waits keeps the listener ready, so let some time pass.
      pause_.expires_after(accept_pause);
      pause_.async_wait([this](error_code cancelled) {
        if (!cancelled) accept_next();
      });
      return;
    }
    accept_next();
    if (open_ >= limits_.connections_max) return;
    auto taken = std::make_shared<exchange<state>>(*this, std::move(socket));
    ++open_;
    taken->begin();
  });
}

outcome<std::unique_ptr<http_endpoint>> http_endpoint::open(const std::string& host,
                                                            std::uint16_t port,
                                                            http_answers answers,
                                                            const http_limits& limits) {
  auto made = std::make_unique<state>(std::move(answers), limits);
  auto address = made->listen(host, port);
  if (!address) return tl::unexpected(address.error());
  made->start();
  return std::unique_ptr<http_endpoint>(new http_endpoint(std::move(made), std::move(*address)));
}

http_endpoint::http_endpoint(std::unique_ptr<state> work, std::string address)
    : state_(std::move(work)), address_(std::move(address)) {}

http_endpoint::~http_endpoint() { state_->stop(); }

}  // namespace uod::metrics
