#include "client/commands/file_part.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "config/private_file.hpp"
#include "protocol/sealing/octets.hpp"
#include "protocol/sealing/sealed_file.hpp"

namespace uod::client {
namespace {

namespace fs = std::filesystem;

constexpr const char* note_name = "downloads";
/// Parts that are remembered; the oldest goes, and its file is fetched from the beginning.
constexpr std::size_t parts_kept_max = 16;

tl::unexpected<error> fail_at(int number, const fs::path& path) {
  auto why = system_error_at(number, path);
  if (why.code == errc::storage_full) {
    why.detail += "; what is there is kept, and the same command goes on from there";
  }
  return tl::unexpected(std::move(why));
}

}  // namespace

bool is_there(const fs::path& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0;
}

tl::unexpected<error> something_is_there(const fs::path& path) {
  return fail(errc::not_allowed,
              path.string() + " is there already; --output puts it elsewhere, --force replaces it");
}

// ------------------------------------------------------------------------------------- the part

outcome<std::uint64_t> part_file::open(std::uint64_t known) {
  file_ = descriptor(
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  struct stat about {};
  if (!file_.open() || ::fstat(file_.get(), &about) != 0) return fail_at(errno, path_);
  if (!S_ISREG(about.st_mode)) return fail(errc::io_failed, path_.string() + " is no file");
  // Where others may write they may have put theirs here, or a second name of one of ours.
  if (about.st_uid != ::geteuid() || about.st_nlink != 1 || ::fchmod(file_.get(), 0600) != 0) {
    return fail(errc::not_allowed, path_.string() + " is not this program's; remove it first");
  }
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_at(errno, path_);
    return fail(errc::not_allowed, path_.string() + " is being written by another uod");
  }
  // Between opening and locking, another one may have given it its name.
  struct stat now {};
  if (::lstat(path_.c_str(), &now) != 0 || now.st_ino != about.st_ino) {
    return fail(errc::not_allowed, path_.string() + " was written by another uod just now");
  }
  const auto whole = static_cast<std::uint64_t>(about.st_size) / file_segment_octets;
  const auto held = std::min(known, whole);
  if (auto cut = cut_to(held * file_segment_octets); !cut) return tl::unexpected(cut.error());
  return held;
}

outcome<void> part_file::cut_to(std::uint64_t octets) {
  if (::ftruncate(file_.get(), static_cast<off_t>(octets)) != 0) return fail_at(errno, path_);
  return {};
}

outcome<void> part_file::write(std::uint64_t at, bytes_view octets) {
  const auto begin = at;
  while (!octets.empty()) {
    const ssize_t written =
        ::pwrite(file_.get(), octets.data(), octets.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int why = written == 0 ? ENOSPC : errno;
      static_cast<void>(cut_to(begin));
      return fail_at(why, path_);
    }
    octets.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

outcome<void> part_file::sync() {
  if (::fdatasync(file_.get()) != 0) return fail_at(errno, path_);
  return {};
}

outcome<void> part_file::finish(bool force) {
  if (::fsync(file_.get()) != 0) return fail_at(errno, path_);
  const unsigned how = force ? 0 : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, place_.c_str(), how) == 0) return {};
  if (errno == EEXIST) return something_is_there(place_);
  // A file system that does not know how to look and rename in one.
  if (errno != EINVAL && errno != ENOSYS) return fail_at(errno, place_);
  if (!force && is_there(place_)) return something_is_there(place_);
  if (::rename(path_.c_str(), place_.c_str()) != 0) return fail_at(errno, place_);
  return {};
}

// ------------------------------------------------------------------------------- what is kept

part_note::part_note(keyring& keys, const file_id& id, const fs::path& part)
    : keys_(keys), id_(id), where_(fs::absolute(part).lexically_normal().string()) {}

outcome<void> part_note::keep(std::uint64_t held) { return put(entry{id_, held, where_}); }

outcome<void> part_note::forget() { return put(std::nullopt); }

outcome<std::optional<std::uint64_t>> part_note::held() {
  const auto known = all();
  if (!known) return tl::unexpected(known.error());
  for (const auto& each : *known) {
    if (each.id == id_ && each.where == where_) return each.held;
  }
  return std::nullopt;
}

outcome<std::vector<part_note::entry>> part_note::all() {
  const auto note = keys_.note(note_name);
  if (!note) return tl::unexpected(note.error());
  std::vector<entry> found;
  sealing::octet_reader read(note->view());
  while (!read.rest().empty()) {
    entry each;
    each.id = read.thing<file_id>();
    each.held = read.number<std::uint64_t>();
    each.where = std::string(read.piece(read.number<std::uint32_t>()));
    if (read.too_short()) break;
    found.push_back(std::move(each));
  }
  return found;
}

outcome<void> part_note::put(const std::optional<entry>& mine) {
  auto known = all();
  if (!known) return tl::unexpected(known.error());
  std::erase_if(*known, [&](const entry& each) { return each.id == id_ || each.where == where_; });
  if (mine) known->push_back(*mine);
  if (known->size() > parts_kept_max) known->erase(known->begin());
  bytes octets;
  for (const auto& each : *known) {
    octets.append(each.id.view());
    sealing::put(octets, each.held);
    sealing::put(octets, static_cast<std::uint32_t>(each.where.size()));
    octets.append(each.where);
  }
  return keys_.keep_note(note_name, octets);
}

}  // namespace uod::client
