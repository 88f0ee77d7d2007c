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

/// A password, and how it becomes a key.
struct stretching {
  std::shared_ptr<secret> password;  // shared with the thread that stretches it; none: no key
  bytes salt;
  argon2_parameters argon2;
  bool ready = false;  // salt and settings are known
};

stretching to_stretch(std::string& password) {
  stretching made;
  made.password = std::make_shared<secret>(password);
  return made;
}

/// A key is empty where there was no password; both are overwritten by whoever calls.
struct keys {
  bytes present;
  bytes fresh;
};

/// Callers want the one kind of answer that belongs to their request; the engine lets no other in.
template <class Reply>
answer<server_body> typed(answer<Reply> then) {
  return [then = std::move(then)](outcome<server_body> answered) {
    if (!answered) return then(tl::unexpected(answered.error()));
    then(std::get<Reply>(std::move(*answered)));
  };
}

}  // namespace

struct sign_on::attempt {
  std::uint64_t number = 0;
  answer<server_body> then;
  std::string name;      // whose salt is asked for; empty until the server has told one's own
  stretching present;    // the password as it is, with the salt that the server has
  stretching fresh;      // a new one, with a salt of ours and the settings of the welcome
  bool started = false;  // the stretching is under way or over
  /// Makes the request; `fresh` tells the salt and settings that were used.
  std::function<client_body(const keys&, const stretching& fresh)> request;
};

// ---------------------------------------------------------------------------------- what is asked

void sign_on::register_account(std::string name, std::string email, std::string password,
                               std::string device_name, answer<logged_in> then,
                               std::string premium_code) {
  const auto parsed_name = parse_name(name);
  const auto parsed_email = parse_email(email);
  const auto judged = check_new_password(password);
  if (!parsed_name || !parsed_email || !judged) {
    wipe(password);
    wipe(premium_code);
    if (!parsed_name) return refuse(parsed_name.error(), typed(std::move(then)));
    if (!parsed_email) return refuse(parsed_email.error(), typed(std::move(then)));
    return refuse(judged.error(), typed(std::move(then)));
  }
  const auto who = begin(typed(std::move(then)));
  who->fresh = to_stretch(password);
  who->request = [account = account_id(host_.new_id()), name = parsed_name->shown,
                  email = parsed_email->shown, device = new_device(device_name),
                  code = std::make_shared<secret>(premium_code)](const keys& with,
                                                                 const stretching& fresh) {
    return uod::register_account{account,      name,       email,  fresh.salt,
                                 fresh.argon2, with.fresh, device, code->text()};
  };
  go_on(who);
}

void sign_on::log_in(std::string name, std::string password, std::string device_name,
                     answer<logged_in> then, std::optional<device_id> as) {
  const auto who = begin(typed(std::move(then)));
  who->name = name;
  who->present = to_stretch(password);
  auto device = new_device(device_name);
  if (as) device.id = *as;
  who->request = [name = std::move(name), device = std::move(device)](const keys& with,
                                                                      const stretching&) {
    return uod::log_in{name, with.present, device};
  };
  ask_salt(who);
}

void sign_on::change_password(std::string present, std::string fresh, bool keep_devices,
                              answer<done> then) {
  if (const auto judged = check_new_password(fresh); !judged) {
    wipe(present);
    wipe(fresh);
    return refuse(judged.error(), typed(std::move(then)));
  }
  const auto who = begin(typed(std::move(then)));
  who->present = to_stretch(present);
  who->fresh = to_stretch(fresh);
  who->request = [keep_devices](const keys& with, const stretching& made) {
    return uod::change_password{with.present, made.salt, made.argon2, with.fresh, keep_devices};
  };
  ask_name(who);
}

void sign_on::change_email(std::string password, std::string address, answer<done> then) {
  const auto parsed = parse_email(address);
  if (!parsed) {
    wipe(password);
    return refuse(parsed.error(), typed(std::move(then)));
  }
  const auto who = begin(typed(std::move(then)));
  who->present = to_stretch(password);
  who->request = [address = parsed->shown](const keys& with, const stretching&) {
    return uod::change_email{with.present, address};
  };
  ask_name(who);
}

