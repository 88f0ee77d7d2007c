#include "tests/support/toy_server.hpp"

#include <algorithm>
#include <stdexcept>

#include "protocol/codec.hpp"
#include "protocol/password.hpp"

namespace uod::test {
namespace {

constexpr std::size_t frame_bytes_max = 8 * 1024 * 1024;

tls_identity make_identity() {
  auto made = make_tls_identity(key_kind::ec_p256, "test", 1'700'000'000);
  if (!made) throw std::runtime_error(to_text(made.error()));
  return *made;
}

tls_context make_context(const tls_identity& identity) {
  // Each identity has ticket keys of its own: only its own server takes up its sessions.
  bytes ticket_key;
  while (ticket_key.size() < ticket_key_octets)
    ticket_key += stored_token(identity.private_key_pem);
  ticket_key.resize(ticket_key_octets);
  auto made = tls_context::server(identity, ticket_key);
  if (!made) throw std::runtime_error(to_text(made.error()));
  return std::move(*made);
}

/// An id that is the same in every run.
template <class Id>
Id numbered(std::uint8_t kind, std::uint64_t number) {
  Id id;
  id.octets[0] = kind;
  for (std::size_t at = 0; at < 8; ++at) {
    id.octets[15 - at] = static_cast<std::uint8_t>(number >> (8 * at));
  }
  return id;
}

}  // namespace

const tls_identity& alice_and_bobs_server() {
  static const tls_identity identity = make_identity();
  return identity;
}

const tls_identity& mallorys_server() {
  static const tls_identity identity = make_identity();
  return identity;
}

toy_server::toy_server(fake_world& world, client::endpoint where, const tls_identity& identity)
    : world_(world), where_(std::move(where)), context_(make_context(identity)) {
  open();
}

toy_server::~toy_server() { shut(); }

void toy_server::open() {
  world_.listen(where_, [this](std::shared_ptr<server_end> end) { accept(std::move(end)); });
}

void toy_server::shut() {
  world_.refuse(where_);
  for (auto& each : sessions_) drop(each);
}

void toy_server::accept(std::shared_ptr<server_end> end) {
  session& made = sessions_.emplace_back();
  made.number = ++last_session_;
  made.end = std::move(end);
  made.link = std::make_unique<wire>(context_, link_side::server, frame_bytes_max);
  made.end->on_bytes = [this, &made](bytes_view octets) { take_bytes(made, octets); };
  made.end->on_closed = [&made] { made.over = true; };
}

void toy_server::drop(session& which) {
  if (which.over) return;
  which.over = true;
  which.end->on_bytes = nullptr;
  which.end->on_closed = nullptr;
  which.end->close();
}

void toy_server::take_bytes(session& from, bytes_view octets) {
  struct collector final : frame_sink {
    void on_frame(bytes_view payload) override { frames.emplace_back(payload); }
    void on_replay(const frame_id&) override { ++replays; }
    std::vector<bytes> frames;
    std::size_t replays = 0;
  } arrived;
  if (from.over) return;
  bytes output;
  const bool stood = from.link->established();
  const auto taken = from.link->receive(octets, arrived, output);
  if (!output.empty()) from.end->send(std::move(output));
  if (!taken) return drop(from);
  if (!stood && from.link->established() && from.link->link().resumed()) ++resumed_links;
  replays += arrived.replays;
  for (const auto& payload : arrived.frames) {
    if (from.over) return;
    const auto message = decode_client_message(payload);
    if (!message) return drop(from);
    heard.push_back(*message);
    from.heard.push_back(*message);
    if (intercept && intercept(from, *message)) continue;
    take(from, *message);
  }
  if (from.over) return;
  flush(from);
  if (from.link->peer_closed()) drop(from);
}

void toy_server::flush(session& to) {
  bytes output;
  if (to.link->pump(output, SIZE_MAX) && !output.empty()) to.end->send(std::move(output));
}

void toy_server::say(session& to, const server_message& message, lane in) {
  if (to.over) return;
  to.link->enqueue(in, encode(message));
  flush(to);
}

void toy_server::say_raw(session& to, bytes payload) {
  if (to.over) return;
  to.link->enqueue(lane::chat, std::move(payload));
  flush(to);
}

toy_server::session* toy_server::newest() {
  for (auto at = sessions_.rbegin(); at != sessions_.rend(); ++at) {
    if (!at->over) return &*at;
  }
  return nullptr;
}

std::size_t toy_server::open_sessions() const {
  return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                [](const session& each) { return !each.over; }));
}

// --------------------------------------------------------------------------------------- answers

