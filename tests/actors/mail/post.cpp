#include "tests/actors/mail/post.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <vector>

namespace uod::mail {
namespace {

namespace fs = std::filesystem;
using process::words;

const std::string scripts = UOD_SOURCE_DIR "/tests/actors/mail/";

process::launch launch_of(words command, const std::string& input = {}) {
  process::launch what;
  what.command = std::move(command);
  what.input = input;
  what.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                      "PYTHONDONTWRITEBYTECODE=1", "HOME=/"};
  return what;
}

void openssl(words arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/openssl");
  const auto result = process::run(launch_of(std::move(arguments)));
  BOOST_REQUIRE_MESSAGE(result.exit_code == 0, result.err);
}

/// A certificate and its key; `more` says who signs it and for which names.
certificates::pair make_pair(const fs::path& directory, const std::string& name, words more) {
  certificates::pair made{directory / (name + ".pem"), directory / (name + ".key")};
  words arguments = {"req",    "-x509",       "-newkey",
                     "ec",     "-pkeyopt",    "ec_paramgen_curve:P-256",
                     "-nodes", "-days",       "2",
                     "-subj",  "/CN=" + name, "-keyout",
                     made.key, "-out",        made.certificate};
  arguments.insert(arguments.end(), more.begin(), more.end());
  openssl(std::move(arguments));
  return made;
}

certificates make_certificates() {
  certificates all;
  const auto& at = all.directory.path();
  const auto authority = make_pair(
      at, "authority",
      {"-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"});
  all.authority = authority.certificate;
  const words signed_by_it = {"-CA",     authority.certificate,
                              "-CAkey",  authority.key,
                              "-addext", "basicConstraints=critical,CA:FALSE"};
  const words this_machine = {"-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"};
  auto good = signed_by_it;
  good.insert(good.end(), this_machine.begin(), this_machine.end());
  all.good = make_pair(at, "good", good);
  auto other = signed_by_it;
  other.insert(other.end(), {"-addext", "subjectAltName=DNS:post.example.org,IP:127.0.0.2"});
  all.other_host = make_pair(at, "other", other);
  all.self_signed = make_pair(at, "self", this_machine);
  return all;
}

}  // namespace

letter letter_to_bob() {
  letter what;
  what.id = "01890a5d-ac96-774b-bcce-b302099a8057";
  what.to = "bob@example.org";
  what.subject = "Grüße an Bob";
  what.text = "Hello Bob,\n\n.a line with a dot\n.\n..\nÄpfel\n-- \nend\n";
  what.html = "<p>Hello Bob, Äpfel</p>\n";
  what.written_at_ms = 1'700'000'000'000;
  return what;
}

const certificates& all_certificates() {
  static const certificates all = make_certificates();
  return all;
}

json read_mail(const std::string& octets) {
  const auto result =
      process::run(launch_of({"/usr/bin/python3", scripts + "read_mail.py"}, octets));
  BOOST_REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  return json::parse(result.out);
}

std::string header_of(const json& mail, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& header : mail["headers"]) {
    if (header[0] == name) values.push_back(header[1]);
  }
  BOOST_REQUIRE_MESSAGE(values.size() == 1, name << " occurs " << values.size() << " times");
  return values.front();
}

// ------------------------------------------------------------------------- the scripted server

scripted_server::scripted_server(json plan, const certificates::pair* shows) {
  if (shows != nullptr) {
    plan["certificate"] = shows->certificate.string();
    plan["key"] = shows->key.string();
  }
  process_.emplace(launch_of({"/usr/bin/python3", scripts + "scripted_server.py", plan.dump()}));
  port_ = json::parse(process_->line())["port"];
}

json scripted_server::awaits(const std::string& event) {
  return json::parse(process_->await_line(
      [&](const std::string& line) { return json::parse(line).value("event", "") == event; }));
}

std::vector<json> scripted_server::end() {
  process_->signal(SIGKILL);
  std::vector<json> events;
  for (const auto& line : process::lines_of(process_->end().out)) {
    events.push_back(json::parse(line));
  }
  return events;
}

smtp_settings settings_for(std::uint16_t port) {
  smtp_settings settings;
  settings.host = "127.0.0.1";
  settings.port = port;
  settings.user = good_user;
  settings.password = good_password;
  settings.ca_file = all_certificates().authority;
  settings.from_address = "noreply@chat.example.org";
  settings.from_name = "UOD Messenger";
  settings.timeout_ms = process::wait_ms_max;
  return settings;
}

delivery send(const smtp_settings& settings, const letter& what) {
  auto made = make_smtp_transport(settings);
  BOOST_REQUIRE_MESSAGE(made, (made ? "" : to_text(made.error())));
  auto result = (*made)->deliver(what);
  BOOST_TEST_MESSAGE(result.why);
  BOOST_TEST(result.why.size() <= why_octets_max);
  BOOST_TEST(one_line(result.why, why_octets_max) == result.why);
  BOOST_TEST(result.why.find(good_password) == std::string::npos);
  BOOST_TEST((!result.misconfigured || result.how == verdict::try_again));
  return result;
}

