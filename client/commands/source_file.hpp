#pragma once

#include <filesystem>

#include "config/descriptor.hpp"
#include "protocol/crypto_secret.hpp"
#include "protocol/errors.hpp"

namespace uod::client {

/// A file on this machine that is to be sent, opened.
class source_file {
 public:
  /// Errors: `io_failed` (not there, not a file), `permission_denied`; with the path.
  static outcome<source_file> open(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t changed_at_ns() const { return changed_at_ns_; }

  /// Error: `io_failed` when the file is not what it was when it was opened.
  [[nodiscard]] outcome<secret_bytes> read(std::uint64_t at, std::size_t octets) const;
  [[nodiscard]] outcome<void> check_unchanged() const;

 private:
  source_file(std::filesystem::path path, descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] tl::unexpected<error> changed() const;

  std::filesystem::path path_;
  descriptor file_;
  std::uint64_t size_ = 0;
  std::uint64_t changed_at_ns_ = 0;
};

}  // namespace uod::client
