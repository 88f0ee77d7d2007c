#include "protocol/tls_link.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>
#include <utility>

#include "protocol/tls_handles.hpp"
#include "protocol/tls_sessions.hpp"

namespace uod {
namespace {

using openssl::bio_ptr;
using openssl::certificate_ptr;
using openssl::fingerprint_of;
using openssl::key_ptr;

constexpr std::size_t record_bytes_max = 16'384;      // RFC 8446, 5.1
constexpr std::size_t session_bytes_max = 16 * 1024;  // a ticket with an RSA certificate: 2 kB

/// What the BIO reads from and writes to during one call; nothing outside of it.
struct io_window {
  bytes_view input;
  bytes* output = nullptr;
};

io_window& window_of(BIO* bio) { return *static_cast<io_window*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* into, std::size_t wanted, std::size_t* got) {
  auto& window = window_of(bio);
  BIO_clear_retry_flags(bio);
  *got = std::min(wanted, window.input.size());
  if (*got == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(into, window.input.data(), *got);
  window.input.remove_prefix(*got);
  return 1;
}

int bio_write(BIO* bio, const char* from, std::size_t size, std::size_t* written) {
  auto& window = window_of(bio);
  BIO_clear_retry_flags(bio);
  if (window.output == nullptr) return 0;
  window.output->append(from, size);
  *written = size;
  return 1;
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* window_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "a caller's buffers");
    BIO_meth_set_read_ex(made, bio_read);
    BIO_meth_set_write_ex(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

/// OpenSSL's own words for the newest failure, without its file and line.
std::string last_reason() {
  const unsigned long code = ERR_peek_last_error();
  if (code == 0) return "the link broke";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? std::string(reason) : "error " + std::to_string(code);
}

int choose_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                const unsigned char* offered, unsigned int offered_length, void*) {
  for (unsigned int at = 0; at < offered_length; at += 1U + offered[at]) {
    const bytes_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
    if (name == alpn_name) {
      *chosen = offered + at + 1;
      *chosen_length = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// OpenSSL asks `choose_alpn` only about a client that names something. One that names nothing is
/// refused here.
int require_alpn(SSL* ssl, int* alert, void*) {
  const unsigned char* names = nullptr;
  std::size_t length = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &names,
                                &length) == 1) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

bool alpn_agreed(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(ssl, &name, &length);
  return bytes_view(reinterpret_cast<const char*>(name), length) == alpn_name;
}

/// Tickets live no longer than the server's key: after a change everybody sees the new one, even
/// where the ticket key stayed.
bool bind_tickets_to_certificate(SSL_CTX* context) {
  std::array<unsigned char, SSL_MAX_SID_CTX_LENGTH> digest{};
  unsigned int length = 0;
  static_assert(SSL_MAX_SID_CTX_LENGTH == 32, "a SHA-256 fits");
  return X509_pubkey_digest(SSL_CTX_get0_certificate(context), EVP_sha256(), digest.data(),
                            &length) == 1 &&
         SSL_CTX_set_session_id_context(context, digest.data(), length) == 1;
}

/// Instead of OpenSSL's question at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

bool set_common(SSL_CTX* context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_ciphersuites(context,
                                  "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                  "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1;
}

bio_ptr text_bio(bytes_view text) {
  return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Uses the first certificate as the server's own and the rest as its chain.
bool use_certificates(SSL_CTX* context, bytes_view pem) {
  const bio_ptr text = text_bio(pem);
  const certificate_ptr own(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  while (X509* next = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return false;
    }
  }
  ERR_clear_error();  // the end of the text is reported as an error
  return true;
}

}  // namespace

// ------------------------------------------------------------------------------------- context

struct tls_context::state {
  openssl::context_ptr ssl;
  link_side side = link_side::server;
  tls_trust trust;
  mutable openssl::session_shelf sessions;  ///< a client's
};

struct tls_link::state {
  const tls_context::state* context = nullptr;
  openssl::ssl_ptr ssl;
  io_window window;
  bytes session;
  bool established = false;
  bool peer_closed = false;
  bool dead = false;
  bool key_differs = false;

  static state& of(SSL* ssl) { return *static_cast<state*>(SSL_get_app_data(ssl)); }

  static int verify(X509_STORE_CTX* chain, void*);
  static int keep_session(SSL* ssl, SSL_SESSION* session);
  static openssl::session_ptr earlier_session(const tls_context::state& context, bytes_view octets);

  outcome<void> broken();
  outcome<void> proceed();
  outcome<void> finish_handshake();
};

tls_context::tls_context(std::unique_ptr<state> made) : state_(std::move(made)) {}
tls_context::tls_context(tls_context&&) noexcept = default;
tls_context& tls_context::operator=(tls_context&&) noexcept = default;
tls_context::~tls_context() = default;

outcome<tls_context> tls_context::server(const tls_identity& identity, bytes_view ticket_key) {
  ERR_clear_error();
  auto made = std::make_unique<state>();
  made->ssl.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made->ssl.get();
  if (context == nullptr || !set_common(context)) return fail(errc::internal, last_reason());

  if (!use_certificates(context, identity.certificate_pem)) {
    return fail(errc::certificate_invalid, "the certificate: " + last_reason());
  }
  const key_ptr key(PEM_read_bio_PrivateKey(text_bio(identity.private_key_pem).get(), nullptr,
                                            no_passphrase, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return fail(errc::certificate_invalid, "the private key: " + last_reason());
  }
  std::array<unsigned char, ticket_key_octets> ticket{};
  if (ticket_key.size() != ticket.size()) {
    return fail(errc::certificate_invalid, "the ticket key has not 80 octets");
  }
  std::memcpy(ticket.data(), ticket_key.data(), ticket.size());
  const bool set = SSL_CTX_set_tlsext_ticket_keys(context, ticket.data(),
                                                  static_cast<long>(ticket.size())) == 1 &&
                   SSL_CTX_set_num_tickets(context, 1) == 1 && bind_tickets_to_certificate(context);
  OPENSSL_cleanse(ticket.data(), ticket.size());
  if (!set) return fail(errc::internal, last_reason());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_client_hello_cb(context, require_alpn, nullptr);
  SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
  return tls_context(std::move(made));
}

outcome<tls_context> tls_context::client(const tls_trust& trust) {
  ERR_clear_error();
  auto made = std::make_unique<state>();
  made->side = link_side::client;
  made->trust = trust;
  made->ssl.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = made->ssl.get();
  if (context == nullptr || !set_common(context)) return fail(errc::internal, last_reason());

  if (trust.ca_file && SSL_CTX_load_verify_file(context, trust.ca_file->c_str()) != 1) {
    return fail(errc::certificate_invalid, *trust.ca_file + ": " + last_reason());
  }
  std::array<unsigned char, 1 + alpn_name.size()> alpn{};
  alpn[0] = static_cast<unsigned char>(alpn_name.size());
  std::memcpy(alpn.data() + 1, alpn_name.data(), alpn_name.size());
  if (SSL_CTX_set_alpn_protos(context, alpn.data(), alpn.size()) != 0) {
    return fail(errc::internal, last_reason());
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, tls_link::state::verify, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, tls_link::state::keep_session);
  return tls_context(std::move(made));
}

// ---------------------------------------------------------------------------------------- link

int tls_link::state::verify(X509_STORE_CTX* chain, void*) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  state& link = of(ssl);
  const tls_trust& trust = link.context->trust;
  if (trust.fingerprint && fingerprint_of(X509_STORE_CTX_get0_cert(chain)) != *trust.fingerprint) {
    link.key_differs = true;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }
  if (trust.ca_file) {
    X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(chain);
    // An address is matched against addresses, everything else against names. OpenSSL takes an
    // empty name for leave to match any.
    const bool known =
        !trust.host.empty() &&
        (X509_VERIFY_PARAM_set1_ip_asc(wanted, trust.host.c_str()) == 1 ||
         X509_VERIFY_PARAM_set1_host(wanted, trust.host.data(), trust.host.size()) == 1);
    ERR_clear_error();
    if (!known) {
      X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
      return 0;
    }
    return X509_verify_cert(chain) == 1 ? 1 : 0;
  }
  return 1;
}

int tls_link::state::keep_session(SSL* ssl, SSL_SESSION* session) {
  const int length = i2d_SSL_SESSION(session, nullptr);
  if (length > 0 && static_cast<std::size_t>(length) <= session_bytes_max) {
    bytes& kept = of(ssl).session;
    kept.resize(static_cast<std::size_t>(length));
    auto* into = reinterpret_cast<unsigned char*>(kept.data());
    i2d_SSL_SESSION(session, &into);
    of(ssl).context->sessions.put(kept, session);
  }
  return 0;  // OpenSSL's reference is not kept
}

outcome<void> tls_link::state::broken() {
  dead = true;
  if (key_differs) {
    return fail(errc::key_changed,
                "the server's key is not the one trusted (" + *context->trust.fingerprint + ")");
  }
  const bool untrusted = context->side == link_side::client && !established &&
                         SSL_get_verify_result(ssl.get()) != X509_V_OK;
  if (untrusted) {
    return fail(errc::certificate_invalid,
                X509_verify_cert_error_string(SSL_get_verify_result(ssl.get())));
  }
  return fail(errc::link_failed, last_reason());
}

outcome<void> tls_link::state::finish_handshake() {
  established = true;
  if (!alpn_agreed(ssl.get())) {
    dead = true;
    return fail(errc::link_failed, "the other side does not speak " + std::string(alpn_name));
  }
  // A resumed session shows no certificate again: it is the one it began with.
  if (context->side == link_side::client && context->trust.fingerprint &&
      fingerprint_of(SSL_get0_peer_certificate(ssl.get())) != *context->trust.fingerprint) {
    key_differs = true;
    return broken();
  }
  return {};
}

/// Goes on with the handshake as far as the input reaches.
outcome<void> tls_link::state::proceed() {
  if (established) return {};
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl.get());
  if (done == 1) return finish_handshake();
  const int why = SSL_get_error(ssl.get(), done);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return {};
  return broken();
}

/// From the shelf, or else from its octets; nothing where they are none.
openssl::session_ptr tls_link::state::earlier_session(const tls_context::state& context,
                                                      bytes_view octets) {
  if (octets.empty()) return nullptr;
  if (auto remembered = context.sessions.copy_of(octets)) return remembered;
  const auto* from = reinterpret_cast<const unsigned char*>(octets.data());
  return openssl::session_ptr(d2i_SSL_SESSION(nullptr, &from, static_cast<long>(octets.size())));
}

tls_link::tls_link(const tls_context& context, bytes_view session)
    : state_(std::make_unique<state>()) {
  state_->context = context.state_.get();
  state_->ssl.reset(SSL_new(context.state_->ssl.get()));
  SSL* const ssl = state_->ssl.get();
  BIO* const bio = BIO_new(window_method());
  if (ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    state_->dead = true;
    return;
  }
  BIO_set_data(bio, &state_->window);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, state_.get());
  if (context.state_->side == link_side::server) {
    SSL_set_accept_state(ssl);
    return;
  }
  SSL_set_connect_state(ssl);
  if (!context.state_->trust.host.empty()) {
    SSL_set_tlsext_host_name(ssl, context.state_->trust.host.c_str());
  }
  if (const auto earlier = state::earlier_session(*context.state_, session)) {
    // One that began with another key than the trusted one is not even shown.
    const auto& trusted = context.state_->trust.fingerprint;
    if (!trusted || fingerprint_of(SSL_SESSION_get0_peer(earlier.get())) == *trusted) {
      SSL_set_session(ssl, earlier.get());
    }
  }
  ERR_clear_error();
}

tls_link::tls_link(tls_link&&) noexcept = default;
tls_link& tls_link::operator=(tls_link&&) noexcept = default;
tls_link::~tls_link() = default;

outcome<void> tls_link::start(bytes& output) {
  if (state_->dead) return fail(errc::link_failed);
  if (state_->context->side == link_side::server) return {};
  state_->window = {{}, &output};
  auto proceeded = state_->proceed();
  state_->window = {};
  return proceeded;
}

outcome<void> tls_link::receive(bytes_view ciphertext, bytes& plaintext, bytes& output) {
  if (state_->dead) return fail(errc::link_failed);
  state_->window = {ciphertext, &output};
  auto result = state_->proceed();
  std::array<char, record_bytes_max> record;
  while (result && state_->established && !state_->peer_closed) {
    ERR_clear_error();
    std::size_t got = 0;
    const int read = SSL_read_ex(state_->ssl.get(), record.data(), record.size(), &got);
    if (read == 1) {
      plaintext.append(record.data(), got);
      continue;
    }
    const int why = SSL_get_error(state_->ssl.get(), read);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) break;
    if (why == SSL_ERROR_ZERO_RETURN) {
      state_->peer_closed = true;
      break;
    }
    result = state_->broken();
  }
  // A ticket that came behind the handshake has left a client with a buffer of 16 KiB for writing,
  // which OpenSSL would keep until the next write. It keeps what is needed.
  SSL_free_buffers(state_->ssl.get());
  state_->window = {};
  return result;
}

outcome<void> tls_link::send(bytes_view plaintext, bytes& output) {
  if (state_->dead || !state_->established) return fail(errc::link_failed, "not established");
  if (plaintext.empty()) return {};
  state_->window = {{}, &output};
  ERR_clear_error();
  std::size_t written = 0;
  const int sent = SSL_write_ex(state_->ssl.get(), plaintext.data(), plaintext.size(), &written);
  state_->window = {};
  if (sent == 1 && written == plaintext.size()) return {};
  return state_->broken();
}

void tls_link::close(bytes& output) {
  if (state_->dead || !state_->established) return;
  state_->window = {{}, &output};
  ERR_clear_error();
  SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
  state_->window = {};
}

bool tls_link::established() const { return state_->established && !state_->dead; }
bool tls_link::resumed() const { return SSL_session_reused(state_->ssl.get()) == 1; }
bool tls_link::peer_closed() const { return state_->peer_closed; }

std::string tls_link::peer_fingerprint() const {
  return fingerprint_of(SSL_get0_peer_certificate(state_->ssl.get()));
}

bytes tls_link::export_secret(std::string_view label, std::size_t octets) const {
  bytes secret(octets, '\0');
  const int made =
      SSL_export_keying_material(state_->ssl.get(), reinterpret_cast<unsigned char*>(secret.data()),
                                 octets, label.data(), label.size(), nullptr, 0, 0);
  return made == 1 ? secret : bytes{};
}

bytes tls_link::take_session() { return std::exchange(state_->session, {}); }

}  // namespace uod
