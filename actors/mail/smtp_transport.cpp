#include "actors/mail/smtp_transport.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <utility>

#include "actors/mail/composer.hpp"
#include "actors/mail/smtp_dialogue.hpp"

namespace uod::mail {
namespace {

using Poco::Net::Context;
using std::chrono::milliseconds;

/// After the text was taken, the server's goodbye is a courtesy.
constexpr milliseconds goodbye_timeout{2'000};

/// RFC 4648, 4. By hand, so that no copy of a password stays in a stream's buffer.
std::string base64(std::string_view octets) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto octet = at + i < octets.size() ? static_cast<unsigned char>(octets[at + i]) : 0U;
      three = three << 8 | octet;
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += at + i > octets.size() ? '=' : alphabet[three >> (18 - 6 * i) & 63];
    }
  }
  return text;
}

std::string in_upper_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return text;
}

/// What a server says that it can (RFC 5321, 4.1.1.1).
struct extensions {
  bool starttls = false;
  bool smtputf8 = false;
  bool auth_plain = false;
  bool auth_login = false;
};

extensions extensions_of(const smtp_reply& reply) {
  extensions offered;
  for (const auto& line : reply.lines) {
    std::istringstream words(in_upper_case(line));
    std::string word;
    words >> word;
    if (word == "STARTTLS") offered.starttls = true;
    if (word == "SMTPUTF8") offered.smtputf8 = true;
    if (word != "AUTH") continue;
    while (words >> word) {
      if (word == "PLAIN") offered.auth_plain = true;
      if (word == "LOGIN") offered.auth_login = true;
    }
  }
  return offered;
}

/// Whose fault it is when a server says no for good.
enum class blamed { us, letter };