// -------------------------------------------------------------------------------- the real one

namespace {

constexpr const char* exim = "/usr/sbin/exim4";
constexpr uid_t mail_user = 8;  // Debian's base-passwd; Exim never delivers as root

/// Between what needs root and what systems give to outgoing connections.
std::uint16_t some_port() {
  static std::random_device random;
  return static_cast<std::uint16_t>(std::uniform_int_distribution<int>(10'240, 32'000)(random));
}

/// `@WORD@` stands for what differs from run to run.
constexpr std::string_view exim_config = R"(primary_hostname = localhost
exim_user = @OWN_USER@
exim_group = @OWN_GROUP@
spool_directory = @HOME@/spool
log_file_path = @HOME@/spool/%slog
pid_file_path = @HOME@/spool/pid
local_interfaces = 127.0.0.1
daemon_startup_retries = 0
daemon_smtp_ports = @STARTTLS_PORT@ : @TLS_PORT@
tls_on_connect_ports = @TLS_PORT@
tls_advertise_hosts = *
tls_certificate = @CERTIFICATE@
tls_privatekey = @KEY@
auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}
smtputf8_advertise_hosts = *
host_lookup =
keep_environment =
acl_smtp_rcpt = check_rcpt
begin acl
check_rcpt:
  deny !authenticated = *
       message = log in first
  deny local_parts = nobody
       message = nobody lives here
  accept
begin routers
everybody:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  directory = @HOME@/box
  maildir_format
  user = @MAIL_USER@
  group = @MAIL_GROUP@
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_set_id = $auth2
  server_condition = ${if and{{eq{$auth2}{@USER@}}{eq{$auth3}{@PASSWORD@}}}}
)";

std::string filled_in(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [word, value] : values) {
    const std::string mark = "@" + word + "@";
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
      text.replace(at, mark.size(), value);
      at += value.size();
    }
  }
  return text;
}

}  // namespace

bool real_server::is_here() { return ::access(exim, X_OK) == 0; }

real_server::real_server(const certificates::pair& shows) {
  // Exim's deliveries run as another user, who must reach the Maildir.
  fs::permissions(home_.path(),
                  fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  for (const auto& directory : {home_.path() / "box", home_.path() / "box" / "tmp",
                                home_.path() / "box" / "new", home_.path() / "box" / "cur"}) {
    fs::create_directory(directory);
    if (::getuid() == 0) BOOST_REQUIRE_EQUAL(::chown(directory.c_str(), mail_user, mail_user), 0);
  }
  watch_ = ::inotify_init1(IN_CLOEXEC);
  const auto arrivals = home_.path() / "box" / "new";
  BOOST_REQUIRE(::inotify_add_watch(watch_, arrivals.c_str(), IN_MOVED_TO | IN_CREATE) >= 0);
  start(shows);
}

real_server::~real_server() { ::close(watch_); }

void real_server::start(const certificates::pair& shows) {
  const auto config = home_.path() / "exim.conf";
  const bool as_root = ::getuid() == 0;
  for (int attempt = 1;; ++attempt) {
    starttls_port_ = some_port();
    tls_port_ = some_port();
    process::put_file(config,
                      filled_in(std::string(exim_config),
                                {{"OWN_USER", std::to_string(::getuid())},
                                 {"OWN_GROUP", std::to_string(::getgid())},
                                 {"MAIL_USER", std::to_string(as_root ? mail_user : ::getuid())},
                                 {"MAIL_GROUP", std::to_string(as_root ? mail_user : ::getgid())},
                                 {"HOME", home_.path()},
                                 {"STARTTLS_PORT", std::to_string(starttls_port_)},
                                 {"TLS_PORT", std::to_string(tls_port_)},
                                 {"CERTIFICATE", shows.certificate},
                                 {"KEY", shows.key},
                                 {"USER", good_user},
                                 {"PASSWORD", good_password}}));
    process_.emplace(launch_of({exim, "-bdf", "-v", "-C", config}));
    // Either it listens, or it says why not.
    const auto said = process_->await_message([](const std::string& line) {
      return line.find("listening for SMTP") != std::string::npos ||
             line.find("socket bind() to port") != std::string::npos;
    });
    if (said.find("listening for SMTP") != std::string::npos) return;
    BOOST_REQUIRE_MESSAGE(attempt < 10, "no port is free: " << said);
  }
}

std::string real_server::take_mail() {
  const auto arrivals = home_.path() / "box" / "new";
  for (;;) {
    for (const auto& entry : fs::directory_iterator(arrivals)) {
      auto octets = process::content_of(entry.path());
      fs::remove(entry.path());
      return octets;
    }
    pollfd watched{watch_, POLLIN, 0};
    BOOST_REQUIRE_MESSAGE(::poll(&watched, 1, process::wait_ms_max) == 1,
                          "no mail came; stderr: " << process_->messages());
    char events[4096];
    BOOST_REQUIRE(::read(watch_, events, sizeof events) > 0);
  }
}

}  // namespace uod::mail
