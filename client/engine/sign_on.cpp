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

/// What a request is made with. A key is empty where there was no password; both authentication
/// keys are overwritten by whoever calls.
struct keys {
  bytes present;
  bytes fresh;
  bytes_view fresh_vault;
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
  keys_wanted learn;     // where the keys go: those of the new password, or else of the present one
  /// Makes the request; `fresh` tells the salt and settings that were used. None: only the keys
  /// were wanted.
  std::function<outcome<client_body>(const keys&, const stretching& fresh)> request;
};

struct sign_on::stretched_keys {
  outcome<password_keys> present;
  outcome<password_keys> fresh;
};

// ---------------------------------------------------------------------------------- what is asked

void sign_on::register_account(std::string name, std::string email, std::string password,
                               std::string device_name, answer<logged_in> then,
                               std::string premium_code, keys_wanted learn) {
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
  who->learn = std::move(learn);
  who->fresh = to_stretch(password);
  who->request = [account = account_id(host_.new_id()), name = parsed_name->shown,
                  email = parsed_email->shown, device = new_device(device_name),
                  code = std::make_shared<secret>(premium_code)](
                     const keys& with, const stretching& fresh) -> outcome<client_body> {
    return uod::register_account{account,      name,       email,  fresh.salt,
                                 fresh.argon2, with.fresh, device, code->text()};
  };
  go_on(who);
}

void sign_on::log_in(std::string name, std::string password, std::string device_name,
                     answer<logged_in> then, std::optional<device_id> as, keys_wanted learn) {
  const auto who = begin(typed(std::move(then)));
  who->learn = std::move(learn);
  who->name = name;
  who->present = to_stretch(password);
  auto device = new_device(device_name);
  if (as) device.id = *as;
  who->request = [name = std::move(name), device = std::move(device)](
                     const keys& with, const stretching&) -> outcome<client_body> {
    return uod::log_in{name, with.present, device};
  };
  ask_salt(who);
}

void sign_on::derive_keys(std::string password, answer<done> then, keys_wanted learn) {
  const auto who = begin(typed(std::move(then)));
  who->learn = std::move(learn);
  who->present = to_stretch(password);
  ask_name(who);
}

void sign_on::change_password(std::string present, std::string fresh, bool keep_devices,
                              answer<done> then, identity_resealer reseal) {
  if (const auto judged = check_new_password(fresh); !judged) {
    wipe(present);
    wipe(fresh);
    return refuse(judged.error(), typed(std::move(then)));
  }
  const auto who = begin(typed(std::move(then)));
  who->present = to_stretch(present);
  who->fresh = to_stretch(fresh);
  // The token is made once: the same request may go out twice.
  who->request = [keep_devices, reseal = std::move(reseal)](
                     const keys& with, const stretching& made) -> outcome<client_body> {
    uod::change_password wanted{with.present, made.salt,    made.argon2,
                                with.fresh,   keep_devices, random_bytes(token_octets)};
    if (reseal) {
      auto sealed = reseal(with.fresh_vault);
      if (!sealed) return tl::unexpected(sealed.error());
      wanted.sealed_by_password = std::move(*sealed);
    }
    return wanted;
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
  who->request = [address = parsed->shown](const keys& with,
                                           const stretching&) -> outcome<client_body> {
    return uod::change_email{with.present, address};
  };
  ask_name(who);
}

void sign_on::reset_password(std::string name, std::string code, std::string password,
                             std::string device_name, answer<logged_in> then, keys_wanted learn) {
  if (const auto judged = check_new_password(password); !judged) {
    wipe(code);
    wipe(password);
    return refuse(judged.error(), typed(std::move(then)));
  }
  const auto who = begin(typed(std::move(then)));
  who->learn = std::move(learn);
  who->fresh = to_stretch(password);
  who->request = [name = std::move(name), code = std::make_shared<secret>(code),
                  device = new_device(device_name)](
                     const keys& with, const stretching& fresh) -> outcome<client_body> {
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
  const auto made = std::make_shared<stretched_keys>();
  // The other thread gets copies: the attempt may be given up while it works.
  auto work = [made, present = who->present, fresh = who->fresh] {
    const auto derive = [](const stretching& from, outcome<password_keys>& keys) {
      if (!from.password) return;
      keys = derive_password_keys(from.password->text(), from.salt, from.argon2);
    };
    derive(present, made->present);
    if (made->present) derive(fresh, made->fresh);
  };
  host_.aside(std::move(work), [this, made, who] { stretched(who, *made); });
  who->present.password.reset();
  who->fresh.password.reset();
}

void sign_on::stretched(const attempt_ptr& who, stretched_keys& made) {
  if (!made.present) return finish(who, tl::unexpected(made.present.error()));
  if (!made.fresh) return finish(who, tl::unexpected(made.fresh.error()));
  if (!attempts_.contains(who->number)) return;  // was given up
  keys with{bytes(made.present->auth_key.view()), bytes(made.fresh->auth_key.view()),
            made.fresh->vault_key.view()};
  auto body = who->request ? who->request(with, who->fresh) : outcome<client_body>{};
  wipe(with.present);
  wipe(with.fresh);
  if (who->learn) {
    const bool is_new = !made.fresh->auth_key.empty();
    *who->learn = std::move(is_new ? *made.fresh : *made.present);
  }
  if (!body) return finish(who, tl::unexpected(body.error()));
  if (!who->request) return finish(who, server_body{done{}});
  who->request = nullptr;
  host_.request_answer(std::move(*body), [this, who](outcome<server_body> answered) {
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
