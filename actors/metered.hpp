#pragma once

#include <atomic>
#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "actors/meter.hpp"

namespace uod {

/// An actor of class `Impl` whose mailbox and work are measured. CAF 0.17 as Debian builds it has
/// no hooks for that; but what it calls for each message is virtual. What is counted:
///  - `enqueue`, on the sender's thread: so the depth is true even while the actor is stuck;
///  - `consume`, around each message that the actor works on, whatever becomes of it.
/// With a `home` it runs there, whoever sends it something; else on the scheduler's threads.
template <class Impl>
class metered final : public Impl {
 public:
  using behavior_type = typename Impl::behavior_type;
  using beginning = std::function<behavior_type(Impl*)>;

  metered(caf::actor_config& config, actor_meter& meter, beginning begin,
          std::shared_ptr<caf::execution_unit> home)
      : Impl(config), meter_(meter), begin_(std::move(begin)), home_(std::move(home)) {
    meter_.made();
  }

  ~metered() override {
    let_go();
    meter_.unmade();
  }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    // To who has ended, a message is dropped.
    if (!over_.load(std::memory_order_relaxed)) {
      waiting_.fetch_add(1, std::memory_order_relaxed);
      meter_.arrived();
    }
    Impl::enqueue(std::move(what), home_ ? home_.get() : host);
  }

  behavior_type make_behavior() override { return std::exchange(begin_, {})(this); }

  /// What lies in the mailbox goes with the actor's end, though timers may hold the object longer.
  bool cleanup(caf::error&& why, caf::execution_unit* host) override {
    const bool first = Impl::cleanup(std::move(why), host);
    over_.store(true, std::memory_order_relaxed);
    let_go();
    return first;
  }

  caf::invoke_message_result consume(caf::mailbox_element& what) override {
    const span now(*this);
    return Impl::consume(what);
  }

 private:
  /// Also where a handler throws.
  class span {
   public:
    explicit span(metered& of) : of_(of), begun_ns_(steady_ns()) {
      of_.waiting_.fetch_sub(1, std::memory_order_relaxed);
      of_.meter_.left(1);
    }
    ~span() { of_.meter_.handled(steady_ns() - begun_ns_); }
    span(const span&) = delete;
    span& operator=(const span&) = delete;

   private:
    metered& of_;
    const std::uint64_t begun_ns_;
  };

  void let_go() { meter_.left(waiting_.exchange(0, std::memory_order_relaxed)); }

  actor_meter& meter_;
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<bool> over_{false};
  beginning begin_;
  const std::shared_ptr<caf::execution_unit> home_;
};

/// As `system.spawn<Options>(behaviour, args…)`, and measured by `meter`, which must outlive the
/// actor system. `behaviour` takes a pointer to itself first. No actor measured so may skip
/// messages, which would be counted each time they come up; ours never do. It runs at `home`,
/// which it keeps; without one on the scheduler's threads, or on its own (`caf::detached`).
template <caf::spawn_options Options = caf::no_spawn_options, class Behaviour, class... Args>
auto spawn_metered_at(std::shared_ptr<caf::execution_unit> home, caf::actor_system& system,
                      actor_meter& meter, Behaviour behaviour, Args... args) {
  using impl = caf::infer_impl_from_fun_t<Behaviour>;
  using made = metered<impl>;
  typename made::beginning begin = [behaviour, ... held = std::move(args)](impl* self) mutable {
    return behaviour(self, std::move(held)...);
  };
  caf::actor_config config{home.get()};
  return system.spawn_impl<made, Options>(config, std::ref(meter), std::move(begin),
                                          std::move(home));
}

/// The same without a home.
template <caf::spawn_options Options = caf::no_spawn_options, class Behaviour, class... Args>
auto spawn_metered(caf::actor_system& system, actor_meter& meter, Behaviour behaviour,
                   Args... args) {
  return spawn_metered_at<Options>({}, system, meter, std::move(behaviour), std::move(args)...);
}

}  // namespace uod
