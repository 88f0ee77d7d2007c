#include "server/administration/admin_socket.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "config/private_file.hpp"

namespace uod::administration {
namespace {

constexpr int backlog = 16;
/// How long one more waits for a place, since whoever has just been answered is about to leave
/// theirs: a script's next command comes faster than a thread ends.
constexpr auto place_wait = std::chrono::milliseconds(500);

std::string line_of(const row& told) {
  return told.dump(-1, ' ', true, row::error_handler_t::replace) + "\n";
}

/// Makes way for a new socket; whatever else lies there is left alone.
outcome<void> remove_stale(const std::filesystem::path& file) {
  struct stat about {};
  if (::lstat(file.c_str(), &about) != 0) {
    return errno == ENOENT ? outcome<void>{} : tl::unexpected(system_error_at(errno, file));
  }
  if (!S_ISSOCK(about.st_mode)) {
    return fail(errc::io_failed, file.string() + " is there and is no socket; move it away");
  }
  if (::unlink(file.c_str()) != 0) return tl::unexpected(system_error_at(errno, file));
  return {};
}

outcome<descriptor> listen_at(const std::filesystem::path& file) {
  if (auto free = remove_stale(file); !free) return tl::unexpected(free.error());
  const auto address = socket_address::of(file);
  if (!address) return tl::unexpected(address.error());
  descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // The mode is set before the file is there: nobody can come in between (unix(7)).
  if (!listener.open() || ::fchmod(listener.get(), 0600) != 0 ||
      ::bind(listener.get(), address->get(), address->size()) != 0 ||
      ::chmod(file.c_str(), 0600) != 0 || ::listen(listener.get(), backlog) != 0) {
    return tl::unexpected(system_error_at(errno, file));
  }
  return listener;
}

/// Who connected, as the system vouches for it.
std::uint32_t uid_of(const descriptor& link) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(link.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return UINT32_MAX;
  return peer.uid;
}

}  // namespace

outcome<std::unique_ptr<admin_socket>> admin_socket::open(const std::filesystem::path& file,
                                                          host_maker make_host,
                                                          const socket_limits& limits) {
  auto host = make_host();
  if (!host) return tl::unexpected(host.error());
  auto listener = listen_at(file);
  if (!listener) return tl::unexpected(listener.error());
  descriptor wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake.open()) return tl::unexpected(system_error_at(errno, file));
  return std::unique_ptr<admin_socket>(new admin_socket(
      file, std::move(make_host), std::move(*host), limits, std::move(*listener), std::move(wake)));
}

admin_socket::admin_socket(std::filesystem::path file, host_maker make_host,
                           std::unique_ptr<administration_host> host, const socket_limits& limits,
                           descriptor listener, descriptor wake)
    : file_(std::move(file)),
      make_host_(std::move(make_host)),
      host_(std::move(host)),
      limits_(limits),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      thread_([this] { work(); }) {}

admin_socket::~admin_socket() {
  over_ = true;
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
  for (worker& one : workers_) one.thread.join();
  ::unlink(file_.c_str());
}

void admin_socket::work() {
  for (;;) {
    const auto called = wait_for(listener_.get(), POLLIN, wake_.get(), -1);
    if (!called && called.error().code == errc::going_away) return;
    if (called) accept();
  }
}

void admin_socket::forget_done() {
  for (auto one = workers_.begin(); one != workers_.end();) {
    if (!one->done) {
      ++one;
      continue;
    }
    one->thread.join();
    one = workers_.erase(one);
  }
}

void admin_socket::await_place() {
  forget_done();
  if (workers_.size() < limits_.connections_max) return;
  {
    std::unique_lock lock(ending_);
    ended_.wait_for(lock, place_wait, [this] {
      return std::ranges::any_of(workers_, [](const worker& one) { return one.done.load(); });
    });
  }
  forget_done();
}

void admin_socket::accept() {
  auto fresh = std::make_unique<connection>();
  fresh->link = descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fresh->link.open()) {
    // Out of descriptors: the one that waits keeps the listener ready, so let some time pass.
    if (errno == EMFILE || errno == ENFILE) wait_for(-1, 0, wake_.get(), 100);
    return;
  }
  fresh->uid = uid_of(fresh->link);
  await_place();
  if (workers_.size() >= limits_.connections_max) {
    refuse(*fresh, {errc::overloaded, "too many administrators at once; try again later"});
    return;
  }
  worker& one = workers_.emplace_back();
  try {
    one.thread = std::thread([this, &one, from = std::move(fresh)]() mutable {
      serve(*from);
      from.reset();
      {
        const std::lock_guard lock(ending_);
        one.done = true;
      }
      ended_.notify_one();
    });
  } catch (const std::system_error&) {  // no thread to be had: closed without a word
    workers_.pop_back();
  }
}

void admin_socket::serve(connection& from) {
  if (const auto line = read_request(from)) answer(from, *line);
}

std::optional<std::string> admin_socket::read_request(connection& from) {
  const auto deadline = clock::now() + std::chrono::milliseconds(limits_.request_ms);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
    const auto ready = wait_for(from.link.get(), POLLIN, wake_.get(),
                                static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (!ready) {
      if (ready.error().code == errc::timed_out) {
        refuse(from, {errc::timed_out, "no whole request came"});
      }
      return std::nullopt;
    }
    char piece[4096];
    const ssize_t got = ::recv(from.link.get(), piece, sizeof piece, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) continue;
    if (got <= 0) {
      // Who only looks whether somebody listens has said nothing wrong.
      if (got == 0 && !from.received.empty()) {
        refuse(from, {errc::malformed, "the request has no end"});
      }
      return std::nullopt;
    }
    from.received.append(piece, static_cast<std::size_t>(got));
    const auto end = from.received.find('\n');
    if (std::min(end, from.received.size()) > limits_.request_octets_max) {
      refuse(from, {errc::too_large, "a request has at most " +
                                         std::to_string(limits_.request_octets_max) + " octets"});
      return std::nullopt;
    }
    if (end != std::string::npos) return from.received.substr(0, end);
  }
}

void admin_socket::answer(connection& from, std::string_view line) {
  const auto wanted = command_from_line(line);
  if (!wanted) return refuse(from, wanted.error());
  const auto stall_ms = static_cast<int>(limits_.stall_ms);
  const auto send = [&](const row& told) {
    return send_all(from.link.get(), line_of(told), wake_.get(), stall_ms).has_value();
  };
  const row_sink sink = [&](const row& told) { return !over_ && send(told); };
  outcome<void> done;
  try {
    const auto host = make_host_();
    if (!host) return refuse(from, host.error());
    done = execute(**host, *wanted, {from.uid, "socket"}, sink);
  } catch (const std::exception& exception) {  // no request may end the node
    done = fail(errc::internal, exception.what());
  }
  if (!done && done.error().code == errc::interrupted && over_) {
    done = fail(errc::going_away, "the node ends");
  }
  send(done ? row{{"type", "end"}} : error_row(done.error()));
}

void admin_socket::refuse(const connection& whom, const error& why) {
  const std::initializer_list<audit::field> fields = {
      {"uid", whom.uid}, {"result", code_name(why.code)}, {"octets", whom.received.size()}};
  {
    const std::lock_guard turn(refusing_);
    host_->audit("admin.refused", {fields.begin(), fields.size()});
  }
  // It fits into the socket's buffer; who does not read it even so is not waited for.
  send_all(whom.link.get(), line_of(error_row(why)), wake_.get(), 0);
}

}  // namespace uod::administration
