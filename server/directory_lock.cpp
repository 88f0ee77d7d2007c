#include "server/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "server/private_file.hpp"

namespace uod {

outcome<directory_lock> directory_lock::take(const std::filesystem::path& directory) {
  const auto path = directory / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return tl::unexpected(system_error_at(errno, path));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    ::close(file);
    if (why == EWOULDBLOCK) return fail(errc::data_dir_in_use, directory.string());
    return tl::unexpected(system_error_at(why, path));
  }
  return directory_lock(file);
}

directory_lock::directory_lock(directory_lock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

directory_lock::~directory_lock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace uod
