#pragma once

#include "tests/client/commands/program_process.hpp"
#include "tests/support/toy_port.hpp"

/// The program at a server: what the commands print, and what they leave behind.
namespace uod::client {

using nlohmann::json;

inline const std::string first_password = "correct horse battery\n";
inline const std::string second_password = "staple staple staple\n";
inline const std::string mail_code = "k7qf2-9xmrt\n";
inline const std::string premium_code = "4j8q-k7qf-29xm-rt9z-kd01-2345";

struct alices_desk {
  struct nobody_yet {};

  alices_desk() { registers({}); }
  explicit alices_desk(nobody_yet) {}

  void registers(const words& more, const std::string& before = {}) {
    const auto done = types(
        with({"register", "--user", "alice", "--email", "alice@example.org", "--password-stdin"},
             more),
        before + first_password);
    BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
    registered = done;
  }

  ended types(const words& given, const std::string& lines = {}) {
    const piped_lines input(lines);
    return program(with({"--json", "--timeout", "10", "--server", port.address()}, given), input.in,
                   -1, -1, home.path / "s")
        .end();
  }
  /// The rows that a command prints; it succeeds.
  std::vector<json> sees(const words& given, const std::string& lines = {}) {
    const auto done = types(given, lines);
    BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
    return rows(done);
  }
  static std::vector<json> rows(const ended& done) {
    std::vector<json> all;
    for (std::size_t at = 0; at < done.out.size();) {
      const auto end = done.out.find('\n', at);
      all.push_back(json::parse(done.out.substr(at, end - at)));
      at = end + 1;
    }
    return all;
  }
  std::string cursor_file() const {
    std::ifstream file(home.path / "s" / "profiles" / "default" / "cursor.json");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Somebody else, at a desk of their own, with an identity key. Gives their account.
  uod::account_id arrives(const std::string& name, const std::string& desk) {
    const piped_lines input(first_password);
    const auto done =
        program({"--json", "--timeout", "10", "--server", port.address(), "register", "--user",
                 name, "--email", name + "@example.org", "--password-stdin"},
                input.in, -1, -1, home.path / desk)
            .end();
    BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
    return id_of(done);
  }
  static uod::account_id id_of(const ended& registration) {
    return uod::account_id(
        *uod::uuid_from_text(rows(registration).at(0).at("account").get<std::string>()));
  }
  void bob_arrives() { arrives("bob", "b"); }

  void bob_types(const words& given) {
    const auto done =
        program(with({"--json", "--timeout", "10", "--server", port.address()}, given), -1, -1, -1,
                home.path / "b")
            .end();
    BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
  }

  /// Somebody who writes to Alice and to everybody, unsealed: what he says is not shown.
  void bob_says(const std::string& message, const std::string& broadcast) {
    const auto held = port.lock();
    if (!bob) bob = port.server.settle("bob");
    const auto alice =
        *uod::uuid_from_text(rows(registered).at(0).at("account").get<std::string>());
    if (!message.empty()) port.server.post(bob->id, uod::account_id(alice), message);
    if (!broadcast.empty()) port.server.proclaim(bob->id, broadcast);
  }

  fresh_directory home;
  uod::test::toy_port port;
  std::optional<uod::test::toy_server::resident> bob;
  ended registered;
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace uod::client
