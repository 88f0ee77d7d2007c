#include "client/engine/sign_on.hpp"

#include "protocol/names.hpp"
#include "protocol/password.hpp"

namespace uod::client {
namespace {

/// A string that is overwritten when nobody needs it any more.
class secret {
 public:
  /// Takes the text and overwrites where it came from: moving a short string would leave a copy.
  explicit secret(std::string& from) : text_(from) { wipe(from); }
  ~secret() { wipe(text_); }
  secret(const secret&) = delete;
  secret& operator=(const secret&) = delete;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

struct sign_on::attempt {
  std::uint64_t number = 0;
  std::shared_ptr<secret> password;  // shared with the thread that stretches it
  device_info device;
  answer<logged_in> then;
  std::string name;

  bool registers = false;
  bool stretches = false;
  account_id account;  // only where it registers
  std::string email;
  bytes salt;
  argon2_parameters argon2;
};

void sign_on::refuse(error why, answer<logged_in> then) {
  host_.later([why = std::move(why), then = std::move(then)] { then(tl::unexpected(why)); });
}

sign_on::attempt_ptr sign_on::begin(std::string& password, std::string device_name,
                                    answer<logged_in> then) {
  auto made = std::make_shared<attempt>();
  made->number = ++last_number_;
  made->password = std::make_shared<secret>(password);
  made->device = {device_id(host_.new_id()), clean_device_name(device_name)};
  made->then = std::move(then);
  attempts_.emplace(made->number, made);
  return made;
}

void sign_on::register_account(std::string name, std::string email, std::string password,
                               std::string device_name, answer<logged_in> then) {
  const auto parsed_name = parse_name(name);
  const auto parsed_email = parse_email(email);
  const auto judged = check_new_password(password);
  if (!parsed_name || !parsed_email || !judged) {
    wipe(password);
    if (!parsed_name) return refuse(parsed_name.error(), std::move(then));
    if (!parsed_email) return refuse(parsed_email.error(), std::move(then));
    return refuse(judged.error(), std::move(then));
  }
  const auto who = begin(password, std::move(device_name), std::move(then));
  who->registers = true;
  who->account = account_id(host_.new_id());
  who->name = parsed_name->shown;
  who->email = parsed_email->shown;
  who->salt = random_bytes(salt_octets);
  if (host_.last_greeting()) stretch(who);
}

void sign_on::on_greeting() {
  const auto waiting = attempts_;
  for (const auto& [number, who] : waiting) {
    if (who->registers && !who->stretches) stretch(who);
  }
}

void sign_on::log_in(std::string name, std::string password, std::string device_name,
                     answer<logged_in> then) {
  const auto who = begin(password, std::move(device_name), std::move(then));
  who->name = std::move(name);
  host_.request_answer(get_salt{who->name}, [this, who](outcome<server_body> answered) {
    if (!answered) return finish(who, tl::unexpected(answered.error()));
    const auto& given = std::get<salt>(*answered);
    who->salt = given.value;
    who->argon2 = given.argon2;
    stretch(who);
  });
}

void sign_on::stretch(const attempt_ptr& who) {
  if (!attempts_.contains(who->number)) return;
  who->stretches = true;
  if (who->registers) who->argon2 = host_.last_greeting()->argon2;
  // The other thread gets copies: the attempt may be given up while it works.
  auto key = std::make_shared<outcome<bytes>>();
  auto work = [key, password = who->password, salt = who->salt, argon2 = who->argon2] {
    *key = derive_auth_key(password->text(), salt, argon2);
  };
  host_.aside(std::move(work), [this, key, who] { stretched(who, std::move(*key)); });
  who->password.reset();
}

void sign_on::stretched(const attempt_ptr& who, outcome<bytes> auth_key) {
  if (!attempts_.contains(who->number)) {
    if (auth_key) wipe(*auth_key);
    return;
  }
  if (!auth_key) return finish(who, tl::unexpected(auth_key.error()));
  client_body body;
  if (who->registers) {
    body = uod::register_account{who->account, who->name, who->email, who->salt,
                                 who->argon2,  *auth_key, who->device};
  } else {
    body = uod::log_in{who->name, *auth_key, who->device};
  }
  wipe(*auth_key);
  host_.request_answer(std::move(body), [this, who](outcome<server_body> answered) {
    if (!answered) return finish(who, tl::unexpected(answered.error()));
    finish(who, std::get<logged_in>(std::move(*answered)));
  });
}

void sign_on::finish(const attempt_ptr& who, outcome<logged_in> result) {
  if (attempts_.erase(who->number) == 0) return;  // was given up
  const auto then = std::move(who->then);
  then(std::move(result));
}

std::vector<answer<logged_in>> sign_on::give_up() {
  std::vector<answer<logged_in>> waiting;
  for (auto& [number, who] : attempts_) waiting.push_back(std::move(who->then));
  attempts_.clear();
  return waiting;
}

}  // namespace uod::client
