#include "tests/replay/site.hpp"

namespace uod::replaying {
namespace {

/// Ordinary ends of connections are worth a line too.
constexpr const char* talkative = "[log]\nlevel = \"debug\"\n";

}  // namespace

site::site(const std::filesystem::path& program)
    : own_(std::in_place, talkative, process::words{}, std::filesystem::path{}, program) {}

std::string site::restart() {
  auto ended = own_->stop();
  own_->start();
  return std::move(ended.err);
}

}  // namespace uod::replaying
