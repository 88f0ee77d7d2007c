#pragma once

#include <map>
#include <memory>

#include "client/engine/engine.hpp"

namespace uod::client {

/// What `sign_on` needs of the engine around it.
class sign_on_host {
 public:
  virtual ~sign_on_host() = default;
  [[nodiscard]] virtual const std::optional<welcome>& last_greeting() const = 0;
  virtual void request_answer(client_body body, answer<server_body> then) = 0;
  virtual uuid new_id() = 0;
  /// `runtime::run_aside`, whose `after` is dropped when the engine is gone.
  virtual void aside(std::function<void()> work, std::function<void()> after) = 0;
  /// Calls from the loop, not from within the caller.
  virtual void later(std::function<void()> act) = 0;
};

/// Registration and log-in with a password: what has to be asked, stretched and sent, in order.
/// Passwords and keys are overwritten as soon as they are used.
class sign_on {
 public:
  explicit sign_on(sign_on_host& host) : host_(host) {}

  void register_account(std::string name, std::string email, std::string password,
                        std::string device_name, answer<logged_in> then);
  void log_in(std::string name, std::string password, std::string device_name,
              answer<logged_in> then);

  /// The server's wishes are known: registrations that waited for them go on.
  void on_greeting();
  /// Takes out everybody who still waits.
  std::vector<answer<logged_in>> give_up();

 private:
  struct attempt;
  using attempt_ptr = std::shared_ptr<attempt>;

  void refuse(error why, answer<logged_in> then);
  attempt_ptr begin(std::string& password, std::string device_name, answer<logged_in> then);
  void stretch(const attempt_ptr& who);
  void stretched(const attempt_ptr& who, outcome<bytes> auth_key);
  void finish(const attempt_ptr& who, outcome<logged_in> result);

  sign_on_host& host_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, attempt_ptr> attempts_;
};

}  // namespace uod::client
