#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/process/house.hpp"

/// Whoever runs a node, and types commands beside it.
namespace uod::process {

class administrator {
 public:
  explicit administrator(const server& of);
  /// Of a node that is configured so and need not have run yet.
  administrator(std::filesystem::path config_file, std::filesystem::path data_dir);

  /// `uod-server` with these words, for this node, with `--json`.
  [[nodiscard]] launch typing(const words& command) const;
  [[nodiscard]] ended types(const words& command) const;
  /// The rows of a command that succeeds.
  std::vector<json> sees(const words& command) const;

  /// The audit log's lines as they stand.
  [[nodiscard]] std::vector<json> audit_trail() const;

 private:
  std::filesystem::path config_file_;
  std::filesystem::path data_dir_;
  fresh_directory home_;
};

}  // namespace uod::process
