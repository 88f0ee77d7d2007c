#include "protocol/password.hpp"
#include "tests/support/toy_server.hpp"

namespace uod::test {

std::optional<server_body> toy_server::answer_stranger(session& from, const client_body& asked) {
  if (const auto* ask = std::get_if<get_salt>(&asked)) {
    account* whose = by_name(ask->name);
    return whose ? salt{whose->salt, whose->argon2} : salt{bytes(salt_octets, 'm'), argon2_weakest};
  }
  if (const auto* ask = std::get_if<register_account>(&asked)) {
    account* whose = by_name(ask->name);
    if (whose != nullptr && whose->owner.id != ask->id) return failure{{errc::name_taken}};
    const bool premium = !ask->premium_code.empty();
    if (premium && ask->premium_code != premium_code) return failure{{errc::premium_code_invalid}};
    if (whose == nullptr) {
      whose = &accounts_.emplace_back();
      whose->owner = {ask->id, ask->name, ask->device.id, {}};
      whose->salt = ask->salt;
      whose->argon2 = ask->argon2;
      whose->auth_key = ask->auth_key;
      whose->shown.email = ask->email;
      whose->shown.premium = premium;
    }
    return enter(from, *whose, ask->device.id, true);
  }
  if (const auto* ask = std::get_if<log_in>(&asked)) {
    account* whose = by_name(ask->name);
    if (whose == nullptr || whose->auth_key != ask->auth_key) {
      return failure{{errc::wrong_credentials}};
    }
    return enter(from, *whose, ask->device.id, true);
  }
  if (const auto* ask = std::get_if<resume>(&asked)) {
    for (auto& each : accounts_) {
      const auto found = each.tokens.find(ask->device);
      if (found != each.tokens.end() && found->second == ask->token) {
        return enter(from, each, ask->device, false);
      }
    }
    return failure{{errc::wrong_credentials}};
  }
  if (const auto* ask = std::get_if<reset_password>(&asked)) {
    account* whose = by_name(ask->name);
    if (whose == nullptr || ask->code != mail_code) return failure{{errc::code_wrong}};
    whose->salt = ask->salt;
    whose->argon2 = ask->argon2;
    whose->auth_key = ask->auth_key;
    whose->identity.sealed_by_password.clear();
    whose->tokens.clear();
    return enter(from, *whose, ask->device.id, true);
  }
  if (std::holds_alternative<forgot_password>(asked)) return done{};
  if (const auto* ask = std::get_if<unlock_account>(&asked)) {
    if (ask->code != mail_code) return failure{{errc::code_wrong}};
    return done{};
  }
  return std::nullopt;
}

std::optional<server_body> toy_server::answer_account(session& from, const client_body& asked) {
  account& mine = *by_id(*from.who);
  if (std::holds_alternative<get_account>(asked)) return account_shown{describe(mine)};
  if (const auto* ask = std::get_if<change_password>(&asked)) {
    if (ask->auth_key != mine.auth_key && ask->new_auth_key != mine.auth_key) {
      return failure{{errc::wrong_credentials}};
    }
    const bool sealed = !mine.identity.public_key.empty();
    if (sealed && ask->sealed_by_password.empty()) {
      return failure{{errc::malformed, "sealed_by_password"}};
    }
    mine.salt = ask->salt;
    mine.argon2 = ask->argon2;
    mine.auth_key = ask->new_auth_key;
    if (sealed) mine.identity.sealed_by_password = ask->sealed_by_password;
    if (!ask->keep_devices) mine.tokens.clear();
    mine.tokens[*from.device] = ask->token;
    return done{};
  }
  if (std::holds_alternative<list_devices>(asked)) return devices_of(from);
  if (const auto* ask = std::get_if<revoke_device>(&asked)) {
    if (mine.tokens.erase(ask->device) == 0) return failure{{errc::no_such_device}};
    return done{};
  }
  if (const auto* ask = std::get_if<redeem_premium>(&asked)) {
    if (ask->code != premium_code) return failure{{errc::premium_code_invalid}};
    mine.shown.premium = true;
    return account_shown{describe(mine)};
  }
  if (const auto* ask = std::get_if<confirm_email>(&asked)) {
    if (ask->code != mail_code) return failure{{errc::code_wrong}};
    mine.shown.email_confirmed = true;
    return account_shown{describe(mine)};
  }
  if (const auto* ask = std::get_if<change_email>(&asked)) {
    if (ask->auth_key != mine.auth_key) return failure{{errc::wrong_credentials}};
    mine.shown.email = ask->email;
    return done{};
  }
  return std::nullopt;
}

devices_listed toy_server::devices_of(const session& from) {
  devices_listed listed;
  for (const auto& [id, token] : by_id(*from.who)->tokens) {
    listed.devices.push_back({id, "laptop", "192.0.2.7", 1'000, 2'000, id == *from.device});
  }
  return listed;
}

server_body toy_server::enter(session& from, account& whose, const device_id& device,
                              bool with_token) {
  from.who = whose.owner.id;
  from.device = device;
  logged_in entered{describe(whose), device, {}};
  if (with_token) {
    bytes& token = whose.tokens[device];
    if (token.empty()) token = random_bytes(token_octets);
    entered.token = token;
  }
  return entered;
}

account_info toy_server::describe(const account& whose) const {
  account_info shown = whose.shown;
  shown.id = whose.owner.id;
  shown.name = whose.owner.name;
  return shown;
}

bool toy_server::knows_token(const device_id& device) const {
  for (const auto& each : accounts_) {
    if (each.tokens.contains(device)) return true;
  }
  return false;
}

}  // namespace uod::test