/// RFC 4954, 6: whatever was asked, what is missing is a log-in.
bool is_about_log_in(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

/// One letter's conversation. Each step gives nothing when the next may follow, else the end.
class conversation {
 public:
  using ending = std::optional<delivery>;

  conversation(const smtp_settings& settings, const Context::Ptr& context,
               const Poco::Net::StreamSocket& connected, const char*& step)
      : settings_(settings),
        context_(context),
        step_(step),
        dialogue_(connected, milliseconds(settings.timeout_ms)) {}

  delivery run(const letter& what, std::string_view from, std::string_view octets) {
    ending end = open();
    if (!end) end = hand_over(what, from, octets);
    say_goodbye();
    return *end;
  }

 private:
  ending open() {
    if (settings_.security == smtp_security::tls) secure();
    step_ = "greeting";
    if (const auto reply = dialogue_.read(); reply.kind() != 2) return no(reply, blamed::us);
    if (auto end = greet()) return end;
    if (settings_.security == smtp_security::starttls) {
      if (auto end = start_tls()) return end;
    }
    return settings_.user.empty() ? std::nullopt : log_in();
  }

  ending greet() {
    step_ = "EHLO";
    const auto reply = dialogue_.say("EHLO " + dialogue_.address_literal());
    if (reply.kind() != 2) return no(reply, blamed::us);
    offered_ = extensions_of(reply);
    return std::nullopt;
  }

  void secure() {
    step_ = "TLS handshake";
    dialogue_.secure(settings_.host, context_);
  }

  ending start_tls() {
    step_ = "STARTTLS";
    if (!offered_.starttls) return misconfigured("the server does not offer it");
    if (const auto reply = dialogue_.say("STARTTLS"); reply.kind() != 2) {
      return no(reply, blamed::us);
    }
    secure();
    return greet();  // what was offered before could be anybody's word (RFC 3207, 4.2)
  }

  ending log_in() {
    step_ = "AUTH";
    if (offered_.auth_plain) {
      std::string secret;
      secret.reserve(settings_.user.size() + settings_.password.size() + 2);
      secret.append(1, '\0').append(settings_.user);  // RFC 4616
      secret.append(1, '\0').append(settings_.password);
      return check_log_in(say_encoded("AUTH PLAIN ", secret));
    }
    if (!offered_.auth_login) return misconfigured("the server offers neither PLAIN nor LOGIN");
    if (const auto reply = dialogue_.say("AUTH LOGIN"); reply.kind() != 3) {
      return no(reply, blamed::us);
    }
    if (const auto reply = dialogue_.say(base64(settings_.user)); reply.kind() != 3) {
      return no(reply, blamed::us);
    }
    std::string secret = settings_.password;
    return check_log_in(say_encoded("", secret));
  }

  smtp_reply say_encoded(std::string_view command, std::string& secret) {
    std::string encoded = base64(secret);
    wipe(secret);
    std::string line;
    line.reserve(command.size() + encoded.size());
    line.append(command).append(encoded);
    wipe(encoded);
    return dialogue_.say_secret(std::move(line));
  }

  ending check_log_in(const smtp_reply& reply) const {
    return reply.kind() == 2 ? std::nullopt : no(reply, blamed::us);
  }

  ending hand_over(const letter& what, std::string_view from, std::string_view octets) {
    step_ = "MAIL FROM";
    const bool is_utf8 = needs_smtputf8(what);
    if (is_utf8 && !offered_.smtputf8) {
      return end(verdict::refused, "the server takes ASCII addresses only (no SMTPUTF8)");
    }
    std::string command = "MAIL FROM:<" + std::string(from) + ">";
    if (is_utf8) command += " SMTPUTF8";
    if (const auto reply = dialogue_.say(command); reply.kind() != 2) return no(reply, blamed::us);
    step_ = "RCPT TO";
    if (const auto reply = dialogue_.say("RCPT TO:<" + what.to + ">"); reply.kind() != 2) {
      return no(reply, blamed::letter);
    }
    step_ = "DATA";
    if (const auto reply = dialogue_.say("DATA"); reply.kind() != 3) {
      return no(reply, blamed::letter);
    }
    step_ = "the text";
    const auto reply = dialogue_.say_text(octets);
    if (reply.kind() != 2) return no(reply, blamed::letter);
    return delivery{verdict::delivered, one_line(reply.text(), why_octets_max)};
  }

  /// Whatever happens now changes nothing any more.
  void say_goodbye() noexcept {
    try {
      dialogue_.set_timeout(std::min(goodbye_timeout, milliseconds(settings_.timeout_ms)));
      static_cast<void>(dialogue_.say("QUIT"));
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }

  [[nodiscard]] delivery end(verdict how, const std::string& text, bool ours = false) const {
    return {how, one_line(std::string(step_) + ": " + text, why_octets_max), ours};
  }

  [[nodiscard]] delivery misconfigured(const std::string& text) const {
    return end(verdict::try_again, text, true);
  }

  [[nodiscard]] ending no(const smtp_reply& reply, blamed whose) const {
    if (reply.kind() != 5) return end(verdict::try_again, reply.text());
    if (whose == blamed::us || is_about_log_in(reply.code)) return misconfigured(reply.text());
    return end(verdict::refused, reply.text());
  }

  const smtp_settings& settings_;
  const Context::Ptr& context_;
  const char*& step_;
  smtp_dialogue dialogue_;
  extensions offered_;
};

/// Tries all addresses of the host, all together for one timeout.
Poco::Net::StreamSocket connect(const smtp_settings& settings) {
  const auto end = std::chrono::steady_clock::now() + milliseconds(settings.timeout_ms);
  const auto addresses = Poco::Net::DNS::hostByName(settings.host).addresses();
  if (addresses.empty()) throw Poco::Net::NoAddressFoundException(settings.host);
  for (std::size_t at = 0;; ++at) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) throw Poco::TimeoutException("no connection");
    try {
      Poco::Net::StreamSocket socket;
      socket.connect(Poco::Net::SocketAddress(addresses[at], settings.port),
                     Poco::Timespan(left.count()));
      return socket;
    } catch (const Poco::Exception&) {
      if (at + 1 == addresses.size()) throw;
    }
  }
}

/// Poco's OpenSSL stays in use until the process ends: when its last user goes, it would take
/// down what the rest of the process uses too.
void start_poco_ssl() {
  static const bool started = [] {
    Poco::Net::initializeSSL();
    return true;
  }();
  static_cast<void>(started);
}

class smtp_transport : public transport {
 public:
  smtp_transport(const smtp_settings& settings, composer writer, Context::Ptr context)
      : settings_(settings), composer_(std::move(writer)), context_(std::move(context)) {}

