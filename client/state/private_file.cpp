#include "client/state/private_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace uod::client {
namespace {

namespace fs = std::filesystem;

constexpr mode_t others = 077;

tl::unexpected<error> system_error(const fs::path& thing, int number) {
  const std::string detail = thing.string() + " (" + std::strerror(number) + ")";
  if (number == EACCES || number == EPERM || number == EROFS)
    return fail(errc::permission_denied, detail);
  if (number == ENOSPC || number == EDQUOT) return fail(errc::storage_full, detail);
  return fail(errc::io_failed, detail);
}

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

outcome<void> write_all(int to, bytes_view content, const fs::path& file) {
  while (!content.empty()) {
    const ssize_t written = ::write(to, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(file, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(to) != 0) return system_error(file, errno);
  return {};
}

/// Makes a rename durable.
outcome<void> sync_directory(const fs::path& directory) {
  const descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return system_error(directory, errno);
  return {};
}

}  // namespace

outcome<void> make_private_directory(const fs::path& directory,
                                     std::vector<std::string>& warnings) {
  const auto parent = directory.parent_path();
  std::error_code problem;
  if (!parent.empty() && parent != directory && !fs::exists(parent, problem)) {
    if (auto made = make_private_directory(parent, warnings); !made) return made;
  }
  if (::mkdir(directory.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return system_error(directory, errno);
  struct stat found {};
  if (::stat(directory.c_str(), &found) != 0) return system_error(directory, errno);
  if (!S_ISDIR(found.st_mode)) return system_error(directory, ENOTDIR);
  if ((found.st_mode & others) == 0) return {};
  if (::chmod(directory.c_str(), 0700) != 0) return system_error(directory, errno);
  warnings.push_back("others could look into " + directory.string() +
                     "; its mode is 0700 from now on");
  return {};
}

outcome<std::optional<bytes>> read_private_file(const fs::path& file,
                                                std::vector<std::string>& warnings) {
  // Not blocking, should the name belong to a pipe.
  const descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (opened.get() < 0 && errno == ENOENT) return std::nullopt;
  if (opened.get() < 0) return system_error(file, errno);
  struct stat found {};
  if (::fstat(opened.get(), &found) != 0) return system_error(file, errno);
  if (!S_ISREG(found.st_mode)) return fail(errc::io_failed, file.string() + " (not a file)");
  if ((found.st_mode & others) != 0) {
    if (::fchmod(opened.get(), 0600) != 0) return system_error(file, errno);
    warnings.push_back("others could read " + file.string() + "; its mode is 0600 from now on");
  }
  bytes content;
  char piece[4096];
  for (;;) {
    const ssize_t count = ::read(opened.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(file, errno);
    if (count == 0) return content;
    content.append(piece, static_cast<std::size_t>(count));
    if (content.size() > private_file_bytes_max) return fail(errc::too_large, file.string());
  }
}

outcome<void> write_private_file(const fs::path& file, bytes_view content) {
  std::string temporary = file.string() + ".XXXXXX";
  const descriptor opened(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (opened.get() < 0) return system_error(file, errno);
  auto written = write_all(opened.get(), content, file);
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0)
    written = system_error(file, errno);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_directory(file.parent_path());
}

outcome<void> remove_private_file(const fs::path& file) {
  if (::unlink(file.c_str()) == 0) return sync_directory(file.parent_path());
  if (errno == ENOENT) return {};
  return system_error(file, errno);
}

outcome<file_lock> file_lock::take(const fs::path& file) {
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0) return system_error(file, errno);
  file_lock lock(opened);
  while (::flock(opened, LOCK_EX) != 0) {
    if (errno != EINTR) return system_error(file, errno);
  }
  return lock;
}

file_lock::~file_lock() {
  if (descriptor_ >= 0) ::close(descriptor_);  // gives the lock back
}

}  // namespace uod::client
