#include "client/commands/file_download.hpp"

#include <map>

#include "client/commands/file_part.hpp"
#include "client/commands/file_transfer.hpp"
#include "protocol/sealing/sealed_file.hpp"

namespace uod::client {
namespace {

namespace fs = std::filesystem;

/// Times in a row that the server may ask for patience.
constexpr int tries_max = 40;
/// Segments that are written before they are synced and noted: what a crash costs, 4 MiB.
constexpr std::uint64_t segments_a_sync = 64;

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
  const bool by_its_name = output.empty() || fs::is_directory(output, ignored);
  // Such names change what shells and programs do that find them.
  if (by_its_name && (name.front() == '.' || name.front() == '-')) {
    return fail(errc::not_allowed,
                "its name is \"" + name + "\"; give it another with --output PATH");
  }
  if (output.empty()) return fs::path(name);
  if (by_its_name) return fs::path(output) / name;
  return fs::path(output);
}

outcome<void> download_file(context& with, conversation& talk, keyring& keys,
                            const file_content& file, const fs::path& place, bool force) {
  if (!force && is_there(place)) return something_is_there(place);
  auto sealer = file_sealer::from(file.id, file.key.view(), file.size);
  if (!sealer) return tl::unexpected(sealer.error());
  part_file part(place);
  part_note note(keys, file.id, part.path());
  const auto known = note.held();
  if (!known) return tl::unexpected(known.error());
  if (!*known && !force && is_there(part.path())) return something_is_there(part.path());
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