void toy_server::take(session& from, const client_message& asked) {
  if (std::holds_alternative<goodbye>(asked.body)) {
    ++goodbyes;
    return drop(from);
  }
  if (std::holds_alternative<ping>(asked.body)) return say(from, {asked.request, pong{}});
  if (std::holds_alternative<pong>(asked.body)) return;
  say(from, {asked.request, answer(from, asked.body)});
  if (const auto* wanted = std::get_if<subscribe>(&asked.body); wanted && from.subscribed) {
    const subscribed begun = begin_of(*wanted);
    tell_backlog(from, begun.position);
    tell_page(from, begun.broadcast);
  }
}

server_body toy_server::answer(session& from, const client_body& asked) {
  if (std::holds_alternative<hello>(asked)) {
    return welcome{"toy", limits, argon2_weakest, world_.unix_ms()};
  }
  if (auto answered = answer_stranger(from, asked)) return std::move(*answered);
  if (!from.who) return failure{{errc::not_logged_in}};
  if (auto answered = answer_account(from, asked)) return std::move(*answered);
  if (auto answered = answer_sealing(from, asked)) return std::move(*answered);
  if (const auto* ask = std::get_if<open_chat>(&asked)) {
    account* other = by_name(ask->name);
    if (other == nullptr) return failure{{errc::no_such_account, ask->name}};
    return chat_opened{describe(chat_of(*from.who, other->owner.id))};
  }
  if (const auto* ask = std::get_if<send_message>(&asked)) return store_message(from, *ask);
  if (const auto* ask = std::get_if<send_broadcast>(&asked)) return store_broadcast(from, *ask);
  if (const auto* ask = std::get_if<mark_chat>(&asked)) {
    marks.push_back(*ask);
    return done{};
  }
  if (const auto* ask = std::get_if<subscribe>(&asked)) {
    from.subscribed = true;
    return begin_of(*ask);
  }
  if (std::holds_alternative<log_out>(asked)) {
    for (auto& each : accounts_) each.tokens.erase(*from.device);
    from.who.reset();
    from.subscribed = false;
    return done{};
  }
  if (std::holds_alternative<list_contacts>(asked)) return contacts_listed{};
  if (std::holds_alternative<list_chats>(asked)) return chats_listed{};
  if (std::holds_alternative<fetch_history>(asked)) return history{};
  if (const auto* ask = std::get_if<fetch_home>(&asked)) return read_page(*ask);
  if (std::holds_alternative<search_accounts>(asked)) return accounts_found{};
  return done{};
}

server_body toy_server::store_message(session& from, const send_message& asked) {
  for (const auto& each : stored) {
    if (each.id != asked.id) continue;
    ++repeated_sends;
    return message_sent{each.id, each.chat, each.seq, each.position, each.sent_at_ms};
  }
  if (!chats_.contains(asked.chat)) return failure{{errc::no_such_chat}};
  if (auto refused = refuse_haste(from, asked.id)) return std::move(*refused);
  const auto before = std::count_if(stored.begin(), stored.end(),
                                    [&](const message& each) { return each.chat == asked.chat; });
  stored.push_back({asked.id, asked.chat, static_cast<std::uint64_t>(before) + 1, ++last_position_,
                    *from.who, asked.content, asked.body, world_.unix_ms()});
  const message news = stored.back();
  tell(news, &from);
  return message_sent{news.id, news.chat, news.seq, news.position, news.sent_at_ms};
}

std::optional<server_body> toy_server::refuse_haste(session& from, const message_id& id) {
  const std::uint64_t now_ms = world_.steady_ms();
  const bool too_soon = send_every_ms != 0 && now_ms < next_send_ms;
  const bool before_turn = from.first_refused && *from.first_refused != id;
  if (too_soon || before_turn) {
    if (!from.first_refused) from.first_refused = id;
    ++refusals;
    const std::uint64_t wait_ms = too_soon ? next_send_ms - now_ms : 1;
    return failure{{errc::rate_limited, "", static_cast<std::uint32_t>(wait_ms)}};
  }
  from.first_refused.reset();
  next_send_ms = now_ms + send_every_ms;
  return std::nullopt;
}

server_body toy_server::store_broadcast(session& from, const send_broadcast& asked) {
  for (const auto& each : page) {
    if (each.id != asked.id) continue;
    ++repeated_sends;
    return broadcast_sent{each.id, each.seq, each.sent_at_ms};
  }
  if (auto refused = refuse_haste(from, asked.id)) return std::move(*refused);
  page.push_back({asked.id, page.size() + 1, *from.who, by_id(*from.who)->owner.name, asked.body,
                  world_.unix_ms()});
  for (auto& each : sessions_) {
    if (each.over || !each.subscribed || (&each == &from && !echoes_broadcasts)) continue;
    say(each, {0, broadcasts_arrived{{page.back()}}});
  }
  return broadcast_sent{asked.id, page.back().seq, page.back().sent_at_ms};
}

