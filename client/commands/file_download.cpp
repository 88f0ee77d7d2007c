#include "client/commands/file_download.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <system_error>

#include "client/commands/file_transfer.hpp"
#include "protocol/sealing/octets.hpp"
#include "protocol/sealing/sealed_file.hpp"

namespace uod::client {
namespace {

namespace fs = std::filesystem;

/// Times in a row that the server may ask for patience.
constexpr int tries_max = 40;
/// Segments that are written before they are synced and noted: what a crash costs, 4 MiB.
constexpr std::uint64_t segments_a_sync = 64;
/// Parts that are remembered; the oldest goes, and its file is fetched from the beginning.
constexpr std::size_t parts_kept_max = 16;

tl::unexpected<error> fail_at(int number, const fs::path& path) {
  const std::string detail = path.string() + ": " + std::generic_category().message(number);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return fail(errc::storage_full, detail +
                                          "; what is there is kept, and the same command goes "
                                          "on from there");
    case EACCES:
    case EPERM:
    case EROFS:
      return fail(errc::permission_denied, detail);
    default:
      return fail(errc::io_failed, detail);
  }
}

bool is_there(const fs::path& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0;
}

tl::unexpected<error> fail_there(const fs::path& path) {
  return fail(errc::not_allowed,
              path.string() + " is there already; --output puts it elsewhere, --force replaces it");
}

/// The file that comes to be.
class part_file {
 public:
  explicit part_file(fs::path place) : place_(std::move(place)), path_(place_.string() + ".part") {}
  part_file(const part_file&) = delete;
  part_file& operator=(const part_file&) = delete;
  ~part_file() {
    if (file_ >= 0) ::close(file_);
  }

  [[nodiscard]] const fs::path& path() const { return path_; }

  /// Opens the part that is there, or a new one, of which at most `known` segments are kept. How
  /// many it holds.
  outcome<std::uint64_t> open(std::uint64_t known) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat about {};
    if (file_ < 0 || ::fstat(file_, &about) != 0) return fail_at(errno, path_);
    if (!S_ISREG(about.st_mode)) return fail(errc::io_failed, path_.string() + " is no file");
    const auto whole = static_cast<std::uint64_t>(about.st_size) / file_segment_octets;
    const auto held = std::min(known, whole);
    if (auto cut = cut_to(held * file_segment_octets); !cut) return tl::unexpected(cut.error());
    return held;
  }

  outcome<void> cut_to(std::uint64_t octets) {
    if (::ftruncate(file_, static_cast<off_t>(octets)) != 0) return fail_at(errno, path_);
    return {};
  }

  outcome<void> write(std::uint64_t at, bytes_view octets) {
    const auto begin = at;
    while (!octets.empty()) {
      const ssize_t written = ::pwrite(file_, octets.data(), octets.size(), static_cast<off_t>(at));
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

  outcome<void> sync() {
    if (::fdatasync(file_) != 0) return fail_at(errno, path_);
    return {};
  }

  /// Gives it its name.
  outcome<void> finish(bool force) {
    if (::fsync(file_) != 0) return fail_at(errno, path_);
    const unsigned how = force ? 0 : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, place_.c_str(), how) == 0) return {};
    if (errno == EEXIST) return fail_there(place_);
    // A file system that does not know how to look and rename in one.
    if (errno != EINVAL && errno != ENOSYS) return fail_at(errno, place_);
    if (!force && is_there(place_)) return fail_there(place_);
    if (::rename(path_.c_str(), place_.c_str()) != 0) return fail_at(errno, place_);
    return {};
  }

 private:
  fs::path place_;
  fs::path path_;
  int file_ = -1;
};

/// Which parts are of which files, in the keyring: another file of the same name has another part.
class part_note {
 public:
  part_note(keyring& keys, const file_id& id, const fs::path& part)
      : keys_(keys), id_(id), where_(fs::absolute(part).lexically_normal().string()) {}

  /// Segments of the part that are known to be of this file and on disk; nothing: it is not its.
  outcome<std::optional<std::uint64_t>> held() {
    const auto known = all();
    if (!known) return tl::unexpected(known.error());
    for (const auto& each : *known) {
      if (each.id == id_ && each.where == where_) return each.held;
    }
    return std::nullopt;
  }
  outcome<void> keep(std::uint64_t held) { return put(entry{id_, held, where_}); }
  outcome<void> forget() { return put(std::nullopt); }

 private:
  static constexpr const char* name = "downloads";
  struct entry {
    file_id id;
    std::uint64_t held = 0;
    std::string where;
  };

  outcome<std::vector<entry>> all() {
    const auto note = keys_.note(name);
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

  outcome<void> put(const std::optional<entry>& mine) {
    auto known = all();
    if (!known) return tl::unexpected(known.error());
    std::erase_if(*known,
                  [&](const entry& each) { return each.id == id_ || each.where == where_; });
    if (mine) known->push_back(*mine);
    if (known->size() > parts_kept_max) known->erase(known->begin());
    bytes octets;
    for (const auto& each : *known) {
      octets.append(each.id.view());
      sealing::put(octets, each.held);
      sealing::put(octets, static_cast<std::uint32_t>(each.where.size()));
      octets.append(each.where);
    }
    return keys_.keep_note(name, octets);
  }

  keyring& keys_;
  file_id id_;
  std::string where_;
};

/// What answers change; shared with them, because they may come when the command is over.
struct passage {
  std::map<std::uint64_t, bytes> arrived;  ///< sealed, by their index
  std::size_t under_way = 0;
  std::optional<error> refused;
};

class downloader {
 public:
  downloader(context& with, conversation& talk, const file_content& file, file_sealer sealer,
             part_file& part, part_note& note, std::uint64_t held)
      : talk_(talk),
        file_(file),
        sealer_(std::move(sealer)),
        part_(part),
        note_(note),
        segments_(file_segments(file.size)),
        next_(std::min(held, segments_)),
        noted_(next_),
        transfer_(with, talk, file.name, file.size) {}

