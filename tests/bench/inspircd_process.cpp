#include "tests/bench/inspircd_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "protocol/tls_identity.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/process_usage.hpp"

namespace uod::bench {
namespace {

constexpr const char* usual_program = "/usr/sbin/inspircd";
constexpr int start_tries = 200;
constexpr auto between_tries = std::chrono::milliseconds(50);

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that nobody has now. InspIRCd takes none by itself and tells.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  const bool found =
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!found) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

bool listens(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool connected =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

void write_settings(const std::filesystem::path& directory, std::uint16_t port) {
  const auto identity =
      must(make_tls_identity(key_kind::ec_p256, "localhost", std::time(nullptr)), "a key");
  std::ofstream(directory / "cert.pem") << identity.certificate_pem;
  std::ofstream(directory / "key.pem") << identity.private_key_pem;
  const auto path = [&](const char* name) { return "\"" + (directory / name).string() + "\""; };
  std::ofstream(directory / "inspircd.conf")
      << "<server name=\"irc.localhost\" description=\"bench\" network=\"bench\" id=\"001\">\n"
      << "<admin name=\"bench\" nick=\"bench\" email=\"bench@localhost\">\n"
      << "<module name=\"ssl_gnutls\">\n<module name=\"delayjoin\">\n"
      << "<sslprofile name=\"tls\" provider=\"gnutls\" certfile=" << path("cert.pem")
      << " keyfile=" << path("key.pem") << ">\n"
      << "<bind address=\"127.0.0.1\" port=\"" << port
      << "\" type=\"clients\" sslprofile=\"tls\">\n"
      << "<connect allow=\"*\" timeout=\"60\" pingfreq=\"600\" hardsendq=\"100M\" "
         "softsendq=\"50M\" "
         "recvq=\"1M\" localmax=\"100000\" globalmax=\"100000\" maxconnwarn=\"off\" fakelag=\"no\" "
         "commandrate=\"100000000\" threshold=\"1000000\" resolvehostnames=\"no\" useident=\"no\" "
         "limit=\"100000\" modes=\"\">\n"
      << "<performance somaxconn=\"4096\" softlimit=\"60000\" quietbursts=\"yes\" "
         "nouserdns=\"yes\">\n"
      << "<options defaultmodes=\"\" syntaxhints=\"no\">\n"
      << "<dns server=\"127.0.0.1\" timeout=\"1\">\n"
      << "<pid file=" << path("pid") << ">\n"
      << "<log method=\"file\" type=\"* -USERINPUT -USEROUTPUT\" level=\"default\" target="
      << path("log") << ">\n";
}

}  // namespace

std::optional<std::filesystem::path> inspircd_process::program() {
  if (!std::filesystem::exists(usual_program)) return std::nullopt;
  return usual_program;
}

inspircd_process::inspircd_process(const std::filesystem::path& program,
                                   const std::filesystem::path& directory)
    : directory_(directory), port_(free_port()) {
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directories(directory_);
  write_settings(directory_, port_);
  const std::string path = program;
  const std::string settings = directory_ / "inspircd.conf";
  const std::string said = directory_ / "output";
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("no process");
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int output = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execl(path.c_str(), path.c_str(), "--nofork", "--runasroot", "--config", settings.c_str(),
            nullptr);
    ::_exit(127);
  }
  for (int tries = 0; !listens(port_); ++tries) {
    if (tries >= start_tries || ::waitpid(process_, nullptr, WNOHANG) == process_) {
      throw std::runtime_error("inspircd did not start:\n" + contents_of(said));
    }
    std::this_thread::sleep_for(between_tries);
  }
}

inspircd_process::~inspircd_process() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace uod::bench
