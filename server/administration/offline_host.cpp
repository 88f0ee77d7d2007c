#include "server/administration/offline_host.hpp"

#include <array>

#include "config/private_file.hpp"
#include "server/times.hpp"
#include "storage/sqlite_store.hpp"

namespace uod::administration {

std::filesystem::path audit_file(const server_config& config) {
  return config.data_dir / "audit.log";
}

std::filesystem::path socket_file(const server_config& config) {
  return config.data_dir / "admin.sock";
}

offline_host::offline_host(directory_lock lock, const server_config& config)
    : lock_(std::move(lock)), audit_(audit_file(config)) {}

outcome<std::unique_ptr<offline_host>> offline_host::open(const server_config& config,
                                                          if_missing otherwise) {
  if (otherwise == if_missing::make) {
    if (auto made = make_private_directory(config.data_dir); !made) {
      return tl::unexpected(made.error());
    }
  } else {
    std::error_code problem;
    const auto file = database_file(config);
    const auto status = std::filesystem::status(file, problem);
    if (status.type() == std::filesystem::file_type::not_found) {
      return fail(errc::io_failed,
                  file.string() +
                      " is not there yet; `uod-server run` makes it (is --data-dir "
                      "right?)");
    }
    if (problem) return tl::unexpected(system_error_at(problem.value(), file));
  }
  auto lock = directory_lock::take(config.data_dir);
  if (!lock) return tl::unexpected(lock.error());
  std::unique_ptr<offline_host> host(new offline_host(std::move(*lock), config));
  if (auto opened = host->open_store(config); !opened) return tl::unexpected(opened.error());
  return host;
}

outcome<void> offline_host::open_store(const server_config& config) {
  auto store = storage::open_sqlite({.file = database_file(config)});
  if (!store) return tl::unexpected(store.error());
  store_ = std::move(*store);
  auto writer = store_->make_account_writer();
  if (!writer) return tl::unexpected(writer.error());
  writer_ = std::move(*writer);
  auto reads = store_->make_reader();
  if (!reads) return tl::unexpected(reads.error());
  reads_ = std::move(*reads);
  return {};
}

outcome<storage::change_result> offline_host::change(storage::account_change wanted) {
  const std::array changes{std::move(wanted)};
  auto results = writer_->commit(changes);
  if (!results) return tl::unexpected(results.error());
  return std::move(results->front());
}

std::uint64_t offline_host::now_ms() { return now_unix_ms(); }

void offline_host::audit(std::string_view event, std::span<const audit::field> fields) {
  audit_.write(event, fields);
}

}  // namespace uod::administration
