#include "server/administration/node_access.hpp"

#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "config/private_file.hpp"
#include "server/administration/local_socket.hpp"
#include "server/administration/offline_host.hpp"

namespace uod::administration {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_tries{50};
/// Larger than any row: a message of the largest kind, each octet escaped.
constexpr std::size_t row_octets_max = 8 * 1024 * 1024;

outcome<descriptor> connect_to(const std::filesystem::path& socket) {
  const auto address = socket_address::of(socket);
  if (!address) return tl::unexpected(address.error());
  descriptor link(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!link.open()) return tl::unexpected(system_error_at(errno, socket));
  const timeval at_most{5, 0};  // for a place in the queue of those that connect
  ::setsockopt(link.get(), SOL_SOCKET, SO_SNDTIMEO, &at_most, sizeof at_most);
  if (::connect(link.get(), address->get(), address->size()) == 0) return link;
  const bool nobody = errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN;
  if (nobody) return fail(errc::server_unreachable, socket.string());
  return tl::unexpected(system_error_at(errno, socket));
}

/// Reads what a node answers, row by row.
class answer_reader {
 public:
  answer_reader(const descriptor& link, const patience& how) : link_(link), how_(how) {}

  outcome<row> next() {
    for (;;) {
      const auto end = received_.find('\n', looked_at_);
      if (end != std::string::npos) return take(end);
      looked_at_ = received_.size();
      if (received_.size() > row_octets_max) return fail(errc::malformed, "the node's answer");
      if (auto more = read_more(); !more) return tl::unexpected(more.error());
    }
  }

 private:
  outcome<row> take(std::size_t end) {
    row told = row::parse(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(end),
                          nullptr, false);
    received_.erase(0, end + 1);
    looked_at_ = 0;
    if (!told.is_object() || !told.contains("type") || !told["type"].is_string()) {
      return fail(errc::malformed, "the node's answer");
    }
    return told;
  }

  outcome<void> read_more() {
    const auto ready = wait_for(link_.get(), POLLIN, -1, static_cast<int>(how_.answer_ms));
    if (!ready) return fail(ready.error().code, "the node does not answer");
    char piece[16 * 1024];
    const ssize_t got = ::recv(link_.get(), piece, sizeof piece, 0);
    if (got > 0) {
      received_.append(piece, static_cast<std::size_t>(got));
      return {};
    }
    if (got < 0 && errno == EINTR) return {};
    return fail(errc::link_closed,
                "the node ended before it had answered; look whether it was done");
  }

  const descriptor& link_;
  const patience how_;
  std::string received_;
  std::size_t looked_at_ = 0;
};

std::string name_of_user(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : "the user " + std::to_string(uid);
}

offline_host::if_missing for_missing(const command& wanted) {
  // Codes can be made before the node runs for the first time.
  return std::holds_alternative<create_premium_codes>(wanted) ? offline_host::if_missing::make
                                                              : offline_host::if_missing::refuse;
}

/// Whether asking again after a lost answer can do no harm: it only looks.
bool only_looks(const command& wanted) {
  return std::holds_alternative<list_accounts>(wanted) ||
         std::holds_alternative<show_account>(wanted) ||
         std::holds_alternative<export_account>(wanted) ||
         std::holds_alternative<list_premium_codes>(wanted) ||
         std::holds_alternative<list_outbox>(wanted);
}

outcome<void> run_offline(offline_host& host, const command& wanted, const row_sink& sink,
                          const std::function<void(const std::string&)>& warn) {
  auto done = execute(host, wanted, {static_cast<std::uint32_t>(::getuid()), "offline"}, sink);
  if (!host.audited() && warn) warn("the audit log could not be written");
  return done;
}

}  // namespace

error advised(error why, const std::filesystem::path& data_dir) {
  if (why.code != errc::permission_denied) return why;
  struct stat about {};
  const bool known = ::stat(data_dir.c_str(), &about) == 0;
  why.detail += known && about.st_uid != ::geteuid()
                    ? "; run this as " + name_of_user(about.st_uid) + " or as root"
                    : "; run this as the node's user or as root";
  return why;
}

outcome<void> ask_node(const std::filesystem::path& socket, const command& wanted,
                       const row_sink& sink, const patience& how) {
  const auto link = connect_to(socket);
  if (!link) return tl::unexpected(link.error());
  // A node that refuses at once may have closed before it was told everything: its answer counts.
  send_all(link->get(), to_line(wanted) + "\n", -1, static_cast<int>(how.answer_ms));
  answer_reader answer(*link, how);
  for (;;) {
    const auto told = answer.next();
    if (!told) return tl::unexpected(told.error());
    const auto& type = (*told)["type"];
    if (type == "end") return {};
    if (type == "error") return tl::unexpected(error_from_row(*told));
    if (!sink(*told)) return fail(errc::interrupted, "nobody takes the answer any more");
  }
}

outcome<void> run_command(const server_config& config, const command& wanted, const row_sink& sink,
                          const std::function<void(const std::string&)>& warn,
                          const patience& how) {
  const auto give_up = clock::now() + std::chrono::milliseconds(how.settle_ms);
  for (;;) {
    const auto host = offline_host::open(config, for_missing(wanted));
    if (host) return run_offline(**host, wanted, sink, warn);
    if (host.error().code != errc::data_dir_in_use) {
      return tl::unexpected(advised(host.error(), config.data_dir));
    }
    bool shown = false;
    const row_sink noting = [&](const row& each) {
      shown = true;
      return sink(each);
    };
    auto asked = ask_node(socket_file(config), wanted, noting, how);
    if (asked) return asked;
    // A node that ended before it had said anything is asked again, or its successor.
    const auto why = asked.error().code;
    const bool ended = why == errc::link_closed || why == errc::going_away;
    const bool again = ended && !shown && only_looks(wanted);
    if (why != errc::server_unreachable && !again) {
      return tl::unexpected(advised(asked.error(), config.data_dir));
    }
    // Its node begins or ends, or another administrator is at work on it.
    if (clock::now() >= give_up) {
      return fail(errc::data_dir_in_use,
                  config.data_dir.string() +
                      "; a node that begins or ends, or another command, has it: try again");
    }
    std::this_thread::sleep_for(between_tries);
  }
}

}  // namespace uod::administration
