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

/// Whatever needs a password: registration, log-in, changing and setting it anew, changing the
/// address, and the keys that seal one's identity. What has to be asked, stretched and sent, in
/// order. Passwords and keys are overwritten as soon as they are used.
class sign_on {
 public:
  explicit sign_on(sign_on_host& host) : host_(host) {}

  void register_account(std::string name, std::string email, std::string password,
                        std::string device_name, answer<logged_in> then, std::string premium_code,
                        keys_wanted learn);
  void log_in(std::string name, std::string password, std::string device_name,
              answer<logged_in> then, std::optional<device_id> as, keys_wanted learn);
  void derive_keys(std::string password, answer<done> then, keys_wanted learn);
  void change_password(std::string present, std::string fresh, bool keep_devices, answer<done> then,
                       identity_resealer reseal);
  void change_email(std::string password, std::string address, answer<done> then);
  void reset_password(std::string name, std::string code, std::string password,
                      std::string device_name, answer<logged_in> then, keys_wanted learn);

  /// The server's wishes are known: new passwords that waited for them are stretched.
  void on_greeting();
  /// Takes out everybody who still waits.
  std::vector<answer<server_body>> give_up();

 private:
  struct attempt;
  using attempt_ptr = std::shared_ptr<attempt>;

  void refuse(error why, const answer<server_body>& then);
  attempt_ptr begin(answer<server_body> then);
  device_info new_device(std::string_view name);
  void go_on(const attempt_ptr& who);
  void ask_name(const attempt_ptr& who);
  void ask_salt(const attempt_ptr& who);
  void stretch(const attempt_ptr& who);
  struct stretched_keys;
  void stretched(const attempt_ptr& who, stretched_keys& made);
  void finish(const attempt_ptr& who, outcome<server_body> result);

  sign_on_host& host_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, attempt_ptr> attempts_;
};

}  // namespace uod::client