  outcome<void> run() {
    auto got = go();
    // Whatever ended it, the next run goes on from here.
    const auto noted = note();
    return got ? noted : got;
  }

 private:
  outcome<void> go() {
    int tries = 0;
    show();
    while (next_ < segments_) {
      const auto before = next_;
      if (auto fetched = fetch(); !fetched) return tl::unexpected(fetched.error());
      const auto why = std::exchange(way_->refused, std::nullopt);
      if (!why) continue;
      tries = next_ > before ? 0 : tries + 1;
      if (!file_transfer::is_for_now(why->code) || tries > tries_max) return tl::unexpected(*why);
      if (auto rested = transfer_.rest(why->retry_after_ms); !rested) return rested;
    }
    return {};
  }

  outcome<void> note() {
    if (noted_ == next_) return {};
    outcome<void> kept;
    talk_.aside([&] {
      kept = part_.sync();
      if (kept) kept = note_.keep(next_);
    });
    if (kept) noted_ = next_;
    return kept;
  }

  /// Until all of it is there, or something was refused and nothing is under way.
  outcome<void> fetch() {
    std::uint64_t asked = next_;
    way_->arrived.clear();
    while (true) {
      while (!way_->refused && asked < segments_ &&
             way_->under_way + way_->arrived.size() < segments_under_way_max) {
        ask_for(asked++);
      }
      if (auto kept = keep_arrived(); !kept) return kept;
      if (way_->under_way == 0) {
        if (way_->refused || asked == segments_) return {};
        continue;
      }
      const auto before = way_->under_way;
      if (auto moved = transfer_.wait([&] { return way_->under_way < before; }); !moved) {
        return tl::unexpected(transfer_.account_for(moved.error()));
      }
    }
  }

  void ask_for(std::uint64_t index) {
    ++way_->under_way;
    talk_.talk().ask_for<file_segment>(fetch_file_segment{file_.id, index},
                                       [way = way_, index](outcome<file_segment> told) {
                                         --way->under_way;
                                         if (told) {
                                           way->arrived[index] = std::move(told->sealed);
                                         } else if (!way->refused) {
                                           way->refused = told.error();
                                         }
                                       });
  }

  /// Opens and writes what continues the file.
  outcome<void> keep_arrived() {
    while (true) {
      const auto found = way_->arrived.find(next_);
      if (found == way_->arrived.end()) return {};
      const bytes sealed = std::move(found->second);
      way_->arrived.erase(found);
      outcome<void> kept;
      talk_.aside([&] {
        const auto opened = sealer_.open(next_, sealed);
        kept = opened ? part_.write(next_ * file_segment_octets, opened->view())
                      : outcome<void>(tl::unexpected(opened.error()));
      });
      if (!kept) return kept;
      ++next_;
      show();
      if (next_ - noted_ >= segments_a_sync) {
        if (auto noted = note(); !noted) return noted;
      }
    }
  }

  void show() { transfer_.moved_to(std::min(next_ * file_segment_octets, file_.size)); }

  conversation& talk_;
  const file_content& file_;
  file_sealer sealer_;
  part_file& part_;
  part_note& note_;
  std::uint64_t segments_;
  std::uint64_t next_;
  std::uint64_t noted_;
  file_transfer transfer_;
  std::shared_ptr<passage> way_ = std::make_shared<passage>();
};

}  // namespace

outcome<fs::path> place_to_save(const std::string& output, const std::string& name) {
  // Checked when the message was opened; here it decides where something is written.
  if (!is_file_name(name)) return fail(errc::sealed_damaged, "the file has no name to save it by");
  std::error_code ignored;
  if (output.empty()) return fs::path(name);
  if (fs::is_directory(output, ignored)) return fs::path(output) / name;
  return fs::path(output);
}

outcome<void> download_file(context& with, conversation& talk, keyring& keys,
                            const file_content& file, const fs::path& place, bool force) {
  if (!force && is_there(place)) return fail_there(place);
  auto sealer = file_sealer::from(file.id, file.key.view(), file.size);
  if (!sealer) return tl::unexpected(sealer.error());
  part_file part(place);
  part_note note(keys, file.id, part.path());
  const auto known = note.held();
  if (!known) return tl::unexpected(known.error());
  if (!*known && !force && is_there(part.path())) return fail_there(part.path());
  const auto held = part.open(known->value_or(0));
  if (!held) return tl::unexpected(held.error());
  if (auto kept = note.keep(*held); !kept) return kept;
  auto got = downloader(with, talk, file, std::move(*sealer), part, note, *held).run();
  if (!got) return got;
  if (auto cut = part.cut_to(file.size); !cut) return cut;
  if (auto named = part.finish(force); !named) return named;
  return note.forget();
}

}  // namespace uod::client
