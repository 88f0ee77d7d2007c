#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/session.hpp"
#include "protocol/codec.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"
#include "server/composition.hpp"
#include "storage/sqlite_store.hpp"
#include "tests/support/paper_mail.hpp"

namespace uod::tests {

/// The time on the wall, as the story has it.
class story_clock final : public wall_clock {
 public:
  [[nodiscard]] std::uint64_t unix_ms() const override { return now_ms; }
  std::uint64_t now_ms = 1'767'225'600'000;
};

/// A connection that exists only on paper: keeps what the session says.
class paper_outlet final : public outlet {
 public:
  void push(std::vector<outgoing_frame> frames, std::uint32_t granting) override {
    for (const auto& frame : frames) said.push_back(decode_server_message(frame.payload).value());
    granted += granting;
  }
  void admit() override { admitted = true; }
  void close(const error& why) override { closed = why; }
  [[nodiscard]] std::size_t queued_bytes() const override { return queued; }

  /// The answer to a request, as the kind that it must be; nothing while there is none.
  template <class Body>
  const Body* answer(std::uint32_t request) const {
    for (const auto& each : said) {
      if (each.request == request) return std::get_if<Body>(&each.body);
    }
    return nullptr;
  }
  [[nodiscard]] std::optional<errc> refusal(std::uint32_t request) const {
    const auto* failed = answer<failure>(request);
    return failed != nullptr ? std::optional(failed->reason.code) : std::nullopt;
  }
  /// Events of a kind, in the order in which they were told.
  template <class Body>
  [[nodiscard]] std::vector<Body> events() const {
    std::vector<Body> found;
    for (const auto& each : said) {
      if (const auto* body = std::get_if<Body>(&each.body)) found.push_back(*body);
    }
    return found;
  }
  /// The texts of all messages that were told, in order.
  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> found;
    for (const auto& event : events<messages_arrived>()) {
      for (const auto& each : event.messages) found.push_back(each.body);
    }
    return found;
  }

  std::vector<server_message> said;
  std::uint32_t granted = 0;
  bool admitted = false;
  std::optional<error> closed;
  std::size_t queued = 0;
};

inline uuid numbered(std::uint16_t number) {
  uuid id;
  id.octets[0] = 1;
  id.octets[14] = static_cast<std::uint8_t>(number >> 8);
  id.octets[15] = static_cast<std::uint8_t>(number);
  return id;
}

/// A node's actors under CAF's testing scheduler, on a real SQLite in a directory of its own.
/// Nothing runs until `run`, and time passes only by `pass`.
class household {
 public:
  explicit household(server_config config = {});
  ~household();

  void run() { scheduler.run_some(); }
  /// Lets one actor take what it has in hand.
  void step() { scheduler.inner.try_run_once(); }
  void pass(std::uint64_t span_ms);
  /// The store's file, for faults that only the database itself can have.
  [[nodiscard]] std::filesystem::path database() const { return directory_ / "uod.db"; }
  /// Where the octets of files lie.
  [[nodiscard]] std::filesystem::path files() const { return directory_ / "files"; }

  /// Another file store takes the place of this one: after an end in order, or after a crash.
  void restart_files(bool in_order);

  /// A client that has connected and said nothing yet.
  struct visitor {
    session_actor session;
    std::shared_ptr<paper_outlet> out;
    std::uint32_t last_request = 0;
    std::uint32_t frames_sent = 0;
  };
  visitor connect(const std::string& host = "198.51.100.7");
  /// Sends one frame, as one read of the socket; gives the request's number.
  std::uint32_t ask(visitor& who, client_body body);
  void ask_all(visitor& who, std::vector<client_message> messages);
  /// Connects, greets and registers.
  visitor arrive(const std::string& name, const std::string& premium_code = {});
  /// Connects and greets.
  visitor greet(const std::string& host = "198.51.100.7");
  /// A log-in with the password of this name, or with a wrong one, as a device of its own.
  log_in log_in_of(const std::string& name, bool right = true, const std::string& device = "phone");
  /// Tries to log in with the password of this name, or with a wrong one; gives the request.
  std::uint32_t log_in_as(visitor& who, const std::string& name, bool right = true,
                          const std::string& device = "phone");
  /// The letters that went to somebody, of one kind (by a word of its subject), in order.
  [[nodiscard]] std::vector<mail::letter> letters(const std::string& name,
                                                  const std::string& subject_part) const;
  /// Has them open their chat.
  chat_id chat_of(visitor& who, const std::string& other);
  std::uint32_t say(visitor& who, const chat_id& chat, const std::string& text);

 private:
  struct settings : actor_settings {
    settings() : actor_settings(server_threads{}) { set("scheduler.policy", caf::atom("testing")); }
  };
  struct testing_scheduler {
    caf::scheduler::test_coordinator& inner;
    void run_some() { inner.run(); }
  };
  std::filesystem::path directory_;
  settings settings_;

 public:
  std::shared_ptr<storage::store> store;
  std::shared_ptr<paper_transport> post = std::make_shared<paper_transport>();
  story_clock clock;
  node_counters counters;
  caf::actor_system system;
  testing_scheduler scheduler;
  std::shared_ptr<node_context> node;
  /// Whoever has to be sent away at the end.
  std::vector<caf::actor> guests;
  std::uint64_t connections = 0;
  std::uint16_t ids = 0;
};

}  // namespace uod::tests
