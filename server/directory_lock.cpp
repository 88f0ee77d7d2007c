#include "server/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

#include "config/private_file.hpp"

namespace uod {

outcome<directory_lock> directory_lock::take(const std::filesystem::path& directory) {
  const auto path = directory / "lock";
  descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) return tl::unexpected(system_error_at(errno, path));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(errc::data_dir_in_use, directory.string());
    return tl::unexpected(system_error_at(errno, path));
  }
  return directory_lock(std::move(file));
}

}  // namespace uod
