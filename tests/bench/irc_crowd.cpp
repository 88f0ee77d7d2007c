#include "tests/bench/irc_crowd.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

#include "protocol/tls_handles.hpp"
#include "tests/bench/measure.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t text_octets = 128;
constexpr std::size_t read_octets = 16 * 1024;
constexpr int patience_ms = 30'000;
/// People that are on their way in at once: InspIRCd welcomes once a second, whoever came.
constexpr std::size_t coming_max = 400;
constexpr std::string_view channel = "#all";

[[noreturn]] void give_up(const std::string& why) { throw std::runtime_error("IRC: " + why); }

/// A connection that reads and writes without blocking once it has shaken hands.
class irc_link {
 public:
  irc_link(SSL_CTX* context, std::uint16_t port, int poll, std::size_t number)
      : ssl_(SSL_new(context)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    SSL_set_fd(ssl_.get(), socket_);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        SSL_connect(ssl_.get()) != 1) {
      give_up("no connection");
    }
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = number;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, socket_, &wanted);
  }
  ~irc_link() {
    ssl_.reset();
    ::close(socket_);
  }
  irc_link(const irc_link&) = delete;
  irc_link& operator=(const irc_link&) = delete;

  /// What the socket does not take waits for the next time that it is asked.
  void write(std::string_view octets) {
    unsent_ += octets;
    flush();
  }
  void flush() {
    while (!unsent_.empty()) {
      std::size_t sent = 0;
      ERR_clear_error();
      const int result = SSL_write_ex(ssl_.get(), unsent_.data(), unsent_.size(), &sent);
      if (result != 1) return check(result);
      unsent_.erase(0, sent);
    }
  }
  [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }

  /// Reads what is there and hands over each whole line, without its end.
  template <class Take>
  void read(Take&& take) {
    std::array<char, read_octets> piece;
    for (;;) {
      std::size_t got = 0;
      ERR_clear_error();
      const int result = SSL_read_ex(ssl_.get(), piece.data(), piece.size(), &got);
      if (result != 1) {
        check(result);
        break;
      }
      received_.append(piece.data(), got);
    }
    std::size_t from = 0;
    for (auto end = received_.find('\n'); end != std::string::npos;
         end = received_.find('\n', from)) {
      std::string_view line(received_.data() + from, end - from);
      if (line.ends_with('\r')) line.remove_suffix(1);
      from = end + 1;
      take(line);
    }
    received_.erase(0, from);
  }

 private:
  void check(int result) {
    const int why = SSL_get_error(ssl_.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) give_up("a connection broke");
  }

  openssl::ssl_ptr ssl_;
  int socket_ = -1;
  std::string unsent_;
  std::string received_;
};

std::string name_of(std::size_t number) { return "u" + std::to_string(number); }

/// A text begins with its number and the instant at which it was sent.
struct stamp {
  std::uint64_t number = 0;
  std::uint64_t sent_ns = 0;
};

std::string text_of(const stamp& from) {
  std::string text = std::to_string(from.number) + " " + std::to_string(from.sent_ns) + " ";
  text.resize(text_octets, 'x');
  return text;
}

stamp stamp_of(std::string_view text) {
  stamp read;
  const char* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, read.number);
  const auto at = std::from_chars(std::min(number.ptr + 1, end), end, read.sent_ns);
  if (number.ec != std::errc{} || at.ec != std::errc{}) give_up("a text without its stamp");
  return read;
}

/// The second word of what a server says (RFC 1459, 2.3.1).
std::string_view command_of(std::string_view line) {
  line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
  return line.substr(0, line.find(' '));
}

}  // namespace

struct irc_crowd::state {
  struct person {
    std::unique_ptr<irc_link> link;
    bool welcome = false;
    bool joined = false;
    std::uint64_t sent = 0;
    std::uint64_t heard = 0;
  };

  openssl::context_ptr context{SSL_CTX_new(TLS_client_method())};
  int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<person> people;
  std::size_t welcomed = 0;
  std::size_t joined = 0;
  std::size_t heard = 0;  ///< texts
  std::string last_line;
  std::function<void(std::size_t who, const stamp&)> on_text;

  ~state() { ::close(poll); }

  void take(std::size_t who, std::string_view line) {
    auto& one = people[who];
    last_line = line;
    if (line.empty()) return;
    if (line.starts_with("PING")) {
      return one.link->write("PONG" + std::string(line.substr(4)) + "\r\n");
    }
    if (line.starts_with("ERROR")) give_up(std::string(line));
    const std::string_view command = command_of(line);
    if (command == "PRIVMSG") {
      const auto text = line.find(" :", 1);
      if (text == std::string_view::npos || !on_text) give_up("a text that nobody expects");
      ++heard;
      return on_text(who, stamp_of(line.substr(text + 2)));
    }
    if (!one.welcome && command == "001") {
      one.welcome = true;
      ++welcomed;
    }
    if (!one.joined && command == "366") {  // the end of NAMES
      one.joined = true;
      ++joined;
    }
  }

