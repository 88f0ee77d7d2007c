#include "tests/process/administrator.hpp"

#include <utility>

#include "tests/process/must.hpp"

namespace uod::process {

administrator::administrator(const server& of) : administrator(of.config_file(), of.data_dir()) {}

administrator::administrator(std::filesystem::path config_file, std::filesystem::path data_dir)
    : config_file_(std::move(config_file)), data_dir_(std::move(data_dir)) {}

launch administrator::typing(const words& command) const {
  words all = command;
  all.insert(all.end(), {"--config", config_file_, "--data-dir", data_dir_, "--json"});
  return server_launch(all, home_);
}

ended administrator::types(const words& command) const { return run(typing(command)); }

std::vector<json> administrator::sees(const words& command) const {
  const auto done = types(command);
  must(done.exit_code == 0, command.front() + ": " + done.out + done.err);
  return rows_of(done.out);
}

std::vector<json> administrator::audit_trail() const {
  return rows_of(content_of(data_dir_ / "audit.log"));
}

}  // namespace uod::process
