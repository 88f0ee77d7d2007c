#include "storage/file_shelf.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "config/descriptor.hpp"

namespace uod::storage {
namespace {

namespace fs = std::filesystem;

tl::unexpected<error> fail_at(int number, const fs::path& path) {
  const std::string detail = path.string() + ": " + std::generic_category().message(number);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return fail(errc::storage_full, detail);
    case EACCES:
    case EPERM:
    case EROFS:
      return fail(errc::permission_denied, detail);
    default:
      return fail(errc::storage_failed, detail);
  }
}

/// So that names are on disk too, not only what they name.
outcome<void> sync_directory(const fs::path& directory) {
  const descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open() || ::fsync(opened.get()) != 0) return fail_at(errno, directory);
  return {};
}

outcome<void> make_directory(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return sync_directory(directory.parent_path());
  if (errno == EEXIST) return {};
  return fail_at(errno, directory);
}

outcome<void> remove_one(const fs::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail_at(errno, path);
}

}  // namespace

fs::path file_shelf::place_of(const file_id& id) const {
  const std::string name = to_text(id);
  return directory_ / name.substr(name.size() - 2) / name;
}

fs::path file_shelf::part_of(const file_id& id) const {
  fs::path place = place_of(id);
  place += ".part";
  return place;
}

outcome<void> file_shelf::write(const file_id& id, std::uint64_t at, bytes_view octets) {
  const fs::path part = part_of(id);
  int number = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (number < 0 && errno == ENOENT) {
    if (auto made = make_directory(directory_); !made) return made;
    if (auto made = make_directory(part.parent_path()); !made) return made;
    number = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  const descriptor file(number);
  if (!file.open()) return fail_at(errno, part);
  const auto begin = static_cast<off_t>(at);
  off_t next = begin;
  while (!octets.empty()) {
    const ssize_t written = write_(file.get(), octets.data(), octets.size(), next);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int why = written == 0 ? ENOSPC : errno;
      // A disk that is full has room again when this is gone.
      if (::ftruncate(file.get(), begin) != 0) return fail_at(errno, part);
      return fail_at(why, part);
    }
    octets.remove_prefix(static_cast<std::size_t>(written));
    next += written;
  }
  if (::ftruncate(file.get(), next) != 0) return fail_at(errno, part);
  return {};
}

outcome<void> file_shelf::sync(const file_id& id) {
  const fs::path part = part_of(id);
  const descriptor file(::open(part.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.open() || ::fdatasync(file.get()) != 0) return fail_at(errno, part);
  return sync_directory(part.parent_path());
}

outcome<void> file_shelf::cut(const file_id& id, std::uint64_t octets) {
  const fs::path part = part_of(id);
  const descriptor file(::open(part.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat about {};
  if (!file.open() && errno == ENOENT) {
    if (octets == 0) return {};
    return fail(errc::no_such_file, part.string());
  }
  if (!file.open() || ::fstat(file.get(), &about) != 0) return fail_at(errno, part);
  if (static_cast<std::uint64_t>(about.st_size) < octets) {
    return fail(errc::no_such_file, part.string());
  }
  if (::ftruncate(file.get(), static_cast<off_t>(octets)) != 0) return fail_at(errno, part);
  return {};
}

outcome<void> file_shelf::finish(const file_id& id) {
  if (is_finished(id)) return {};
  if (auto synced = sync(id); !synced) return synced;
  const fs::path place = place_of(id);
  if (::rename(part_of(id).c_str(), place.c_str()) != 0) return fail_at(errno, place);
  return sync_directory(place.parent_path());
}

bool file_shelf::is_finished(const file_id& id) const {
  struct stat about {};
  return ::lstat(place_of(id).c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

outcome<bytes> file_shelf::read(const file_id& id, std::uint64_t at, std::size_t octets) const {
  const fs::path place = place_of(id);
  const descriptor file(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.open() && errno == ENOENT) return fail(errc::no_such_file, place.string());
  if (!file.open()) return fail_at(errno, place);
  bytes found(octets, '\0');
  std::size_t got = 0;
  while (got < octets) {
    const ssize_t piece =
        ::pread(file.get(), found.data() + got, octets - got, static_cast<off_t>(at + got));
    if (piece < 0 && errno == EINTR) continue;
    if (piece < 0) return fail_at(errno, place);
    if (piece == 0) return fail(errc::no_such_file, place.string());
    got += static_cast<std::size_t>(piece);
  }
  return found;
}

outcome<void> file_shelf::remove(const file_id& id) {
  if (auto gone = remove_one(part_of(id)); !gone) return gone;
  return remove_one(place_of(id));
}

}  // namespace uod::storage
