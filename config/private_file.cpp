#include "config/private_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace uod {
namespace {

namespace fs = std::filesystem;

constexpr mode_t others = 077;
constexpr std::size_t collected_octets_max = 64 * 1024;

tl::unexpected<error> failed_at(const fs::path& path) {
  return tl::unexpected(system_error_at(errno, path));
}

/// `path` is for the error. Error: `too_large`.
outcome<bytes> read_all(int file, const fs::path& path) {
  bytes content;
  char piece[4096];
  for (;;) {
    const ssize_t count = ::read(file, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed_at(path);
    if (count == 0) return content;
    content.append(piece, static_cast<std::size_t>(count));
    if (content.size() > private_file_bytes_max) return fail(errc::too_large, path.string());
  }
}

outcome<bytes> read_key(const descriptor& file, const fs::path& path) {
  auto content = read_all(file.get(), path);
  if (!content && content.error().code == errc::too_large) {
    return fail(errc::io_failed, path.string() + ": too large to be a key or certificate");
  }
  return content;
}

bool write_all(int file, bytes_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// So that a name is on disk too, or gone from it, and not only what it names.
outcome<void> sync_directory_of(const fs::path& path) {
  const auto parent = path.parent_path();
  const fs::path directory = parent.empty() ? "." : parent;
  const descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open() || ::fsync(opened.get()) != 0) return failed_at(directory);
  return {};
}

}  // namespace

error system_error_at(int number, const fs::path& path) {
  const std::string detail = path.string() + ": " + std::generic_category().message(number);
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return {errc::permission_denied, detail};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {errc::storage_full, detail};
    default:
      return {errc::io_failed, detail};
  }
}

// ------------------------------------------------------------------------------------------
// reading

outcome<bytes> read_private_file(const fs::path& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return failed_at(path);
  return read_key(file, path);
}

outcome<bytes> read_secret_file(const fs::path& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  // Of what was opened, so that nobody exchanges it in between.
  if (!file.open() || ::fstat(file.get(), &about) != 0) return failed_at(path);
  if ((about.st_mode & others) != 0) {
    return fail(errc::config_invalid,
                path.string() + ": others may read it; `chmod 600` it, and change the password");
  }
  return read_key(file, path);
}

outcome<std::optional<bytes>> read_private_file(const fs::path& path,
                                                std::vector<std::string>& warnings) {
  // Not blocking, should the name belong to a pipe.
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open() && errno == ENOENT) return std::nullopt;
  if (!file.open()) return failed_at(path);
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return failed_at(path);
  if (!S_ISREG(found.st_mode)) return fail(errc::io_failed, path.string() + ": not a file");
  if ((found.st_mode & others) != 0) {
    if (::fchmod(file.get(), 0600) != 0) return failed_at(path);
    warnings.push_back("others could read " + path.string() + "; its mode is 0600 from now on");
  }
  auto content = read_all(file.get(), path);
  if (!content) return tl::unexpected(content.error());
  return std::move(*content);
}

// ------------------------------------------------------------------------------------------
// writing

outcome<void> write_private_file(const fs::path& path, bytes_view content) {
  auto file = private_file_writer::make(path);
  if (!file) return tl::unexpected(file.error());
  if (auto written = file->write_through(content); !written) return written;
  return file->finish();
}

outcome<private_file_writer> private_file_writer::make(fs::path path) {
  std::string beside = path.string() + ".XXXXXX";
  descriptor file(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (!file.open()) return failed_at(path);
  return private_file_writer(std::move(path), std::move(beside), std::move(file));
}

private_file_writer::~private_file_writer() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

outcome<void> private_file_writer::write(bytes_view piece) {
  collected_.append(piece);
  if (collected_.size() < collected_octets_max) return {};
  return write_collected();
}

outcome<void> private_file_writer::write_through(bytes_view piece) {
  if (auto written = write_collected(); !written) return written;
  if (!write_all(file_.get(), piece)) return failed_at(path_);
  return {};
}

outcome<void> private_file_writer::write_collected() {
  if (!write_all(file_.get(), collected_)) return failed_at(path_);
  collected_.clear();
  return {};
}

outcome<void> private_file_writer::finish() {
  if (auto written = write_collected(); !written) return written;
  if (::fsync(file_.get()) != 0 || ::rename(beside_.c_str(), path_.c_str()) != 0) {
    return failed_at(path_);
  }
  beside_.clear();
  return sync_directory_of(path_);
}

outcome<void> remove_private_file(const fs::path& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory_of(path);
  if (errno == ENOENT) return {};
  return failed_at(path);
}

// -------------------------------------------------------------------------- directories and locks

outcome<void> make_private_directory(const fs::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  if (failed) return tl::unexpected(system_error_at(failed.value(), path));
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return failed_at(path);
  if (!fs::is_directory(path, failed)) {
    return fail(errc::io_failed, path.string() + " is no directory");
  }
  return {};
}

outcome<void> make_private_directory(const fs::path& path, std::vector<std::string>& warnings) {
  const auto parent = path.parent_path();
  std::error_code problem;
  if (!parent.empty() && parent != path && !fs::exists(parent, problem)) {
    if (auto made = make_private_directory(parent, warnings); !made) return made;
  }
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return failed_at(path);
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return failed_at(path);
  if (!S_ISDIR(found.st_mode)) return tl::unexpected(system_error_at(ENOTDIR, path));
  if ((found.st_mode & others) == 0) return {};
  if (::chmod(path.c_str(), 0700) != 0) return failed_at(path);
  warnings.push_back("others could look into " + path.string() + "; its mode is 0700 from now on");
  return {};
}

outcome<file_lock> file_lock::take(const fs::path& path) {
  descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) return failed_at(path);
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return failed_at(path);
  }
  return file_lock(std::move(file));
}

}  // namespace uod
