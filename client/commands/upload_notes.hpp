#pragma once

#include "client/commands/source_file.hpp"
#include "client/sealing/keyring.hpp"

namespace uod::client {

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

}  // namespace uod::client
