#include "tests/simulation/person.hpp"

namespace uod::simulation {
namespace {

class planned_timer final : public client::timer {
 public:
  explicit planned_timer(virtual_time::handle planned) : planned_(std::move(planned)) {}

 private:
  virtual_time::handle planned_;
};

constexpr const char* password = "correct horse battery";

}  // namespace

/// The client's end of a simulated link, as the engine's channel.
class person::dialled final : public client::channel, public link_end {
 public:
  dialled(person& owner, client::channel_events& events)
      : link_(std::make_shared<link>(owner.time_, owner.link_delay_ms_max_)), events_(events) {
    link_->attach(link::client, this);
    owner.current_ = link_;
    opening_ = owner.time_.plan(owner.time_.between(0, owner.link_delay_ms_max_),
                                [this, server = owner.server_] { open(*server); });
  }
  ~dialled() override {
    if (!lost_) link_->close(link::client);
  }

  void send(bytes octets) override { link_->send(link::client, std::move(octets)); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return link_->unsent(link::client); }

  void on_arrived(bytes_view octets) override { events_.on_bytes(octets); }
  void on_all_left() override { events_.on_drained(); }
  void on_lost() override {
    lost_ = true;
    link_->detach(link::client);
    events_.on_closed(error{errc::link_closed, "lost"});
  }

 private:
  void open(node& server) {
    if (!server.running()) {
      lost_ = true;
      link_->detach(link::client);
      return events_.on_closed(error{errc::server_unreachable, "refused"});
    }
    server.accept(link_);
    events_.on_open();
  }

  std::shared_ptr<link> link_;
  client::channel_events& events_;
  virtual_time::handle opening_;
  bool lost_ = false;
};

person::person(virtual_time& time, std::shared_ptr<node> server, std::string name,
               std::string fingerprint, std::uint64_t link_delay_ms_max)
    : time_(time),
      server_(std::move(server)),
      name_(std::move(name)),
      fingerprint_(std::move(fingerprint)),
      link_delay_ms_max_(link_delay_ms_max) {
  make_engine();
}

person::~person() = default;

void person::make_engine() {
  client::engine_options options;
  options.servers = {{"node", 7400}};
  client::runtime& world = *this;
  client::engine_listener& listener = *this;
  engine_ = std::make_unique<client::engine>(options, world, listener);
}

tls_trust person::trust_for(const client::endpoint&) {
  tls_trust trust;
  trust.fingerprint = fingerprint_;
  return trust;
}

std::unique_ptr<client::timer> person::after(std::uint64_t delay_ms, std::function<void()> act) {
  return std::make_unique<planned_timer>(time_.plan(delay_ms, std::move(act)));
}

std::unique_ptr<client::channel> person::dial(const client::endpoint&,
                                              client::channel_events& events) {
  return std::make_unique<dialled>(*this, events);
}

void person::run_aside(std::function<void()> work, std::function<void()> after) {
  work();
  aside_.push_back(time_.plan(time_.between(50, 500), std::move(after)));
}

void person::take_login(const outcome<logged_in>& answer) {
  if (!answer) {
    faults.push_back(name_ + " could not log in: " + to_text(answer.error()));
    return;
  }
  kept_ = client::credentials{answer->account.id, answer->device, answer->token};
}

void person::start_and_register(std::string premium_code) {
  engine_->start();
  engine_->subscribe({});
  engine_->register_account(
      name_, name_ + "@example.org", password, "phone",
      [this](const outcome<logged_in>& answer) { take_login(answer); }, std::move(premium_code));
}

void person::start_and_log_in() {
  engine_->start();
  engine_->subscribe(0, 0);
  engine_->log_in(name_, password, "tablet",
                  [this](const outcome<logged_in>& answer) { take_login(answer); });
}

void person::open_chat(const std::string& other) {
  other_ = other;
  engine_->ask_for<chat_opened>(uod::open_chat{other}, [this](outcome<chat_opened> answer) {
    if (answer) {
      chat_ = answer->chat;
    } else if (answer.error().code != errc::link_closed) {
      faults.push_back(name_ + " could not open the chat: " + to_text(answer.error()));
    }
  });
}

void person::send(std::string text) {
  const message_id id = engine_->make_message_id();
  unasked_.emplace_back(id, text);
  dispatch(id, text);
}

void person::dispatch(const message_id& id, const std::string& text) {
  engine_->send_text(
      chat_->id, text,
      [this, id, text](outcome<message_sent> answer) {
        if (!answer) {
          if (answer.error().code != errc::link_closed) {
            faults.push_back(name_ + ": '" + text + "' was refused: " + to_text(answer.error()));
          }
          return;
        }
        std::erase_if(unasked_, [&](const auto& each) { return each.first == id; });
        const auto [at, fresh] = acks.try_emplace(id, acknowledged{text, *answer});
        if (!fresh && !(at->second.sent == *answer)) {
          faults.push_back(name_ + ": '" + text + "' was acknowledged twice, differently");
        }
      },
      id);
}

void person::broadcast(std::string text) {
  const message_id id = engine_->make_message_id();
  untold_.emplace_back(id, text);
  dispatch_broadcast(id, text);
}

void person::dispatch_broadcast(const message_id& id, const std::string& text) {
  engine_->send_broadcast(
      text,
      [this, id, text](const outcome<broadcast_sent>& answer) {
        if (!answer) {
          if (answer.error().code != errc::link_closed) {
            faults.push_back(name_ + ": '" + text + "' was refused: " + to_text(answer.error()));
          }
          return;
        }
        std::erase_if(untold_, [&](const auto& each) { return each.first == id; });
        const auto [at, fresh] = broadcast_acks.try_emplace(id, *answer);
        if (!fresh && !(at->second == *answer)) {
          faults.push_back(name_ + ": '" + text + "' was acknowledged twice, differently");
        }
      },
      id);
}

void person::send_again() {
  if (acks.empty()) return;
  auto any = acks.begin();
  std::advance(any, static_cast<std::ptrdiff_t>(time_.between(0, acks.size() - 1)));
  dispatch(any->first, any->second.text);
}

void person::restart() {
  if (!known()) return;
  if (const auto position = engine_->position()) cursor_ = position;
  if (const auto home = engine_->home_position()) home_cursor_ = home;
  engine_.reset();
  aside_.clear();
  make_engine();
  engine_->use(*kept_);
  engine_->subscribe(cursor_, home_cursor_);
  engine_->start();
  if (!chat_ && !other_.empty()) open_chat(other_);
  // As a client that keeps its outbox would: the same ids again.
  const auto again = unasked_;
  for (const auto& [id, text] : again) dispatch(id, text);
  const auto told_again = untold_;
  for (const auto& [id, text] : told_again) dispatch_broadcast(id, text);
}

void person::cut_link() {
  if (const auto now = current_.lock()) now->cut();
}

void person::silence_link() {
  if (const auto now = current_.lock()) now->fall_silent();
}

void person::on_message(const client::message_event& event) {
  if (!told.empty() && told.back().stored.position >= event.stored.position) {
    faults.push_back(name_ + " was told of " + event.stored.body + " out of order");
  }
  told.push_back(event);
  cursor_ = event.stored.position;
}

void person::on_broadcast(const client::broadcast_event& event) {
  if (!heard.empty() && heard.back().stored.seq >= event.stored.seq) {
    faults.push_back(name_ + " heard '" + event.stored.body + "' out of order");
  }
  heard.push_back(event);
  home_cursor_ = event.stored.seq;
}

void person::on_end(const error& why) {
  faults.push_back(name_ + "'s engine gave up: " + to_text(why));
}

}  // namespace uod::simulation
