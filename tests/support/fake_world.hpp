#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "client/engine/runtime.hpp"

/// A world for the client's engine that is all in memory: its time passes only when a test says
/// so, its chance comes from a seed, its connections do what the test wants. Everything that
/// happens is an entry in one list, ordered by time and then by when it was entered: the same
/// seed gives the same story.
namespace uod::test {

class fake_world;

/// The server's end of a connection.
class server_end {
 public:
  virtual ~server_end() = default;
  virtual void send(bytes octets) = 0;
  virtual void close() = 0;

  std::function<void(bytes_view)> on_bytes;
  std::function<void()> on_closed;
};

class fake_world final : public client::runtime {
 public:
  explicit fake_world(std::uint64_t seed) : chance_(seed) {}

  [[nodiscard]] std::uint64_t unix_ms() const override { return 1'700'000'000'000 + now_ms_; }
  [[nodiscard]] std::uint64_t steady_ms() const override { return now_ms_; }
  std::uint64_t random() override { return chance_(); }
  std::unique_ptr<client::timer> after(std::uint64_t delay_ms, std::function<void()> act) override;
  std::unique_ptr<client::channel> dial(const client::endpoint& where,
                                        client::channel_events& events) override;
  void run_aside(std::function<void()> work, std::function<void()> after) override;

  /// Who answers at an address; without, dialling it is refused.
  using acceptor = std::function<void(std::shared_ptr<server_end>)>;
  void listen(const client::endpoint& where, acceptor accept) {
    acceptors_[where] = std::move(accept);
  }
  void refuse(const client::endpoint& where) { acceptors_.erase(where); }
  /// Somebody from outside of this world comes to an address where there is an acceptor.
  void admit(const client::endpoint& where, std::shared_ptr<server_end> end) {
    acceptors_.at(where)(std::move(end));
  }

  /// Lets time pass until `done` or until `within_ms` are over. Says whether it is done.
  bool run_until(const std::function<bool()>& done, std::uint64_t within_ms);
  void run_for(std::uint64_t span_ms);

  /// Enters something to happen; it cannot be taken back.
  void schedule(std::uint64_t delay_ms, std::function<void()> act);

  std::uint64_t latency_ms = 1;        ///< of each piece on its way
  std::size_t piece_bytes_max = 1400;  ///< octets arrive in pieces of at most this
  bool black_hole = false;             ///< whatever is sent is never heard of again
  bool deaf_servers = false;           ///< what clients send does not leave them
  std::uint64_t aside_ms = 50;         ///< what work beside the loop takes

  /// The next connection ends when this many octets have been sent on it, both ways together.
  std::optional<std::size_t> cut_next_after_bytes;
  /// The octets that all connections have carried.
  std::size_t carried_bytes = 0;
  std::size_t dials = 0;
  std::map<client::endpoint, std::vector<std::uint64_t>> dialled_at_ms;

 private:
  friend class fake_link;

  struct moment {
    std::uint64_t at_ms;
    std::uint64_t number;
    auto operator<=>(const moment&) const = default;
  };
  bool step(std::uint64_t until_ms);

  std::uint64_t now_ms_ = 0;
  std::uint64_t last_number_ = 0;
  std::mt19937_64 chance_;
  std::map<moment, std::function<void()>> agenda_;
  std::map<client::endpoint, acceptor> acceptors_;
};

}  // namespace uod::test
