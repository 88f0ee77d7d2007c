#include "server/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace uod {
namespace {

/// Far more than a key or a certificate chain needs.
constexpr std::size_t file_bytes_max = 1024 * 1024;
constexpr std::size_t collected_octets_max = 64 * 1024;

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }

 private:
  int number_;
};

bool write_all(int file, bytes_view contents) {
  while (!contents.empty()) {
    const ssize_t written = ::write(file, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

outcome<bytes> read_all(const descriptor& file, const std::filesystem::path& path) {
  bytes contents;
  char piece[4096];
  for (;;) {
    const ssize_t got = ::read(file.number(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(system_error_at(errno, path));
    if (got == 0) return contents;
    contents.append(piece, static_cast<std::size_t>(got));
    if (contents.size() > file_bytes_max) {
      return fail(errc::io_failed, path.string() + ": too large to be a key or certificate");
    }
  }
}

/// So that the name is on disk too, not only what it names.
bool sync_directory(const std::filesystem::path& directory) {
  const descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.open() && ::fsync(opened.number()) == 0;
}

}  // namespace

error system_error_at(int number, const std::filesystem::path& path) {
  const std::string detail = path.string() + ": " + std::generic_category().message(number);
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return {errc::permission_denied, detail};
    case ENOSPC:
    case EDQUOT:
      return {errc::storage_full, detail};
    default:
      return {errc::io_failed, detail};
  }
}

outcome<bytes> read_private_file(const std::filesystem::path& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return tl::unexpected(system_error_at(errno, path));
  return read_all(file, path);
}

outcome<bytes> read_secret_file(const std::filesystem::path& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  // Of what was opened, so that nobody exchanges it in between.
  if (!file.open() || ::fstat(file.number(), &about) != 0) {
    return tl::unexpected(system_error_at(errno, path));
  }
  if ((about.st_mode & 0077) != 0) {
    return fail(errc::config_invalid,
                path.string() + ": others may read it; `chmod 600` it, and change the password");
  }
  return read_all(file, path);
}

outcome<void> write_private_file(const std::filesystem::path& path, bytes_view contents) {
  auto file = private_file_writer::make(path);
  if (!file) return tl::unexpected(file.error());
  if (auto written = file->write(contents); !written) return written;
  return file->finish();
}

outcome<private_file_writer> private_file_writer::make(std::filesystem::path path) {
  std::string beside = path.string() + ".XXXXXX";
  const int file = ::mkostemp(beside.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return tl::unexpected(system_error_at(errno, path));
  return private_file_writer(std::move(path), std::move(beside), file);
}

private_file_writer::private_file_writer(private_file_writer&& other) noexcept
    : path_(std::move(other.path_)),
      beside_(std::exchange(other.beside_, {})),
      file_(std::exchange(other.file_, -1)),
      collected_(std::move(other.collected_)) {}

private_file_writer::~private_file_writer() {
  if (file_ >= 0) ::close(file_);
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

outcome<void> private_file_writer::write(bytes_view piece) {
  collected_.append(piece);
  if (collected_.size() < collected_octets_max) return {};
  return write_collected();
}

outcome<void> private_file_writer::write_collected() {
  if (!write_all(file_, collected_)) return tl::unexpected(system_error_at(errno, path_));
  collected_.clear();
  return {};
}

outcome<void> private_file_writer::finish() {
  if (auto written = write_collected(); !written) return written;
  if (::fsync(file_) != 0 || ::rename(beside_.c_str(), path_.c_str()) != 0) {
    return tl::unexpected(system_error_at(errno, path_));
  }
  beside_.clear();
  const auto parent = path_.parent_path();
  if (!sync_directory(parent.empty() ? "." : parent)) {
    return tl::unexpected(system_error_at(errno, path_));
  }
  return {};
}

outcome<void> make_private_directory(const std::filesystem::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) return tl::unexpected(system_error_at(failed.value(), path));
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return tl::unexpected(system_error_at(errno, path));
  if (!std::filesystem::is_directory(path, failed)) {
    return fail(errc::io_failed, path.string() + " is no directory");
  }
  return {};
}

}  // namespace uod
