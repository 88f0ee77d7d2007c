#include "client/commands/file_upload.hpp"

#include "client/commands/file_transfer.hpp"
#include "protocol/sealing/sealed_file.hpp"

namespace uod::client {
namespace {

/// Times in a row that the server may be asked what it holds without a segment getting through.
constexpr int tries_max = 40;

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
