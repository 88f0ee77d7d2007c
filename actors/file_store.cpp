#include "actors/file_store.hpp"

#include "actors/log.hpp"
#include "protocol/sealing/sealed_file.hpp"

namespace uod {
namespace {

using self_pointer = file_store_actor::stateful_pointer<file_store_state>;
using upload = file_store_state::upload;

/// Where a segment begins among the sealed ones: all before it are full.
std::uint64_t place_of(std::uint64_t index) { return index * sealed_segment_octets_max; }

std::size_t sealed_octets(std::uint64_t size, std::uint64_t index) {
  return file_segment_size(size, index) + aead_overhead_octets;
}

/// For the log and the count: who asked is told only that it failed.
tl::unexpected<error> report(self_pointer self, const file_id& id, error why) {
  ++self->state.node->counters.files_failed;
  log::error("file.failed",
             {{"file", to_text(id)}, {"error", code_name(why.code)}, {"detail", why.detail}});
  return tl::unexpected(std::move(why));
}

/// What was taken is on disk and in the register, and with the last segment the file is complete.
outcome<void> save(self_pointer self, const file_id& id, upload& coming) {
  auto& state = self->state;
  if (coming.complete || coming.held == coming.synced) return {};
  const bool whole = coming.held == file_segments(coming.size);
  // Named before it is noted: after a crash between the two, a file with its name is complete.
  auto done = whole ? state.shelf->finish(id) : state.shelf->sync(id);
  if (done) done = state.files->note_held(id, coming.held, whole, state.node->clock.unix_ms());
  if (!done) {
    // Whether it is on disk is not known: it is to be sent again from where that is known.
    state.uploads.erase(id);
    return report(self, id, done.error());
  }
  coming.synced = coming.held;
  coming.complete = whole;
  if (whole) ++state.node->counters.files_completed;
  return {};
}

/// Makes room in memory: any of them, it is found again with its next segment.
void forget_one(self_pointer self) {
  auto& uploads = self->state.uploads;
  if (uploads.size() < uploads_known_max) return;
  const file_id id = uploads.begin()->first;
  if (auto saved = save(self, id, uploads.begin()->second); saved) uploads.erase(id);
}

/// What the register knows, taken into memory; what lies behind that on the shelf was never known
/// to be on disk.
outcome<upload*> take_up(self_pointer self, const storage::file_record& known) {
  auto& state = self->state;
  upload coming{known.owner, known.size, known.segments_held, known.segments_held, known.complete};
  if (!known.complete) {
    if (known.fresh) {
      if (auto gone = state.shelf->remove(known.id); !gone)
        return report(self, known.id, gone.error());
    } else if (state.shelf->is_finished(known.id)) {
      coming.held = file_segments(known.size);
      auto noted = state.files->note_held(known.id, coming.held, true, state.node->clock.unix_ms());
      if (!noted) return report(self, known.id, noted.error());
      coming.synced = coming.held;
      coming.complete = true;
    } else if (auto cut = state.shelf->cut(known.id, place_of(coming.held)); !cut) {
      if (cut.error().code != errc::no_such_file) return report(self, known.id, cut.error());
      // Somebody has removed it, or a backup without it was restored.
      coming.held = coming.synced = 0;
    }
  }
  forget_one(self);
  return &state.uploads.insert_or_assign(known.id, coming).first->second;
}

outcome<file_begun> begin(self_pointer self, const begin_file_for& asked) {
  auto& state = self->state;
  const auto& limits = state.node->config.limits;
  const auto& wanted = asked.request;
  if (limits.file_octets_max == 0) return fail(errc::not_allowed, "this server takes no files");
  if (wanted.size > limits.file_octets_max) {
    return fail(errc::too_large, std::to_string(wanted.size) + " octets; a file holds at most " +
                                     std::to_string(limits.file_octets_max));
  }
  const auto known =
      state.files->begin({wanted.id, wanted.chat, asked.account, wanted.size,
                          state.node->clock.unix_ms(), limits.files_account_octets_max});
  if (!known) return tl::unexpected(known.error());
  if (known->fresh) {
    state.uploads.erase(wanted.id);
    ++state.node->counters.files_begun;
  }
  const auto found = state.uploads.find(wanted.id);
  if (found != state.uploads.end()) return file_begun{found->second.held};
  const auto taken = take_up(self, *known);
  if (!taken) return tl::unexpected(taken.error());
  return file_begun{(*taken)->held};
}

/// The upload, if it is this account's.
outcome<upload*> find_upload(self_pointer self, const file_id& id, const account_id& owner) {
  auto& state = self->state;
  const auto found = state.uploads.find(id);
  if (found != state.uploads.end()) {
    if (found->second.owner != owner) return fail(errc::no_such_file);
    return &found->second;
  }
  const auto known = state.files->find(id, owner);
  if (!known) return tl::unexpected(known.error());
  if (known->owner != owner) return fail(errc::no_such_file);
  return take_up(self, *known);
}

outcome<nothing> put(self_pointer self, const put_segment_for& asked) {
  auto& state = self->state;
  const auto& segment = asked.request;
  const auto found = find_upload(self, segment.id, asked.account);
  if (!found) return tl::unexpected(found.error());
  upload& coming = **found;
  if (segment.index >= file_segments(coming.size)) {
    return fail(errc::malformed, "the file has no such segment");
  }
  if (segment.sealed.size() != sealed_octets(coming.size, segment.index)) {
    return fail(errc::malformed, "a segment of another length");
  }
  if (segment.index < coming.held) return nothing{};  // came twice, after a lost answer
  if (segment.index > coming.held) {
    return fail(errc::not_allowed,
                "segment " + std::to_string(coming.held) + " of the file comes next");
  }
  const auto written = state.shelf->write(segment.id, place_of(segment.index), segment.sealed);
  if (!written) {
    return report(self, segment.id, written.error());
  }
  ++coming.held;
  state.node->counters.file_octets_received += segment.sealed.size();
  const bool last = coming.held == file_segments(coming.size);
  if (last || coming.held - coming.synced >= segments_a_sync) {
    if (auto saved = save(self, segment.id, coming); !saved) return tl::unexpected(saved.error());
  }
  if (last) state.uploads.erase(segment.id);
  return nothing{};
}

outcome<file_segment> fetch(self_pointer self, const fetch_segment_for& asked) {
  auto& state = self->state;
  const auto known = state.files->find(asked.request.id, asked.account);
  if (!known) return tl::unexpected(known.error());
  if (!known->complete || asked.request.index >= file_segments(known->size)) {
    return fail(errc::no_such_file);
  }
  auto found = state.shelf->read(asked.request.id, place_of(asked.request.index),
                                 sealed_octets(known->size, asked.request.index));
  if (found) {
    state.node->counters.file_octets_sent += found->size();
    return file_segment{std::move(*found)};
  }
  return report(self, asked.request.id, found.error());
}

/// Removes a slice of what is to go; whether there is more.
bool tidy(self_pointer self) {
  auto& state = self->state;
  const auto leaving = state.files->take_leave(state.node->clock.unix_ms(), file_tidy_slice_max);
  if (!leaving) {
    log::error("file.tidy_failed", {{"detail", to_text(leaving.error())}});
    return false;
  }
  std::vector<file_id> gone;
  for (const file_id& id : *leaving) {
    state.uploads.erase(id);
    if (auto removed = state.shelf->remove(id); removed) {
      gone.push_back(id);
      ++state.node->counters.files_removed;
    } else {
      log::error("file.not_removed", {{"detail", to_text(removed.error())}});
    }
  }
  if (gone.empty()) return false;
  if (auto forgotten = state.files->forget(gone); !forgotten) return false;
  return leaving->size() == file_tidy_slice_max;
}

/// The node's room is given back with the answer.
template <class Answer, class Work, class Asked>
answered<Answer> worked(self_pointer self, Work work, const Asked& asked) {
  auto result = work(self, asked);
  self->state.node->file_room.give_back(1);
  return {std::move(result)};
}

}  // namespace

file_store_actor::behavior_type file_store(self_pointer self, std::shared_ptr<node_context> node,
                                           std::shared_ptr<storage::store> store,
                                           std::filesystem::path directory) {
  auto& state = self->state;
  state.node = std::move(node);
  auto files = store->make_file_register();
  if (!files) {
    log::error("store.writer_failed", {{"detail", to_text(files.error())}});
    self->quit(caf::exit_reason::unhandled_exception);
    return file_store_actor::behavior_type::make_empty_behavior();
  }
  state.files = std::move(*files);
  state.shelf = std::make_unique<storage::file_shelf>(std::move(directory));
  self->send(self, file_tidy_due{});

  return {
      [self](const begin_file_for& asked) { return worked<file_begun>(self, begin, asked); },
      [self](const put_segment_for& asked) { return worked<nothing>(self, put, asked); },
      [self](const fetch_segment_for& asked) { return worked<file_segment>(self, fetch, asked); },
      [self](remove_files) {
        if (tidy(self)) self->send(self, remove_files{});  // others come in between
      },
      [self](file_tidy_due) {
        self->send(self, remove_files{});
        self->delayed_send(self, std::chrono::milliseconds(file_tidy_ms), file_tidy_due{});
      },
      [self](finish_commits) {
        auto& uploads = self->state.uploads;
        while (!uploads.empty()) {
          const file_id id = uploads.begin()->first;
          if (auto saved = save(self, id, uploads.begin()->second); saved) uploads.erase(id);
        }
        return commits_finished{};
      },
  };
}

}  // namespace uod