void sign_on::reset_password(std::string name, std::string code, std::string password,
                             std::string device_name, answer<logged_in> then) {
  if (const auto judged = check_new_password(password); !judged) {
    wipe(code);
    wipe(password);
    return refuse(judged.error(), typed(std::move(then)));
  }
  const auto who = begin(typed(std::move(then)));
  who->fresh = to_stretch(password);
  who->request = [name = std::move(name), code = std::make_shared<secret>(code),
                  device = new_device(device_name)](const keys& with, const stretching& fresh) {
    return uod::reset_password{name, code->text(), fresh.salt, fresh.argon2, with.fresh, device};
  };
  go_on(who);
}

// ------------------------------------------------------------------------------------- in order

void sign_on::refuse(error why, const answer<server_body>& then) {
  host_.later([why = std::move(why), then] { then(tl::unexpected(why)); });
}

sign_on::attempt_ptr sign_on::begin(answer<server_body> then) {
  auto made = std::make_shared<attempt>();
  made->number = ++last_number_;
  made->then = std::move(then);
  attempts_.emplace(made->number, made);
  return made;
}

device_info sign_on::new_device(std::string_view name) {
  return {device_id(host_.new_id()), clean_device_name(name)};
}

/// Salts are kept with names, and who is logged in by token need not know the own one.
void sign_on::ask_name(const attempt_ptr& who) {
  host_.request_answer(get_account{}, [this, who](outcome<server_body> answered) {
    if (!answered) return finish(who, tl::unexpected(answered.error()));
    who->name = std::get<account_shown>(*answered).account.name;
    ask_salt(who);
  });
}

void sign_on::ask_salt(const attempt_ptr& who) {
  host_.request_answer(get_salt{who->name}, [this, who](outcome<server_body> answered) {
    if (!answered) return finish(who, tl::unexpected(answered.error()));
    const auto& given = std::get<salt>(*answered);
    who->present.salt = given.value;
    who->present.argon2 = given.argon2;
    who->present.ready = true;
    go_on(who);
  });
}

void sign_on::on_greeting() {
  const auto waiting = attempts_;
  for (const auto& [number, who] : waiting) go_on(who);
}

/// Stretches as soon as everything for it is known.
void sign_on::go_on(const attempt_ptr& who) {
  if (who->started || !attempts_.contains(who->number)) return;
  if (who->present.password && !who->present.ready) return;
  if (who->fresh.password) {
    if (!host_.last_greeting()) return;
    who->fresh.salt = random_bytes(salt_octets);
    who->fresh.argon2 = host_.last_greeting()->argon2;
  }
  who->started = true;
  stretch(who);
}

void sign_on::stretch(const attempt_ptr& who) {
  struct results {
    outcome<bytes> present;
    outcome<bytes> fresh;
  };
  const auto made = std::make_shared<results>();
  // The other thread gets copies: the attempt may be given up while it works.
  auto work = [made, present = who->present, fresh = who->fresh] {
    const auto derive = [](const stretching& from, outcome<bytes>& key) {
      if (from.password) key = derive_auth_key(from.password->text(), from.salt, from.argon2);
    };
    derive(present, made->present);
    if (made->present) derive(fresh, made->fresh);
  };
  host_.aside(std::move(work), [this, made, who] { stretched(who, made->present, made->fresh); });
  who->present.password.reset();
  who->fresh.password.reset();
}

void sign_on::stretched(const attempt_ptr& who, outcome<bytes>& present, outcome<bytes>& fresh) {
  keys with{present.value_or(bytes{}), fresh.value_or(bytes{})};
  if (present) wipe(*present);
  if (fresh) wipe(*fresh);
  const auto forget = [&with] {
    wipe(with.present);
    wipe(with.fresh);
  };
  if (!attempts_.contains(who->number) || !present || !fresh) {
    forget();
    if (!present) return finish(who, tl::unexpected(present.error()));
    if (!fresh) return finish(who, tl::unexpected(fresh.error()));
    return;  // was given up
  }
  auto body = who->request(with, who->fresh);
  forget();
  who->request = nullptr;
  host_.request_answer(std::move(body), [this, who](outcome<server_body> answered) {
    finish(who, std::move(answered));
  });
}

void sign_on::finish(const attempt_ptr& who, outcome<server_body> result) {
  if (attempts_.erase(who->number) == 0) return;  // was given up
  const auto then = std::move(who->then);
  then(std::move(result));
}

std::vector<answer<server_body>> sign_on::give_up() {
  std::vector<answer<server_body>> waiting;
  for (auto& [number, who] : attempts_) waiting.push_back(std::move(who->then));
  attempts_.clear();
  return waiting;
}

}  // namespace uod::client
