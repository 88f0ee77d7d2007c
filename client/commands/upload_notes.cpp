#include "client/commands/upload_notes.hpp"

#include "protocol/password.hpp"
#include "protocol/sealing/octets.hpp"
#include "protocol/sealing/sealed_file.hpp"

namespace uod::client {
namespace {

/// Uploads into one chat that are remembered; the oldest goes. As many as the server takes.
constexpr std::size_t uploads_kept_max = 8;

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

}  // namespace uod::client
