#include "tests/simulation/node.hpp"

#include <stdexcept>

#include "storage/sqlite_store.hpp"
#include "tests/support/paper_mail.hpp"

namespace uod::simulation {
namespace {

tls_context make_context(const tls_identity& identity) {
  auto made = tls_context::server(identity, bytes(ticket_key_octets, 't'));
  if (!made) throw std::runtime_error(to_text(made.error()));
  return std::move(*made);
}

constexpr std::uint64_t tick_ms = 1000;

/// Read once: a node's templates do not change.
mail_equipment mail() {
  static const auto templates = tests::paper_mail(nullptr).templates;
  return {std::make_shared<tests::paper_transport>(), templates};
}

}  // namespace

/// The server's end of a simulated link, as a connection's channel.
class node_channel final : public byte_channel, public link_end {
 public:
  node_channel(node& home, std::shared_ptr<link> over, std::uint64_t number)
      : home_(home), link_(std::move(over)), number_(number), life_(home.life_) {
    link_->attach(link::server, this);
  }
  ~node_channel() override { link_->detach(link::server); }

  void write(bytes octets) override {
    if (!closed_) link_->send(link::server, std::move(octets));
  }
  [[nodiscard]] std::size_t unsent_bytes() const override {
    return closed_ ? 0 : link_->unsent(link::server);
  }
  void read_on(bool wanted) override { link_->read_on(link::server, wanted); }
  void close() override {
    if (std::exchange(closed_, true)) return;
    link_->close(link::server);
    later([](node& home, std::uint64_t number) { home.connections_.erase(number); });
  }
  void wake(turn) override {
    later([](node& home, std::uint64_t number) {
      const auto found = home.connections_.find(number);
      if (found != home.connections_.end()) std::shared_ptr(found->second)->run();
    });
  }

  void on_arrived(bytes_view octets) override {
    if (auto mine = find()) mine->on_bytes(octets);
  }
  void on_all_left() override {
    if (auto mine = find()) mine->on_written();
  }
  void on_lost() override {
    if (auto mine = find()) mine->on_closed(error{errc::link_closed, "lost"});
  }

 private:
  std::shared_ptr<connection> find() {
    const auto found = home_.connections_.find(number_);
    return found == home_.connections_.end() ? nullptr : found->second;
  }
  template <class Act>
  void later(Act act) {
    home_.time_.plan_surely(0,
                            [weak = home_.weak_from_this(), number = number_, life = life_, act] {
                              const auto home = weak.lock();
                              if (home && home->life_ == life) act(*home, number);
                            });
  }

  node& home_;
  std::shared_ptr<link> link_;
  std::uint64_t number_;
  std::uint64_t life_;
  bool closed_ = false;
};

node::node(virtual_time& time, const std::filesystem::path& database, const tls_identity& identity,
           const server_config& config)
    : time_(time),
      database_(database),
      identity_(identity),
      config_(config),
      wall_(time),
      tls_(make_context(identity)) {}

node::~node() {
  if (running()) kill();
}

void node::start() {
  ++life_;
  draining_ = false;
  auto parts = std::make_unique<running_parts>();
  auto opened =
      storage::open_sqlite({.file = database_, .durable = storage::durability::process_crash});
  if (!opened) throw std::runtime_error(to_text(opened.error()));
  parts->store = std::move(*opened);
  parts->context = compose_node(parts->system, config_,
                                node_equipment{parts->store, bytes(32, 's'), mail(), nullptr,
                                               database_.parent_path() / "files"},
                                wall_, counters_, store_threads::none);
  parts->boss =
      supervise(parts->system, parts->context, std::shared_ptr<gate>(std::shared_ptr<void>(), this),
                [](const std::string& lost) { throw std::runtime_error(lost); });
  parts_ = std::move(parts);
  accepting_ = true;
  tick();
}

void node::tick() {
  ticking_ = time_.plan(tick_ms, [this] {
    const auto open = connections_;
    for (const auto& [number, each] : open) each->on_tick(time_.now_ms());
    if (draining_ && connections_.empty()) return end();
    tick();
  });
}

void node::accept(const std::shared_ptr<link>& incoming) {
  if (!running() || !accepting_) return incoming->close(link::server);
  const auto number = ++last_number_;
  auto channel = std::make_unique<node_channel>(*this, incoming, number);
  connections_.emplace(
      number, std::make_shared<connection>(
                  connection::environment{parts_->system, parts_->context, tls_},
                  std::move(channel), peer_address{"198.51.100.7", 4711}, number, time_.now_ms()));
}

void node::run_actors() {
  while (running() && !parts_->scheduler.jobs.empty()) {
    // Any order in which threads might have taken the actors up.
    auto& jobs = parts_->scheduler.jobs;
    std::swap(jobs.front(), jobs[time_.between(0, jobs.size() - 1)]);
    parts_->scheduler.run_once();
  }
}

void node::advance(std::uint64_t delta_ms) {
  if (running()) parts_->scheduler.advance_time(std::chrono::milliseconds(delta_ms));
}

void node::close_all(const error& why) {
  const auto open = connections_;
  for (const auto& [number, each] : open) each->ask_to_close(why);
}

void node::drain() {
  if (!running() || std::exchange(draining_, true)) return;
  caf::anon_send(parts_->boss, drain_node{});
}

void node::kill() {
  // The stores first: what waits in their mailboxes is lost with the process.
  for (const auto& store : {caf::actor_cast<caf::actor>(parts_->boss),
                            caf::actor_cast<caf::actor>(parts_->context->message_store),
                            caf::actor_cast<caf::actor>(parts_->context->account_store)}) {
    caf::anon_send_exit(store, caf::exit_reason::kill);
  }
  end();
}

void node::end() {
  accepting_ = false;
  ticking_.reset();
  ++life_;
  for (const auto& [number, each] : std::exchange(connections_, {})) {
    each->on_closed(error{errc::link_closed, "the process is gone"});
  }
  dismiss(*parts_->context, parts_->boss);
  parts_->scheduler.run();
  parts_.reset();
}

std::unique_ptr<storage::reader> node::open_reader() const {
  auto opened =
      storage::open_sqlite({.file = database_, .durable = storage::durability::process_crash});
  if (!opened) throw std::runtime_error(to_text(opened.error()));
  return std::move(*(*opened)->make_reader());
}

}  // namespace uod::simulation