// ---------------------------------------------------------------------------------------- events

void toy_server::tell(const message& news, const session* except) {
  const auto& members = chats_[news.chat];
  for (auto& each : sessions_) {
    if (each.over || !each.subscribed || &each == except || !each.who) continue;
    if (std::find(members.begin(), members.end(), *each.who) == members.end()) continue;
    messages_arrived event;
    if (each.told.insert(news.chat).second) event.chats.push_back(describe(news.chat));
    event.messages.push_back(news);
    say(each, {0, event});
  }
}

subscribed toy_server::begin_of(const subscribe& asked) const {
  return {std::min(asked.after_position.value_or(0), last_position_),
          std::min<std::uint64_t>(asked.after_broadcast.value_or(0), page.size())};
}

void toy_server::tell_backlog(session& to, std::uint64_t after) {
  messages_arrived event;
  for (const auto& each : stored) {
    const auto& members = chats_[each.chat];
    if (each.position <= after) continue;
    if (std::find(members.begin(), members.end(), *to.who) == members.end()) continue;
    if (to.told.insert(each.chat).second) event.chats.push_back(describe(each.chat));
    event.messages.push_back(each);
  }
  if (!event.messages.empty()) say(to, {0, event});
}

home toy_server::read_page(const fetch_home& asked) const {
  home found;
  for (const auto& each : page) {
    if (each.seq <= asked.after_seq || (asked.before_seq != 0 && each.seq >= asked.before_seq))
      continue;
    found.broadcasts.push_back(each);
  }
  const std::size_t limit = std::min<std::size_t>(asked.limit, limits.page_rows_max);
  const bool newest = asked.before_seq != 0 || asked.after_seq == 0;
  while (found.broadcasts.size() > limit) {
    found.broadcasts.erase(newest ? found.broadcasts.begin() : found.broadcasts.end() - 1);
  }
  return found;
}

void toy_server::tell_page(session& to, std::uint64_t after) {
  broadcasts_arrived event;
  for (const auto& each : page) {
    if (each.seq > after) event.broadcasts.push_back(each);
  }
  if (!event.broadcasts.empty()) say(to, {0, event});
}

chat_info toy_server::describe(const chat_id& chat) const {
  chat_info info;
  info.id = chat;
  for (const auto& who : chats_.at(chat)) {
    const auto whose = std::find_if(accounts_.begin(), accounts_.end(),
                                    [&](const account& each) { return each.owner.id == who; });
    info.members.push_back({who, whose->owner.name, 0, 0, identity_of(*whose)});
  }
  return info;
}

toy_server::account* toy_server::by_name(const std::string& name) {
  for (auto& each : accounts_) {
    if (each.owner.name == name) return &each;
  }
  return nullptr;
}

toy_server::account* toy_server::by_id(const account_id& id) {
  for (auto& each : accounts_) {
    if (each.owner.id == id) return &each;
  }
  return nullptr;
}

toy_server::resident toy_server::settle(const std::string& name) {
  account& made = accounts_.emplace_back();
  const std::uint64_t number = accounts_.size();
  made.owner = {numbered<account_id>('a', number), name, numbered<device_id>('d', number),
                bytes(token_octets, static_cast<char>('0' + number))};
  made.tokens[made.owner.device] = made.owner.token;
  return made.owner;
}

chat_id toy_server::chat_of(const account_id& one, const account_id& other) {
  const chat_id chat = direct_chat_id(one, other);
  chats_[chat] = {one, other};
  return chat;
}

message toy_server::post(const account_id& from, const account_id& to, const std::string& text) {
  session somewhere;
  somewhere.who = from;
  const auto id = numbered<message_id>('m', stored.size() + 1);
  const std::uint64_t between_ms = std::exchange(send_every_ms, 0);
  store_message(somewhere, {id, chat_of(from, to), content_type::text, text});
  send_every_ms = between_ms;
  return stored.back();
}

void toy_server::restore(std::size_t messages, std::size_t broadcasts) {
  stored.resize(messages);
  page.resize(broadcasts);
  last_position_ = messages;
}

broadcast toy_server::proclaim(const account_id& from, const std::string& text) {
  session somewhere;
  somewhere.who = from;
  const std::uint64_t between_ms = std::exchange(send_every_ms, 0);
  store_broadcast(somewhere, {numbered<message_id>('b', page.size() + 1), text});
  send_every_ms = between_ms;
  return page.back();
}

}  // namespace uod::test
