#pragma once

#include <utility>

#include "client/engine/asio_runtime.hpp"

namespace uod::load {

/// The world, but for how connections are made in it. The world must outlive it.
class dialling_world final : public client::runtime {
 public:
  dialling_world(client::asio_runtime& world, client::dial_options how)
      : world_(world), how_(std::move(how)) {}

  [[nodiscard]] std::uint64_t unix_ms() const override { return world_.unix_ms(); }
  [[nodiscard]] std::uint64_t steady_ms() const override { return world_.steady_ms(); }
  std::uint64_t random() override { return world_.random(); }
  std::unique_ptr<client::timer> after(std::uint64_t delay_ms, std::function<void()> act) override {
    return world_.after(delay_ms, std::move(act));
  }
  std::unique_ptr<client::channel> dial(const client::endpoint& where,
                                        client::channel_events& events) override {
    return world_.dial(where, events, how_);
  }
  void run_aside(std::function<void()> work, std::function<void()> after) override {
    world_.run_aside(std::move(work), std::move(after));
  }

 private:
  client::asio_runtime& world_;
  client::dial_options how_;
};

}  // namespace uod::load
