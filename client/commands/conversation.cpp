#include "client/commands/conversation.hpp"

#include "client/commands/interruption.hpp"

namespace uod::client {
namespace {

/// Something shall appear within 100 ms; what takes less needs no words.
constexpr std::uint64_t first_sign_ms = 80;
/// For the goodbye to leave. A server that does not take it misses nothing but politeness.
constexpr std::uint64_t goodbye_ms = 1'000;

}  // namespace

outcome<std::unique_ptr<conversation>> conversation::start(context& with, const kept_login* kept) {
  auto made = std::make_unique<conversation>(with);
  if (auto opened = made->open(kept); !opened) return tl::unexpected(opened.error());
  return made;
}

conversation::conversation(context& with) : with_(with) {}
conversation::~conversation() = default;

outcome<void> conversation::open(const kept_login* kept) {
  auto servers = servers_for(with_, kept);
  if (!servers) return tl::unexpected(servers.error());
  servers_ = std::move(*servers);
  server_ = servers_.front();
  for (const auto& server : servers_) {
    const auto known = with_.profile.pinned(server);
    if (!known) return tl::unexpected(known.error());
    if (*known) pins_[server] = **known;
  }
  say_warnings(with_);

  engine_options options;
  options.servers = servers_;
  options.program = "uod " UOD_VERSION;
  engine_ = std::make_unique<engine>(options, world_, *this);
  if (kept != nullptr) engine_->use(kept->secret);
  // Only wakes the loop up: whoever waits looks at interruption::received().
  signals_ = world_.read_from(interruption::edge(), [](bytes_view) {});
  first_sign_ = world_.after(first_sign_ms, [this] {
    if (ever_connected_ || ended_) return;
    const std::string text = "connecting to " + server_list() + "…";
    if (with_.status.how().animate) return with_.status.show(text);
    with_.status.say("uod: " + text);
  });
  engine_->start();
  return {};
}

outcome<void> conversation::wait_until(const std::function<bool()>& so,
                                       std::optional<std::uint64_t> longest_ms) {
  return wait(so, longest_ms, true);
}

outcome<void> conversation::finish_until(const std::function<bool()>& so,
                                         std::uint64_t longest_ms) {
  return wait(so, longest_ms, false);
}

outcome<void> conversation::wait(const std::function<bool()>& so,
                                 std::optional<std::uint64_t> longest_ms, bool heed_signals) {
  const auto signalled = [&] { return heed_signals && interruption::received() != 0; };
  bool late = false;
  const auto deadline = longest_ms ? world_.after(*longest_ms, [&late] { late = true; }) : nullptr;
  world_.run_until([&] { return so() || late || ended_ || signalled(); });
  with_.status.clear();
  if (so()) return {};
  if (ended_) return tl::unexpected(*ended_);
  if (signalled()) return fail(errc::interrupted);
  return tl::unexpected(no_answer());
}

void conversation::aside(std::function<void()> work) {
  bool over = false;
  world_.run_aside(std::move(work), [&over] { over = true; });
  world_.run_until([&over] { return over; });
}

error conversation::no_answer() const {
  const std::string waited =
      std::string(" within ") + std::to_string(with_.config.timeout_s) + " s";
  const std::string why = trouble_ ? " (" + to_text(*trouble_) + ")" : "";
  if (!ever_connected_) return {errc::server_unreachable, server_list() + waited + why};
  const bool lost = !engine_->connected();
  return {errc::timed_out, to_text(server_) + waited + (lost ? why : "")};
}

void conversation::close() {
  if (!engine_) return;
  bool gone = false;
  bool late = false;
  engine_->stop([&gone] { gone = true; });
  const auto deadline = world_.after(goodbye_ms, [&late] { late = true; });
  world_.run_until([&] { return gone || late; });
  engine_.reset();
  // Here and not as they come, so that no answer waits for the disk.
  for (const auto& [server, session] : sessions_) with_.profile.keep_tls_session(server, session);
  sessions_.clear();
}

std::string conversation::server_list() const {
  std::string list;
  for (const auto& server : servers_) list += (list.empty() ? "" : ", ") + to_text(server);
  return list;
}

tls_trust conversation::trust_for(const endpoint& server) {
  dialled_ = server;
  tls_trust trust;
  trust.host = server.host;
  const auto& config = with_.config;
  if (!config.trust_fingerprint.empty()) {
    trust.fingerprint = config.trust_fingerprint;
  } else if (!config.trust_ca_file.empty()) {
    trust.ca_file = config.trust_ca_file.string();
  } else if (const auto pin = pins_.find(server); pin != pins_.end()) {
    trust.fingerprint = pin->second;
  }
  return trust;
}

bytes conversation::session_for(const endpoint& server) {
  return with_.profile.tls_session(server);
}

outcome<void> conversation::on_fingerprint(const endpoint& server, const std::string& fingerprint) {
  fingerprint_ = fingerprint;
  const auto& config = with_.config;
  if (!config.trust_fingerprint.empty()) {
    if (fingerprint != config.trust_fingerprint)
      return fail(errc::key_changed, to_text(server) + " shows " + fingerprint);
    return with_.profile.pin(server, fingerprint);
  }
  // With an authority the key may change; the certificate has been checked by now.
  if (!config.trust_ca_file.empty()) return {};
  const auto is_new = with_.profile.pin_first(server, fingerprint);
  if (!is_new) return tl::unexpected(is_new.error());
  pins_[server] = fingerprint;
  if (*is_new)
    with_.status.say("uod: trusting " + to_text(server) + " with the key " + fingerprint +
                     " from now on");
  return {};
}

void conversation::on_session(const endpoint& server, const bytes& session) {
  sessions_[server] = session;
}

void conversation::on_connection(connection_state state, const endpoint& server) {
  server_ = server;
  if (state != connection_state::reconnecting) {
    ever_connected_ = true;
    connected_at_ms_ = world_.steady_ms();
  }
  if (state == connection_state::connected)
    with_.status.say_more("connected to " + to_text(server));
  if (state == connection_state::resumed)
    with_.status.say_more("connected to " + to_text(server) + " again");
}

std::optional<bytes> conversation::renewed_token(const device_id& device) {
  auto kept = with_.profile.login();
  if (!kept || !*kept || (*kept)->secret.device != device) return {};
  return std::move((*kept)->secret.token);
}

void conversation::on_trouble(const error& why) {
  trouble_ = why;
  with_.status.say_more(to_text(why));
}

void conversation::on_end(const error& why) { ended_ = naming_server(why); }

error conversation::naming_server(error why) const {
  if (why.code != errc::key_changed && why.code != errc::certificate_invalid) return why;
  const auto name = to_text(dialled_);
  if (why.detail.find(name) == std::string::npos)
    why.detail = name + (why.detail.empty() ? "" : ", " + why.detail);
  return why;
}

}  // namespace uod::client
