#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/load/oracle.hpp"

namespace uod::load {

/// Puts the instant that a broadcast is counted from behind its text, and a digest over both, so
/// that whoever hears it, also in another process of this machine, can judge it alone.
std::string stamped(const std::string& text, std::uint64_t planned_ns);

/// Knows what must become of every broadcast: each one that was acknowledged comes to every
/// listener exactly once, in order of `seq`, unaltered, and stands on the home page. Pure.
class broadcast_oracle {
 public:
  /// Broadcasts whose text is remembered, to compare the home page; the oldest are forgotten.
  static constexpr std::size_t remembered_max = 10'000;

  /// Stamps from before this are of earlier runs.
  explicit broadcast_oracle(std::uint64_t since_ns) : since_ns_(since_ns) {}

  void acknowledged(std::uint64_t seq, const std::string& text);
  /// Somebody listens, or listens again. `listener` counts from 0.
  void listens(std::uint32_t listener);

  struct arrival {
    bool mine = false;  ///< of this run, and nothing is wrong with it
    std::uint64_t planned_ns = 0;
  };
  arrival delivered(std::uint32_t listener, const broadcast& stored);
  /// This person wrote it, so it does not come back.
  void own(std::uint32_t listener, std::uint64_t seq);

  /// The home page behind this `seq` has to be read back…
  [[nodiscard]] std::uint64_t read_from() const;
  [[nodiscard]] bool anything() const { return !texts_.empty(); }
  /// …in pages, in rising order.
  void read(const std::vector<broadcast>& page);

  /// Whether somebody still lacks something.
  [[nodiscard]] bool is_complete() const;
  /// Judges what has not arrived or was not read back.
  void finish(bool arrivals, bool home);
  [[nodiscard]] const verdict& found() const { return verdict_; }

 private:
  struct listener_place {
    bool listens = false;
    std::uint64_t seq = 0;
  };
  static std::string name_of(const broadcast& stored);

  std::uint64_t since_ns_;
  std::uint64_t last_seq_ = 0;                    ///< acknowledged
  std::map<std::uint64_t, std::uint64_t> texts_;  ///< digest by `seq`
  std::map<std::uint64_t, bool> seen_at_home_;
  std::vector<listener_place> listeners_;
  verdict verdict_;
};

}  // namespace uod::load