  /// Waits for octets once and takes them.
  void turn() {
    std::array<epoll_event, 256> ready;
    const int count = ::epoll_wait(poll, ready.data(), ready.size(), patience_ms);
    if (count <= 0) {
      give_up("the server says nothing: " + std::to_string(welcomed) + " welcomed, " +
              std::to_string(joined) + " in the channel, " + std::to_string(heard) +
              " heard; its last line was: " + last_line);
    }
    for (int at = 0; at < count; ++at) {
      const auto who = static_cast<std::size_t>(ready[static_cast<std::size_t>(at)].data.u64);
      auto& link = *people[who].link;
      link.read([&](std::string_view line) { take(who, line); });
      if (link.has_unsent()) link.flush();
    }
  }
  template <class Done>
  void run_until(Done&& done) {
    while (!done()) turn();
  }

  void say(std::size_t who, std::string_view to, const stamp& what) {
    people[who].link->write("PRIVMSG " + std::string(to) + " :" + text_of(what) + "\r\n");
  }
};

irc_crowd::irc_crowd(std::uint16_t port, std::size_t count) : state_(std::make_unique<state>()) {
  auto& all = *state_;
  SSL_CTX_set_min_proto_version(all.context.get(), TLS1_3_VERSION);
  SSL_CTX_set_mode(all.context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                          SSL_MODE_RELEASE_BUFFERS);
  all.people.resize(count);
  for (std::size_t who = 0; who < count; ++who) {
    all.run_until([&] { return who - all.welcomed < coming_max; });
    all.people[who].link = std::make_unique<irc_link>(all.context.get(), port, all.poll, who);
    all.people[who].link->write("NICK " + name_of(who) + "\r\nUSER " + name_of(who) +
                                " 0 * :bench\r\n");
  }
  all.run_until([&] { return all.welcomed == count; });
}

irc_crowd::~irc_crowd() = default;

irc_run irc_crowd::chat(std::size_t window, double warm_up_s, double seconds) {
  auto& all = *state_;
  const std::size_t pairs = all.people.size() / 2;
  irc_run made;
  bool measures = false;
  bool writes = true;
  std::size_t under_way = 0;
  const auto write = [&](std::size_t writer) {
    ++under_way;
    all.say(writer, name_of(pairs + writer), {++all.people[writer].sent, now_ns()});
  };
  all.on_text = [&](std::size_t who, const stamp& what) {
    if (what.number != ++all.people[who].heard) give_up("texts came out of order");
    --under_way;
    if (measures) {
      made.latencies_us.push_back(static_cast<std::uint32_t>((now_ns() - what.sent_ns) / 1000));
    }
    if (writes) write(who - pairs);
  };
  for (std::size_t writer = 0; writer < pairs; ++writer) {
    for (std::size_t text = 0; text < window; ++text) write(writer);
  }
  const double begun_s = wall_s();
  all.run_until([&] { return wall_s() - begun_s >= warm_up_s; });
  measures = true;
  const double from_s = wall_s();
  const double cpu_from_s = cpu_s();
  all.run_until([&] { return wall_s() - from_s >= seconds; });
  measures = false;
  made.seconds = wall_s() - from_s;
  made.cpu_s = cpu_s() - cpu_from_s;
  writes = false;
  all.run_until([&] { return under_way == 0; });
  all.on_text = nullptr;
  std::sort(made.latencies_us.begin(), made.latencies_us.end());
  return made;
}

std::vector<double> irc_crowd::tell_all(std::size_t rounds) {
  auto& all = *state_;
  const std::size_t teller = all.people.size() - 1;
  const auto join = [&](std::size_t who) {
    all.people[who].link->write("JOIN " + std::string(channel) + "\r\n");
  };
  // The first makes the channel, and sees to it that nobody is told of everybody who comes.
  join(0);
  all.run_until([&] { return all.joined == 1; });
  all.people[0].link->write("MODE " + std::string(channel) + " +D-n\r\n");
  for (std::size_t who = 1; who < teller; ++who) {
    all.run_until([&] { return who - all.joined < coming_max; });
    join(who);
  }
  all.run_until([&] { return all.joined == teller; });
  std::vector<double> took_s;
  std::size_t heard = 0;
  std::uint64_t number = 0;
  all.on_text = [&](std::size_t, const stamp& what) {
    if (what.number != number) give_up("another text than was told");
    ++heard;
  };
  for (std::size_t round = 0; round < rounds; ++round) {
    heard = 0;
    const double from_s = wall_s();
    all.say(teller, channel, {++number, now_ns()});
    all.run_until([&] { return heard == teller; });
    took_s.push_back(wall_s() - from_s);
  }
  all.on_text = nullptr;
  return took_s;
}

}  // namespace uod::bench
