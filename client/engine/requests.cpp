#include "client/engine/requests.hpp"

#include <type_traits>

#include "protocol/password.hpp"

namespace uod::client {
namespace {

/// What a request costs besides its texts: the struct, its place in the list, the callback.
constexpr std::size_t request_overhead_bytes = 128;

struct octets_of {
  std::size_t operator()(const send_message& body) const { return body.body.size(); }
  std::size_t operator()(const uod::register_account& body) const {
    return body.name.size() + body.email.size() + body.device.name.size() + body.salt.size() +
           body.auth_key.size() + body.premium_code.size();
  }
  std::size_t operator()(const uod::log_in& body) const {
    return body.name.size() + body.device.name.size() + body.auth_key.size();
  }
  std::size_t operator()(const send_broadcast& body) const { return body.body.size(); }
  std::size_t operator()(const uod::reset_password& body) const {
    return body.name.size() + body.code.size() + body.device.name.size() + body.auth_key.size();
  }
  std::size_t operator()(const uod::change_password& body) const {
    return body.auth_key.size() + body.salt.size() + body.new_auth_key.size() + body.token.size() +
           body.sealed_by_password.size();
  }
  std::size_t operator()(const put_identity& body) const {
    return body.auth_key.size() + body.public_key.size() + body.sealed_by_password.size() +
           body.sealed_by_recovery.size();
  }
  std::size_t operator()(const put_file_segment& body) const { return body.sealed.size(); }
  std::size_t operator()(const find_identity& body) const { return body.fingerprint.size(); }
  std::size_t operator()(const put_chat_key& body) const { return body.record.size(); }
  std::size_t operator()(const fetch_chat_keys& body) const {
    return body.epochs.size() * sizeof(epoch_id);
  }
  std::size_t operator()(const get_salt& body) const { return body.name.size(); }
  std::size_t operator()(const search_accounts& body) const {
    return body.text.size() + body.after.size();
  }
  std::size_t operator()(const add_contact& body) const { return body.name.size(); }
  std::size_t operator()(const remove_contact& body) const { return body.name.size(); }
  std::size_t operator()(const open_chat& body) const { return body.name.size(); }
  std::size_t operator()(const list_contacts& body) const { return body.after.size(); }
  std::size_t operator()(const list_chats& body) const { return body.after.size(); }
  std::size_t operator()(const auto&) const { return 0; }
};

struct lane_for {
  lane operator()(const hello&) const { return lane::control; }
  lane operator()(const goodbye&) const { return lane::control; }
  lane operator()(const ping&) const { return lane::control; }
  lane operator()(const pong&) const { return lane::control; }
  lane operator()(const resume&) const { return lane::control; }
  lane operator()(const uod::register_account&) const { return lane::control; }
  lane operator()(const uod::log_in&) const { return lane::control; }
  lane operator()(const uod::reset_password&) const { return lane::control; }
  lane operator()(const unlock_account&) const { return lane::control; }
  lane operator()(const fetch_home&) const { return lane::bulk; }
  lane operator()(const fetch_history&) const { return lane::bulk; }
  lane operator()(const list_contacts&) const { return lane::bulk; }
  lane operator()(const list_chats&) const { return lane::bulk; }
  lane operator()(const search_accounts&) const { return lane::bulk; }
  lane operator()(const begin_file&) const { return lane::bulk; }
  lane operator()(const put_file_segment&) const { return lane::bulk; }
  lane operator()(const fetch_file_segment&) const { return lane::bulk; }
  lane operator()(const auto&) const { return lane::chat; }
};

/// The one kind of answer to each kind of request; `void` where there is none, and for what the
/// connection itself asks and judges.
template <class Asked>
struct answer_to {
  using type = void;
};
#define UOD_ANSWER(asked, answered) \
  template <>                       \
  struct answer_to<asked> {         \
    using type = answered;          \
  }
UOD_ANSWER(get_salt, salt);
UOD_ANSWER(uod::register_account, logged_in);
UOD_ANSWER(uod::log_in, logged_in);
UOD_ANSWER(log_out, done);
UOD_ANSWER(search_accounts, accounts_found);
UOD_ANSWER(add_contact, contact_added);
UOD_ANSWER(remove_contact, done);
UOD_ANSWER(list_contacts, contacts_listed);
UOD_ANSWER(open_chat, chat_opened);
UOD_ANSWER(list_chats, chats_listed);
UOD_ANSWER(send_message, message_sent);
UOD_ANSWER(fetch_history, history);
UOD_ANSWER(mark_chat, done);
UOD_ANSWER(get_account, account_shown);
UOD_ANSWER(list_devices, devices_listed);
UOD_ANSWER(revoke_device, done);
UOD_ANSWER(redeem_premium, account_shown);
UOD_ANSWER(send_broadcast, broadcast_sent);
UOD_ANSWER(fetch_home, home);
UOD_ANSWER(confirm_email, account_shown);
UOD_ANSWER(send_email_code, done);
UOD_ANSWER(change_email, done);
UOD_ANSWER(uod::change_password, done);
UOD_ANSWER(forgot_password, done);
UOD_ANSWER(uod::reset_password, logged_in);
UOD_ANSWER(unlock_account, done);
UOD_ANSWER(put_identity, done);
UOD_ANSWER(get_identity, identity_shown);
UOD_ANSWER(find_identity, identity_found);
UOD_ANSWER(put_chat_key, done);
UOD_ANSWER(fetch_chat_keys, chat_keys);
UOD_ANSWER(begin_file, file_begun);
UOD_ANSWER(put_file_segment, done);
UOD_ANSWER(fetch_file_segment, file_segment);
#undef UOD_ANSWER

template <class Asked>
bool fits(const Asked& asked, const server_body& answered) {
  using wanted = typename answer_to<Asked>::type;
  if constexpr (std::is_void_v<wanted>) {
    return false;
  } else {
    const auto* given = std::get_if<wanted>(&answered);
    if (given == nullptr) return false;
    if constexpr (std::is_same_v<Asked, send_message> || std::is_same_v<Asked, send_broadcast>) {
      return given->id == asked.id;
    }
    // Another account's key, taken for this one's, would be sealed for.
    if constexpr (std::is_same_v<Asked, find_identity>) return given->account == asked.account;
    if constexpr (std::is_same_v<Asked, fetch_chat_keys>) {
      return given->records.size() <= asked.epochs.size();
    }
    // A log-in without a token would be forgotten with the connection.
    if constexpr (std::is_same_v<wanted, logged_in>) return given->token.size() == token_octets;
    return true;
  }
}

}  // namespace

lane lane_of(const client_body& body) { return std::visit(lane_for{}, body); }

bool is_answer(const client_body& asked, const server_body& answered) {
  if (std::holds_alternative<failure>(answered)) return true;
  return std::visit([&](const auto& body) { return fits(body, answered); }, asked);
}

bool is_done_already(const client_body& asked, errc refusal) {
  return (std::holds_alternative<remove_contact>(asked) && refusal == errc::no_such_contact) ||
         (std::holds_alternative<revoke_device>(asked) && refusal == errc::no_such_device);
}

void wipe_secrets(client_body& body) {
  if (auto* registering = std::get_if<uod::register_account>(&body)) {
    wipe(registering->auth_key);
    wipe(registering->premium_code);
  }
  if (auto* logging_in = std::get_if<uod::log_in>(&body)) wipe(logging_in->auth_key);
  if (auto* resuming = std::get_if<resume>(&body)) wipe(resuming->token);
  if (auto* changing = std::get_if<uod::change_email>(&body)) wipe(changing->auth_key);
  if (auto* changing = std::get_if<uod::change_password>(&body)) {
    wipe(changing->auth_key);
    wipe(changing->new_auth_key);
    wipe(changing->token);
  }
  if (auto* putting = std::get_if<put_identity>(&body)) wipe(putting->auth_key);
  if (auto* resetting = std::get_if<uod::reset_password>(&body)) {
    wipe(resetting->code);
    wipe(resetting->auth_key);
  }
  if (auto* unlocking = std::get_if<unlock_account>(&body)) wipe(unlocking->code);
  if (auto* confirming = std::get_if<confirm_email>(&body)) wipe(confirming->code);
  if (auto* redeeming = std::get_if<redeem_premium>(&body)) wipe(redeeming->code);
}

requests::~requests() {
  for (auto& kept : kept_) wipe_secrets(kept.body);
}

outcome<void> requests::add(request&& made) {
  const std::size_t cost = request_overhead_bytes + std::visit(octets_of{}, made.body);
  if (cost > bytes_max_) {
    return fail(errc::too_large, "more than " + std::to_string(bytes_max_) + " octets to send");
  }
  if (bytes_ + cost > bytes_max_) {
    return fail(errc::overloaded, "too much waits to be sent; wait for answers");
  }
  made.cost_bytes = cost;
  bytes_ += cost;
  kept_.push_back(std::move(made));
  if (unsent_ == kept_.end()) unsent_ = std::prev(kept_.end());
  return {};
}

const request* requests::next() const { return unsent_ == kept_.end() ? nullptr : &*unsent_; }

void requests::note_sent(std::uint32_t id) {
  sent_.emplace(id, unsent_);
  ++unsent_;
}

request requests::take_next() { return take_out(unsent_++); }

const request* requests::find(std::uint32_t id) const {
  const auto found = sent_.find(id);
  return found == sent_.end() ? nullptr : &*found->second;
}

request requests::take(std::uint32_t id) {
  const auto found = sent_.find(id);
  const place at = found->second;
  sent_.erase(found);
  return take_out(at);
}

request requests::take_out(place at) {
  request taken = std::move(*at);
  bytes_ -= taken.cost_bytes;
  kept_.erase(at);
  return taken;
}

void requests::connection_lost() {
  sent_.clear();
  for (place at = kept_.begin(); at != unsent_; ++at) at->repeated = true;
  unsent_ = kept_.begin();
  // Nobody waits for these: nothing is gained by sending them again.
  while (unsent_ != kept_.end()) {
    const place at = unsent_++;
    if (!at->then) take_out(at);
  }
  unsent_ = kept_.begin();
}

std::vector<request> requests::give_up(bool keep_marks) {
  std::vector<request> given_up;
  bool sent = true;
  for (place at = kept_.begin(); at != kept_.end();) {
    if (at == unsent_) sent = false;
    const place here = at++;
    if (!here->then || (keep_marks && here->is_mark)) continue;
    if (sent) {
      given_up.push_back({here->body, std::move(here->then), 0, here->is_mark, here->repeated});
      here->then = nullptr;
      continue;
    }
    if (here == unsent_) unsent_ = at;
    given_up.push_back(take_out(here));
  }
  return given_up;
}

}  // namespace uod::client
