#include "client/commands/file_upload.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "client/commands/file_transfer.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/octets.hpp"
#include "protocol/sealing/sealed_file.hpp"

namespace uod::client {
namespace {

/// Uploads into one chat that are remembered; the oldest goes. As many as the server takes.
constexpr std::size_t uploads_kept_max = 8;
/// Times in a row that the server may be asked what it holds without a segment getting through.
constexpr int tries_max = 40;

std::uint64_t changed_at(const struct stat& about) {
  return static_cast<std::uint64_t>(about.st_mtim.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(about.st_mtim.tv_nsec);
}

tl::unexpected<error> fail_at(int number, const std::filesystem::path& path) {
  const auto code = number == EACCES || number == EPERM ? errc::permission_denied : errc::io_failed;
  return fail(code, path.string() + ": " + std::generic_category().message(number));
}

}  // namespace

// ------------------------------------------------------------------------------------- the file

outcome<source_file> source_file::open(const std::filesystem::path& path) {
  // Not to wait for whoever writes into a pipe.
  source_file opened(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (opened.file_ < 0 || ::fstat(opened.file_, &about) != 0) return fail_at(errno, path);
  if (!S_ISREG(about.st_mode)) return fail(errc::io_failed, path.string() + " is no file");
  opened.size_ = static_cast<std::uint64_t>(about.st_size);
  opened.changed_at_ns_ = changed_at(about);
  return opened;
}

source_file::source_file(source_file&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      changed_at_ns_(other.changed_at_ns_) {}

source_file::~source_file() {
  if (file_ >= 0) ::close(file_);
}

tl::unexpected<error> source_file::changed() const {
  return fail(errc::io_failed,
              path_.string() + " was changed while it was sent; nothing was sent, send it again");
}

outcome<void> source_file::check_unchanged() const {
  struct stat about {};
  if (::fstat(file_, &about) != 0) return fail_at(errno, path_);
  const bool same =
      static_cast<std::uint64_t>(about.st_size) == size_ && changed_at(about) == changed_at_ns_;
  if (!same) return changed();
  return {};
}

outcome<secret_bytes> source_file::read(std::uint64_t at, std::size_t octets) const {
  auto piece = secret_bytes::zeros(octets);
  std::size_t got = 0;
  while (got < octets) {
    const ssize_t more =
        ::pread(file_, piece.data() + got, octets - got, static_cast<off_t>(at + got));
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return fail_at(errno, path_);
    if (more == 0) return changed();
    got += static_cast<std::size_t>(more);
  }
  if (auto same = check_unchanged(); !same) return tl::unexpected(same.error());
  return piece;
}

// ------------------------------------------------------------------------------- what is kept

namespace {

std::string note_of(const chat_id& chat) { return "uploads into " + to_text(chat); }

void append(bytes& out, const kept_upload& each) {
  out.append(each.id.view());
  out.append(each.key.view());
  sealing::put(out, each.size);
  sealing::put(out, each.changed_at_ns);
  out.push_back(each.announced ? '\1' : '\0');
  sealing::put(out, static_cast<std::uint32_t>(each.path.size()));
  out.append(each.path);
}

}  // namespace

outcome<std::vector<kept_upload>> upload_notes::all() {
  const auto note = keys_.note(note_of(chat_));
  if (!note) return tl::unexpected(note.error());
  std::vector<kept_upload> found;
  sealing::octet_reader read(note->view());
  while (!read.rest().empty() && !read.too_short()) {
    kept_upload each;
    each.id = read.thing<file_id>();
    each.key = secret_bytes::copy_of(read.piece(file_key_octets));
    each.size = read.number<std::uint64_t>();
    each.changed_at_ns = read.number<std::uint64_t>();
    each.announced = read.number<std::uint8_t>() != 0;
    each.path = std::string(read.piece(read.number<std::uint32_t>()));
    if (!read.too_short()) found.push_back(std::move(each));
  }
  return found;
}

outcome<void> upload_notes::put(const std::vector<kept_upload>& uploads) {
  bytes octets;
  const std::size_t first =
      uploads.size() > uploads_kept_max ? uploads.size() - uploads_kept_max : 0;
  for (std::size_t at = first; at < uploads.size(); ++at) append(octets, uploads[at]);
  auto kept = keys_.keep_note(note_of(chat_), octets);
  wipe(octets);
  return kept;
}

outcome<kept_upload> upload_notes::take_up(const source_file& file, const file_id& fresh) {
  const std::string path = std::filesystem::absolute(file.path()).lexically_normal().string();
  auto known = all();
  if (!known) return tl::unexpected(known.error());
  for (auto& each : *known) {
    if (each.path == path && each.size == file.size() &&
        each.changed_at_ns == file.changed_at_ns()) {
      return std::move(each);
    }
  }
  kept_upload made{path, file.size(), file.changed_at_ns(), fresh, random_secret(file_key_octets),
                   false};
  if (auto kept = keep(made); !kept) return tl::unexpected(kept.error());
  return made;
}

outcome<void> upload_notes::keep(const kept_upload& upload) {
  auto known = all();
  if (!known) return tl::unexpected(known.error());
  std::erase_if(*known, [&](const kept_upload& each) {
    return each.id == upload.id || each.path == upload.path;
  });
  known->push_back({upload.path, upload.size, upload.changed_at_ns, upload.id, upload.key.copy(),
                    upload.announced});
  return put(*known);
}

outcome<void> upload_notes::forget(const file_id& id) {
  auto known = all();
  if (!known) return tl::unexpected(known.error());
  std::erase_if(*known, [&](const kept_upload& each) { return each.id == id; });
  return put(*known);
}

// ------------------------------------------------------------------------------------- the way

namespace {

/// What answers change; shared with them, because they may come when the command is over.
struct passage {
  std::uint64_t acknowledged = 0;  ///< segments, from the first on
  std::size_t under_way = 0;
  std::optional<error> refused;
};

class uploader {
 public:
  uploader(context& with, conversation& talk, const chat_id& chat, const source_file& file,
           const kept_upload& upload, file_sealer sealer, const std::string& what)
      : talk_(talk),
        chat_(chat),
        file_(file),
        upload_(upload),
        sealer_(std::move(sealer)),
        segments_(file_segments(upload.size)),
        transfer_(with, talk, what, upload.size) {}

  outcome<void> run() {
    auto done = go();
    if (!done && done.error().code != errc::io_failed) {
      return tl::unexpected(transfer_.account_for(done.error()));
    }
    return done;
  }

 private:
  outcome<void> go() {
    int tries = 0;
    while (way_->acknowledged < segments_) {
      const auto before = way_->acknowledged;
      if (auto begun = begin(); !begun) return begun;
      if (auto sent = send(); !sent) return sent;
      const auto why = std::exchange(way_->refused, std::nullopt);
      if (!why) continue;
      // The server holds other segments than was thought, or asks for patience: asked again.
      const bool again = file_transfer::is_for_now(why->code) || why->code == errc::not_allowed ||
                         why->code == errc::no_such_file;
      tries = way_->acknowledged > before ? 0 : tries + 1;
      if (!again || tries > tries_max) return tl::unexpected(*why);
      if (file_transfer::is_for_now(why->code)) {
        if (auto rested = transfer_.rest(why->retry_after_ms); !rested) return rested;
      }
    }
    return file_.check_unchanged();
  }

  outcome<void> begin() {
    for (int tries = 0;; ++tries) {
      const auto begun = talk_.ask<file_begun>(begin_file{upload_.id, chat_, upload_.size});
      if (begun) {
        way_->acknowledged = std::min(begun->segments_held, segments_);
        show();
        return {};
      }
      if (!file_transfer::is_for_now(begun.error().code) || tries > tries_max) {
        return tl::unexpected(begun.error());
      }
      if (auto rested = transfer_.rest(begun.error().retry_after_ms); !rested) return rested;
    }
  }

  /// Until all of them are acknowledged, or one was refused and nothing is under way.
  outcome<void> send() {
    std::uint64_t next = way_->acknowledged;
    while (true) {
      while (!way_->refused && next < segments_ && way_->under_way < segments_under_way_max) {
        if (auto sent = send_one(next); !sent) return sent;
        ++next;
      }
      if (way_->under_way == 0) return {};
      const auto before = way_->under_way;
      if (auto moved = transfer_.wait([&] { return way_->under_way < before; }); !moved) {
        return moved;
      }
      show();
    }
  }

  outcome<void> send_one(std::uint64_t index) {
    outcome<bytes> sealed;
    talk_.aside([&] {
      const auto plaintext =
          file_.read(index * file_segment_octets, file_segment_size(upload_.size, index));
      sealed = plaintext ? sealer_.seal(index, plaintext->view())
                         : outcome<bytes>(tl::unexpected(plaintext.error()));
    });
    if (!sealed) return tl::unexpected(sealed.error());
    ++way_->under_way;
    talk_.talk().ask_for<done>(put_file_segment{upload_.id, index, std::move(*sealed)},
                               [way = way_, index](const outcome<done>& put) {
                                 --way->under_way;
                                 if (put) {
                                   way->acknowledged = std::max(way->acknowledged, index + 1);
                                 } else if (!way->refused) {
                                   way->refused = put.error();
                                 }
                               });
    return {};
  }

  void show() {
    transfer_.moved_to(std::min(way_->acknowledged * file_segment_octets, upload_.size));
  }

  conversation& talk_;
  chat_id chat_;
  const source_file& file_;
  const kept_upload& upload_;
  file_sealer sealer_;
  std::uint64_t segments_;
  file_transfer transfer_;
  std::shared_ptr<passage> way_ = std::make_shared<passage>();
};

}  // namespace

outcome<void> upload_file(context& with, conversation& talk, const chat_id& chat,
                          const source_file& file, const kept_upload& upload,
                          const std::string& what) {
  auto sealer = file_sealer::from(upload.id, upload.key.view(), upload.size);
  if (!sealer) return tl::unexpected(sealer.error());
  return uploader(with, talk, chat, file, upload, std::move(*sealer), what).run();
}

}  // namespace uod::client
