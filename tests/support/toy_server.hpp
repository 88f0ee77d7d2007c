#pragma once

#include <functional>
#include <list>
#include <map>
#include <set>

#include "protocol/messages.hpp"
#include "protocol/wire.hpp"
#include "tests/support/fake_world.hpp"

namespace uod::test {

/// A key for servers in tests, made once a process (P-256: the quickest handshake).
const tls_identity& alice_and_bobs_server();
/// Another one: what a client must not believe.
const tls_identity& mallorys_server();

/// As much of a server as the engine can tell from a real one, in one list of messages and
/// without any bound: the store, the accounts, the subscriptions. What a test wants otherwise it
/// intercepts.
class toy_server {
 public:
  struct session {
    std::uint64_t number = 0;
    std::shared_ptr<server_end> end;
    std::unique_ptr<wire> link;
    std::optional<account_id> who;
    std::optional<device_id> device;
    bool subscribed = false;
    bool over = false;
    std::set<chat_id> told;                   ///< chats that this connection knows
    std::optional<message_id> first_refused;  ///< until it comes again nothing else is taken
    std::vector<client_message> heard;
  };

  toy_server(fake_world& world, client::endpoint where,
             const tls_identity& identity = alice_and_bobs_server());
  ~toy_server();
  toy_server(const toy_server&) = delete;
  toy_server& operator=(const toy_server&) = delete;

  void open();
  /// Like a killed process: every connection ends, nobody answers. The store stays.
  void shut();

  /// Sees each message first; says whether it has dealt with it.
  std::function<bool(session&, const client_message&)> intercept;

  void say(session& to, const server_message& message, lane in = lane::chat);
  void say_raw(session& to, bytes payload);
  void drop(session& which);
  /// The newest connection that is still there.
  session* newest();
  [[nodiscard]] std::size_t open_sessions() const;

  /// An account with a token for one device, without the way through registration.
  struct resident {
    account_id id;
    std::string name;
    device_id device;
    bytes token;
  };
  resident settle(const std::string& name);
  chat_id chat_of(const account_id& one, const account_id& other);
  /// Somebody's key, told as another's.
  identity_found found_identity(const account_id& of, const account_id& told_as) {
    account& whose = *by_id(of);
    return {told_as, whose.owner.name, whose.identity.public_key};
  }
  /// As `open_chat` answers it.
  [[nodiscard]] chat_info shown_chat(const chat_id& chat) const { return describe(chat); }
  /// Somebody else sends; whoever subscribed is told.
  message post(const account_id& from, const account_id& to, const std::string& text);
  /// Somebody else broadcasts; whoever subscribed is told.
  broadcast proclaim(const account_id& from, const std::string& text);
  /// The store as it was when it held so much.
  void restore(std::size_t messages, std::size_t broadcasts);
  /// What the newest mail to an account would hold.
  static constexpr std::string_view mail_code = "K7QF29XMRT";
  static constexpr std::string_view premium_code = "4J8QK7QF29XMRT9ZKD012345";
  [[nodiscard]] bool knows_token(const device_id& device) const;

  wire_limits limits{256 * 1024, 64 * 1024, 8, 100, 30'000, 4'096};
  std::vector<message> stored;
  std::vector<broadcast> page;    ///< the home page
  bool echoes_broadcasts = true;  ///< tells a broadcast also to whom it was acknowledged
  /// One message every so many milliseconds; 0: as many as come.
  std::uint64_t send_every_ms = 0;
  std::uint64_t next_send_ms = 0;
  std::size_t refusals = 0;  ///< for coming too soon
  std::vector<mark_chat> marks;
  std::map<epoch_id, bytes> chat_key_records;
  std::vector<client_message> heard;  ///< over all connections, in order
  std::size_t resumed_links = 0;
  std::size_t goodbyes = 0;
  std::size_t repeated_sends = 0;  ///< messages that came with an id that is stored
  std::size_t replays = 0;

 private:
  struct account {
    resident owner;
    bytes salt;
    argon2_parameters argon2;
    bytes auth_key;
    std::map<device_id, bytes> tokens;
    account_info shown;  ///< but for id and name
    identity_shown identity;
    std::map<bytes, bytes> public_keys;  ///< by fingerprint, former ones as well
  };

  void accept(std::shared_ptr<server_end> end);
  void take_bytes(session& from, bytes_view octets);
  void flush(session& to);
  void take(session& from, const client_message& asked);
  server_body answer(session& from, const client_body& asked);
  server_body enter(session& from, account& whose, const device_id& device, bool with_token);
  /// Log-ins and what comes before them (toy_server_account.cpp); nothing for the rest.
  std::optional<server_body> answer_stranger(session& from, const client_body& asked);
  std::optional<server_body> answer_account(session& from, const client_body& asked);
  /// Identities and chat keys (toy_server_sealing.cpp).
  std::optional<server_body> answer_sealing(session& from, const client_body& asked);
  server_body take_identity(account& mine, const put_identity& asked);
  server_body give_identity(const find_identity& asked);
  server_body take_chat_key(const account_id& who, const bytes& record);
  server_body give_chat_keys(const account_id& who, const fetch_chat_keys& asked);
  [[nodiscard]] bool is_member(const account_id& who, const chat_id& chat) const;
  /// The fingerprint of the present key; empty: there is none.
  static bytes identity_of(const account& whose);
  account_info describe(const account& whose) const;
  devices_listed devices_of(const session& from);
  server_body store_message(session& from, const send_message& asked);
  server_body store_broadcast(session& from, const send_broadcast& asked);
  /// Refuses what comes too soon, and then everything until that comes again.
  std::optional<server_body> refuse_haste(session& from, const message_id& id);
  void tell(const message& news, const session* except);
  subscribed begin_of(const subscribe& asked) const;
  void tell_backlog(session& to, std::uint64_t after);
  void tell_page(session& to, std::uint64_t after);
  home read_page(const fetch_home& asked) const;
  chat_info describe(const chat_id& chat) const;
  account* by_name(const std::string& name);
  account* by_id(const account_id& id);

  fake_world& world_;
  client::endpoint where_;
  tls_context context_;
  std::list<session> sessions_;
  std::uint64_t last_session_ = 0;
  std::list<account> accounts_;
  std::map<chat_id, std::vector<account_id>> chats_;
  std::uint64_t last_position_ = 0;
};

}  // namespace uod::test
