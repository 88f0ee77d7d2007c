#include "tests/support/fake_world.hpp"

#include <algorithm>
#include <utility>

namespace uod::test {

/// Both ends of one connection. It lives until both have let go of it and nothing is under way.
class fake_link final : public server_end, public std::enable_shared_from_this<fake_link> {
 public:
  fake_link(fake_world& world, client::channel_events& client)
      : world_(world), client_(&client), budget_(std::exchange(world.cut_next_after_bytes, {})) {}

  // The server's end
  void send(bytes octets) override {
    carry(std::move(octets), [](fake_link& self, const bytes& piece) {
      if (self.client_ != nullptr) self.client_->on_bytes(piece);
    });
  }
  void close() override { end("closed by the server"); }

  // The client's end
  void client_send(bytes octets) {
    unsent_bytes_ += octets.size();
    if (world_.deaf_servers) return;
    carry(std::move(octets), [](fake_link& self, const bytes& piece) {
      if (self.on_bytes) self.on_bytes(piece);
      self.unsent_bytes_ -= piece.size();
      if (self.unsent_bytes_ == 0 && self.client_ != nullptr) self.client_->on_drained();
    });
  }
  void client_gone() {
    client_ = nullptr;
    end("closed by the client");
  }
  [[nodiscard]] std::size_t unsent_bytes() const { return unsent_bytes_; }

  void opened(const fake_world::acceptor& accept) {
    if (client_ == nullptr) return;
    accept(shared_from_this());
    if (client_ != nullptr && !over_) client_->on_open();
  }
  void refused(const std::string& why) {
    if (auto* client = std::exchange(client_, nullptr)) {
      client->on_closed({errc::server_unreachable, why});
    }
  }

 private:
  using delivery = std::function<void(fake_link&, const bytes&)>;

  void carry(bytes octets, const delivery& deliver) {
    if (over_ || world_.black_hole) return;
    bool cut = false;
    if (budget_) {
      cut = octets.size() >= *budget_;
      octets.resize(std::min(octets.size(), *budget_));
      *budget_ -= octets.size();
    }
    world_.carried_bytes += octets.size();
    for (std::size_t at = 0; at < octets.size(); at += world_.piece_bytes_max) {
      world_.schedule(world_.latency_ms, [self = shared_from_this(), deliver,
                                          piece = octets.substr(at, world_.piece_bytes_max)] {
        deliver(*self, piece);
      });
    }
    if (cut) end("cut");
  }

  /// What was sent before still arrives; then both ends hear of it.
  void end(const std::string& why) {
    if (std::exchange(over_, true)) return;
    world_.schedule(world_.latency_ms, [self = shared_from_this(), why] {
      if (auto* client = std::exchange(self->client_, nullptr)) {
        client->on_closed({errc::link_closed, why});
      }
      if (const auto told = std::exchange(self->on_closed, nullptr)) told();
      self->on_bytes = nullptr;
    });
  }

  fake_world& world_;
  client::channel_events* client_;
  std::optional<std::size_t> budget_;
  std::size_t unsent_bytes_ = 0;
  bool over_ = false;
};

namespace {

class fake_channel final : public client::channel {
 public:
  explicit fake_channel(std::shared_ptr<fake_link> link) : link_(std::move(link)) {}
  ~fake_channel() override { link_->client_gone(); }
  fake_channel(const fake_channel&) = delete;
  fake_channel& operator=(const fake_channel&) = delete;

  void send(bytes octets) override { link_->client_send(std::move(octets)); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return link_->unsent_bytes(); }

 private:
  std::shared_ptr<fake_link> link_;
};

class fake_timer final : public client::timer {
 public:
  explicit fake_timer(std::shared_ptr<bool> wanted) : wanted_(std::move(wanted)) {}
  ~fake_timer() override { *wanted_ = false; }
  fake_timer(const fake_timer&) = delete;
  fake_timer& operator=(const fake_timer&) = delete;

 private:
  std::shared_ptr<bool> wanted_;
};

}  // namespace

void fake_world::schedule(std::uint64_t delay_ms, std::function<void()> act) {
  agenda_.emplace(moment{now_ms_ + delay_ms, ++last_number_}, std::move(act));
}

std::unique_ptr<client::timer> fake_world::after(std::uint64_t delay_ms,
                                                 std::function<void()> act) {
  auto wanted = std::make_shared<bool>(true);
  schedule(delay_ms, [wanted, act = std::move(act)] {
    if (*wanted) act();
  });
  return std::make_unique<fake_timer>(std::move(wanted));
}

std::unique_ptr<client::channel> fake_world::dial(const client::endpoint& where,
                                                  client::channel_events& events) {
  ++dials;
  dialled_at_ms[where].push_back(now_ms_);
  auto link = std::make_shared<fake_link>(*this, events);
  schedule(latency_ms, [this, link, where] {
    if (black_hole) return;
    const auto found = acceptors_.find(where);
    if (found == acceptors_.end()) return link->refused(to_text(where) + ": refused");
    link->opened(found->second);
  });
  return std::make_unique<fake_channel>(std::move(link));
}

void fake_world::run_aside(std::function<void()> work, std::function<void()> after) {
  work();
  schedule(aside_ms, std::move(after));
}

bool fake_world::step(std::uint64_t until_ms) {
  if (agenda_.empty() || agenda_.begin()->first.at_ms > until_ms) return false;
  const auto next = agenda_.extract(agenda_.begin());
  now_ms_ = next.key().at_ms;
  next.mapped()();
  return true;
}

bool fake_world::run_until(const std::function<bool()>& done, std::uint64_t within_ms) {
  const std::uint64_t until_ms = now_ms_ + within_ms;
  while (!done()) {
    if (step(until_ms)) continue;
    now_ms_ = until_ms;
    return done();
  }
  return true;
}

void fake_world::run_for(std::uint64_t span_ms) {
  run_until([] { return false; }, span_ms);
}

}  // namespace uod::test
