#pragma once

#include <filesystem>

#include "client/commands/context.hpp"
#include "client/commands/conversation.hpp"
#include "client/sealing/keyring.hpp"

namespace uod::client {

/// A file on this machine that is to be sent, opened.
class source_file {
 public:
  /// Errors: `io_failed` (not there, not a file), `permission_denied`; with the path.
  static outcome<source_file> open(const std::filesystem::path& path);
  source_file(source_file&& other) noexcept;
  source_file& operator=(source_file&&) = delete;
  ~source_file();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t changed_at_ns() const { return changed_at_ns_; }

  /// Error: `io_failed` when the file is not what it was when it was opened.
  [[nodiscard]] outcome<secret_bytes> read(std::uint64_t at, std::size_t octets) const;
  [[nodiscard]] outcome<void> check_unchanged() const;

 private:
  source_file(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}
  [[nodiscard]] tl::unexpected<error> changed() const;

  std::filesystem::path path_;
  int file_;
  std::uint64_t size_ = 0;
  std::uint64_t changed_at_ns_ = 0;
};

/// What is needed to go on with a file after the program was ended.
struct kept_upload {
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t changed_at_ns = 0;
  file_id id;
  secret_bytes key;
  bool announced = false;  ///< the message with it may have left
};

/// Uploads into one chat that were begun and not announced yet, in the keyring, sealed.
class upload_notes {
 public:
  upload_notes(keyring& keys, const chat_id& chat) : keys_(keys), chat_(chat) {}

  /// The one that was begun for this file as it is now, or a new one, which is kept.
  outcome<kept_upload> take_up(const source_file& file, const file_id& fresh);
  /// Keeps it as it is now.
  outcome<void> keep(const kept_upload& upload);
  outcome<void> forget(const file_id& id);

 private:
  outcome<std::vector<kept_upload>> all();
  outcome<void> put(const std::vector<kept_upload>& uploads);

  keyring& keys_;
  chat_id chat_;
};

/// Brings the file's segments to the server, behind those that it holds. Each is read and sealed
/// aside of the engine's loop; several are under way. Goes on over lost connections. Errors: those
/// of `source_file::read`, the server's, `interrupted`, `timed_out`.
outcome<void> upload_file(context& with, conversation& talk, const chat_id& chat,
                          const source_file& file, const kept_upload& upload,
                          const std::string& what);

}  // namespace uod::client
