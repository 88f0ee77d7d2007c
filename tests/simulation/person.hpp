#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/engine/engine.hpp"
#include "tests/simulation/node.hpp"

namespace uod::simulation {

/// A person with a device: the real engine in the simulated world, and a memory of everything
/// that the server has promised or told.
class person final : private client::engine_listener, private client::runtime {
 public:
  person(virtual_time& time, std::shared_ptr<node> server, std::string name,
         std::string fingerprint, std::uint64_t link_delay_ms_max);
  ~person() override;

  void start_and_register(std::string premium_code = {});
  void start_and_log_in();
  /// Opens the chat and remembers it.
  void open_chat(const std::string& other);
  void send(std::string text);
  /// Tells everybody, as a premium member.
  void broadcast(std::string text);
  /// Sends a message again that was acknowledged before; the same acknowledgement must come.
  void send_again();

  /// The device's process is killed and started again with what it had kept.
  void restart();
  void cut_link();
  void silence_link();

  [[nodiscard]] bool known() const { return kept_.has_value(); }
  /// Logged in, and told where its stream of events stands.
  [[nodiscard]] bool placed() const { return known() && engine_->position().has_value(); }
  [[nodiscard]] bool has_chat() const { return chat_.has_value(); }
  [[nodiscard]] bool idle() const {
    return engine_->pending_requests() == 0 && unasked_.empty() && untold_.empty();
  }
  [[nodiscard]] bool connected() const { return engine_ && engine_->connected(); }
  [[nodiscard]] account_id account() const { return kept_->account; }
  [[nodiscard]] const std::optional<chat_info>& chat() const { return chat_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  struct acknowledged {
    std::string text;
    message_sent sent;
  };
  std::map<message_id, acknowledged> acks;
  std::vector<client::message_event> told;  ///< in the order of telling, over restarts
  std::vector<client::broadcast_event> heard;
  std::map<message_id, broadcast_sent> broadcast_acks;
  std::vector<std::string> faults;  ///< whatever must not happen

 private:
  class dialled;

  // engine_listener
  tls_trust trust_for(const client::endpoint&) override;
  bytes session_for(const client::endpoint&) override { return session_; }
  outcome<void> on_fingerprint(const client::endpoint&, const std::string&) override { return {}; }
  void on_session(const client::endpoint&, const bytes& session) override { session_ = session; }
  void on_message(const client::message_event& event) override;
  void on_broadcast(const client::broadcast_event& event) override;
  void on_end(const error& why) override;

  // runtime
  [[nodiscard]] std::uint64_t unix_ms() const override { return epoch_ms + time_.now_ms(); }
  [[nodiscard]] std::uint64_t steady_ms() const override { return time_.now_ms(); }
  std::uint64_t random() override { return time_.chance(); }
  std::unique_ptr<client::timer> after(std::uint64_t delay_ms, std::function<void()> act) override;
  std::unique_ptr<client::channel> dial(const client::endpoint&,
                                        client::channel_events& events) override;
  void run_aside(std::function<void()> work, std::function<void()> after) override;

  void make_engine();
  void take_login(const outcome<logged_in>& answer);
  void dispatch(const message_id& id, const std::string& text);
  void dispatch_broadcast(const message_id& id, const std::string& text);

  virtual_time& time_;
  std::shared_ptr<node> server_;
  std::string name_;
  std::string fingerprint_;
  std::uint64_t link_delay_ms_max_;
  bytes session_;
  std::optional<client::credentials> kept_;
  std::optional<chat_info> chat_;
  std::string other_;  ///< whom the chat is with, once it was asked for
  std::optional<std::uint64_t> cursor_;
  std::optional<std::uint64_t> home_cursor_;
  /// Sent and not acknowledged yet, in the order of sending.
  std::vector<std::pair<message_id, std::string>> unasked_;
  std::vector<std::pair<message_id, std::string>> untold_;  ///< the same of broadcasts
  std::weak_ptr<link> current_;
  std::vector<virtual_time::handle> aside_;
  std::unique_ptr<client::engine> engine_;
};

}  // namespace uod::simulation
