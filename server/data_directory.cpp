#include "server/data_directory.hpp"

#include <ctime>
#include <utility>

#include "actors/log.hpp"
#include "config/private_file.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace {

constexpr const char* common_name = "uod-server";

struct identity_files {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// A configured pair, or the node's own.
identity_files files_of(const server_config& config) {
  if (!config.tls_certificate_file.empty()) {
    return {config.tls_certificate_file, config.tls_key_file};
  }
  const auto keys = config.data_dir / "keys";
  return {keys / "server.crt", keys / "server.key"};
}

outcome<tls_identity> read_files(const identity_files& files) {
  auto certificate = read_private_file(files.certificate);
  if (!certificate) return tl::unexpected(certificate.error());
  auto key = read_private_file(files.key);
  if (!key) return tl::unexpected(key.error());
  return tls_identity{std::move(*certificate), std::move(*key)};
}

}  // namespace

outcome<data_directory> data_directory::open(const std::filesystem::path& path) {
  if (auto made = make_private_directory(path); !made) return tl::unexpected(made.error());
  auto lock = directory_lock::take(path);
  if (!lock) return tl::unexpected(lock.error());
  if (auto made = make_private_directory(path / "keys"); !made) {
    return tl::unexpected(made.error());
  }
  return data_directory(path, std::move(*lock));
}

outcome<tls_identity> data_directory::identity(const server_config& config) const {
  const auto files = files_of(config);
  const bool own = config.tls_certificate_file.empty();
  // The key is written last: without it the pair is made anew.
  if (!own || std::filesystem::exists(files.key)) return read_files(files);

  const auto kind = parse_key_kind(config.tls_key);
  if (!kind) return tl::unexpected(kind.error());
  auto made = make_tls_identity(*kind, common_name, std::time(nullptr));
  if (!made) return tl::unexpected(made.error());
  if (auto kept = write_private_file(files.certificate, made->certificate_pem); !kept) {
    return tl::unexpected(kept.error());
  }
  if (auto kept = write_private_file(files.key, made->private_key_pem); !kept) {
    return tl::unexpected(kept.error());
  }
  log::info("key.made", {{"kind", config.tls_key}, {"file", files.key.string()}});
  return made;
}

outcome<bytes> data_directory::secret(const std::string& name, std::size_t octets) const {
  const auto file = path_ / "keys" / name;
  if (std::filesystem::exists(file)) {
    auto kept = read_private_file(file);
    if (kept && kept->size() != octets) {
      return fail(errc::io_failed, file.string() + " is damaged: it should have " +
                                       std::to_string(octets) + " octets; remove it to have a " +
                                       "new one made");
    }
    return kept;
  }
  bytes made = random_bytes(octets);
  if (auto kept = write_private_file(file, made); !kept) return tl::unexpected(kept.error());
  return made;
}

outcome<tls_identity> read_identity(const server_config& config) {
  const auto files = files_of(config);
  std::error_code ignored;
  if (!std::filesystem::exists(files.certificate, ignored)) {
    return fail(errc::io_failed,
                files.certificate.string() + " is not there yet; `uod-server run` makes it");
  }
  return read_files(files);
}

}  // namespace uod
