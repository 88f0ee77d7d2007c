#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "storage/sqlite_store.hpp"
#include "tests/storage/household.hpp"

namespace uod::storage::contract {

/// A database file in a directory of its own.
class sqlite_database final : public database {
 public:
  explicit sqlite_database(durability durable = durability::process_crash) : durable_(durable) {}

  outcome<std::unique_ptr<store>> open() override { return open_sqlite({file(), durable_}); }

  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "messenger.db"; }
  [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }

 private:
  temporary_directory directory_;
  durability durable_;
};

inline bytes read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& file, const bytes& content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
}

}  // namespace uod::storage::contract