  delivery deliver(const letter& what) override {
    const auto octets = composer_.compose(what);
    if (!octets) return {verdict::refused, one_line(to_text(octets.error()), why_octets_max)};
    const char* step = "connecting";
    bool too_long = false;
    try {
      return converse(what, *octets, step, too_long);
    } catch (const Poco::Net::DNSException& exception) {
      return later(step, exception.displayText(), true);
    } catch (const Poco::Net::SSLException& exception) {
      // One that breaks off has not shown that anything is wrong with its certificate.
      const auto text = exception.displayText();
      const bool broke = dynamic_cast<const Poco::Net::SSLConnectionUnexpectedlyClosedException*>(
                             &exception) != nullptr ||
                         text.find("unexpected eof") != std::string::npos;
      const bool in_handshake = step == std::string_view("TLS handshake");
      return later(step, too_long ? took_too_long() : text, in_handshake && !broke && !too_long);
    } catch (const Poco::TimeoutException&) {
      return later(step, "no answer within " + std::to_string(settings_.timeout_ms) + " ms");
    } catch (const Poco::Exception& exception) {
      return later(step, too_long ? took_too_long() : exception.displayText());
    } catch (const std::exception& exception) {
      return later(step, exception.what());
    }
  }

 private:
  delivery converse(const letter& what, std::string_view octets, const char*& step,
                    bool& too_long) const {
    const auto connected = connect(settings_);
    conversation talk(settings_, context_, connected, step);
    const conversation_limit limit(connected,
                                   milliseconds(settings_.timeout_ms) * conversation_timeouts_max);
    try {
      return talk.run(what, composer_.from_address(), octets);
    } catch (...) {
      too_long = limit.reached();
      throw;
    }
  }

  [[nodiscard]] std::string took_too_long() const {
    return "the conversation took longer than " +
           std::to_string(std::uint64_t{settings_.timeout_ms} * conversation_timeouts_max) + " ms";
  }

  [[nodiscard]] delivery later(const char* step, const std::string& text, bool ours = false) const {
    return {verdict::try_again,
            one_line(settings_.host + ": " + step + ": " + text, why_octets_max), ours};
  }

  const smtp_settings settings_;
  const composer composer_;
  const Context::Ptr context_;
};

bool is_loopback(const std::string& host) {
  Poco::Net::IPAddress address;
  if (Poco::Net::IPAddress::tryParse(host, address)) return address.isLoopback();
  return in_upper_case(host) == "LOCALHOST";  // RFC 6761, 6.3: never anybody else
}

std::uint16_t usual_port(smtp_security security) {
  switch (security) {
    case smtp_security::starttls:
      return starttls_port;
    case smtp_security::tls:
      return tls_port;
    case smtp_security::none:
      break;
  }
  return plain_port;
}

outcome<void> check(const smtp_settings& settings) {
  const auto is_line = [](const std::string& text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  };
  if (settings.host.empty() || one_line(settings.host, why_octets_max) != settings.host) {
    return fail(errc::config_invalid, "the SMTP server's host is missing or no host");
  }
  if (!is_line(settings.user) || !is_line(settings.password)) {
    return fail(errc::config_invalid, "the SMTP user or password holds control characters");
  }
  if (settings.user.empty() != settings.password.empty()) {
    return fail(errc::config_invalid, "SMTP needs both a user and a password, or neither");
  }
  if (settings.timeout_ms == 0) return fail(errc::config_invalid, "an SMTP timeout of nothing");
  if (settings.security != smtp_security::none) return {};
  if (!settings.user.empty()) {
    return fail(errc::config_invalid, "an SMTP password is sent inside TLS only");
  }
  if (!is_loopback(settings.host)) {
    return fail(errc::config_invalid, "SMTP without TLS goes to a server on this machine only");
  }
  return {};
}

outcome<Context::Ptr> make_context(const std::filesystem::path& ca_file) {
  start_poco_ssl();
  try {
    Context::Params parameters;
    parameters.caLocation = ca_file.string();
    parameters.loadDefaultCAs = ca_file.empty();
    // Any but STRICT lets a server on this machine have a certificate of any name.
    parameters.verificationMode = Context::VERIFY_STRICT;
    parameters.cipherList = "DEFAULT";
    Context::Ptr context = new Context(Context::TLS_CLIENT_USE, parameters);
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    return context;
  } catch (const Poco::Exception& exception) {
    return fail(errc::config_invalid, "the SMTP server's authorities: " +
                                          one_line(exception.displayText(), why_octets_max));
  }
}

}  // namespace

outcome<std::unique_ptr<transport>> make_smtp_transport(smtp_settings settings) {
  if (auto good = check(settings); !good) return tl::unexpected<error>(good.error());
  if (settings.port == 0) settings.port = usual_port(settings.security);
  auto writer = composer::make(settings.from_address, settings.from_name);
  if (!writer) return tl::unexpected<error>(writer.error());
  auto context = make_context(settings.ca_file);
  if (!context) return tl::unexpected<error>(context.error());
  return std::make_unique<smtp_transport>(settings, std::move(*writer), std::move(*context));
}

}  // namespace uod::mail
