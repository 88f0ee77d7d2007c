#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "client/commands/program.hpp"

namespace {

/// Passwords, keys and messages are in memory: no picture of it goes to disk.
void refuse_core_files() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

/// A standard stream that was closed would give its number to the next file opened, which then
/// gets what was meant for a person.
void open_missing_streams() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number)
    if (::fcntl(number, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
}

}  // namespace

int main(int argc, char** argv) {
  refuse_core_files();
  open_missing_streams();
  return uod::client::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
