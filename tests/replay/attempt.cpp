#include "tests/replay/attempt.hpp"

namespace uod::replaying {
namespace {

using process::raw_client;

/// The value of ` name=value` in a line of the log.
std::string field_of(const std::string& line, const std::string& name) {
  const auto at = line.find(" " + name + "=");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  return line.substr(begin, line.find(' ', begin) - begin);
}

/// Where the replay went, as the server sees it.
std::string address_of(const process::tcp_client& socket) {
  return "127.0.0.1:" + std::to_string(socket.own_port());
}

/// Reads what the server said about a replay that came from an address.
void take_log(finding& found, const std::string& log, const std::string& address) {
  const bool frames = !is_ciphertext(found.how);
  std::size_t alarms = 0;
  std::size_t right = 0;
  for (const auto& line : process::lines_of(log)) {
    const bool alarm = line.find(" warning THIS IS A REPLAY ATTACK ") != std::string::npos;
    if (alarm) ++alarms;
    const bool mine = frames ? alarm && field_of(line, "frame") == found.frame
                             : line.find(" connection.ended ") != std::string::npos &&
                                   field_of(line, "reason") == "link_failed";
    if (!mine || field_of(line, "address") != address) continue;
    found.session = field_of(line, "session");
    if (!found.session.empty()) ++right;
  }
  const std::size_t expected = frames ? 1 : 0;
  found.logged = right == 1 && alarms == expected;
  // A request that was carried out a second time is counted as repeated.
  found.counted =
      process::total_of(log, "replays") == expected && process::total_of(log, "repeated") == 0;
}

/// Puts the frame into a link of Alice's and looks over that one. Gives the replay's address.
std::string replay_frame(finding& found, const scene& play, const captured& taken, raw_client& over,
                         const standing& before) {
  const std::size_t answers = over.answers_to(taken.request);
  found.link_right = over.write(taken.segments);
  found.unchanged = play.look(over) == before;
  found.unanswered = over.answers_to(taken.request) == answers;
  return address_of(over.socket());
}

/// Sends the ciphertext again on Alice's socket, to the end that TLS makes of it.
std::string replay_ciphertext(finding& found, scene& play, const captured& taken) {
  auto& alice = play.alice();
  const auto address = address_of(alice.socket());
  found.link_right = alice.socket().write(taken.ciphertext);
  const auto why = alice.farewell();
  found.link_right &= why && why->code == errc::link_failed;
  found.unanswered = alice.answers_to(taken.request) == 1;
  return address;
}

/// Sends all that Alice's socket has carried over a new one. An answer could not be read, whatever
/// it says: the new handshake has other keys.
std::string replay_connection(finding& found, const captured& taken, std::uint16_t port) {
  const process::tcp_client thief(port);
  thief.write(taken.whole_history);  // the server may close before it has read all
  thief.read_to_end();
  found.link_right = true;
  found.unanswered = true;
  return address_of(thief);
}

}  // namespace

finding attempt(site& at, subject what, manner how) {
  scene play(at.port());
  const captured taken = play.capture(what);
  const standing before = play.look(play.alice());
  finding found;
  found.what = what;
  found.how = how;
  found.frame = taken.frame;

  std::string address;
  switch (how) {
    case manner::same_link:
      address = replay_frame(found, play, taken, play.alice(), before);
      break;
    case manner::second_link:
      address = replay_frame(found, play, taken, *play.alice_again(), before);
      found.link_right &= play.look(play.alice()) == before;
      break;
    case manner::restart:
      at.restart();
      [[fallthrough]];
    case manner::reconnect:
      play.hang_up();
      address = replay_frame(found, play, taken, *play.alice_again(), before);
      break;
    case manner::same_socket:
      address = replay_ciphertext(found, play, taken);
      break;
    case manner::whole_connection:
      address = replay_connection(found, taken, at.port());
      break;
  }
  if (is_ciphertext(how)) found.unchanged = play.look(*play.alice_again()) == before;
  if (!at.is_own()) return found;

  play.hang_up();
  take_log(found, at.restart(), address);
  // What is on disk is as it was, too.
  found.unchanged &= play.look(*play.alice_again()) == before;
  return found;
}

}  // namespace uod::replaying
