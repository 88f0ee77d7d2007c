#include "client/load/broadcast_oracle.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace uod::load {
namespace {

constexpr int hex = 16;
constexpr std::string_view mark = " #";

std::string hex_of(std::uint64_t value) {
  std::array<char, 16> digits{};
  return {digits.data(),
          std::to_chars(digits.data(), digits.data() + digits.size(), value, hex).ptr};
}

/// `text #instant:digest`, taken apart.
struct stamp {
  std::uint64_t planned_ns = 0;
  bool is_whole = false;
};

std::optional<stamp> stamp_in(std::string_view body) {
  const auto at = body.rfind(mark);
  const auto colon = body.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at) {
    return std::nullopt;
  }
  stamp made;
  const char* from = body.data() + at + mark.size();
  const char* middle = body.data() + colon;
  const char* end = body.data() + body.size();
  std::uint64_t digest = 0;
  const auto instant = std::from_chars(from, middle, made.planned_ns, hex);
  const auto rest = std::from_chars(middle + 1, end, digest, hex);
  if (instant.ptr != middle || rest.ptr != end || from == middle) return std::nullopt;
  made.is_whole = digest == digest_of(body.substr(0, colon));
  return made;
}

}  // namespace

std::string stamped(const std::string& text, std::uint64_t planned_ns) {
  std::string body = text + std::string(mark) + hex_of(planned_ns);
  const std::uint64_t digest = digest_of(body);
  return body + ":" + hex_of(digest);
}

void broadcast_oracle::acknowledged(std::uint64_t seq, const std::string& text) {
  if (!texts_.emplace(seq, digest_of(text)).second) {
    verdict_.add({fault_kind::doubled,
                  "home page #" + std::to_string(seq) + " was given to two broadcasts"});
  }
  last_seq_ = std::max(last_seq_, seq);
  if (texts_.size() > remembered_max) texts_.erase(texts_.begin());
}

void broadcast_oracle::listens(std::uint32_t listener) {
  if (listeners_.size() <= listener) listeners_.resize(listener + 1);
  listeners_[listener].listens = true;
}

std::string broadcast_oracle::name_of(const broadcast& stored) {
  return to_text(stored.id) + ", home page #" + std::to_string(stored.seq);
}

broadcast_oracle::arrival broadcast_oracle::delivered(std::uint32_t listener,
                                                      const broadcast& stored) {
  const auto its = stamp_in(stored.body);
  if (!its || its->planned_ns < since_ns_) return {};
  if (listeners_.size() <= listener) listeners_.resize(listener + 1);
  auto& place = listeners_[listener];
  if (stored.seq == place.seq) {
    verdict_.add({fault_kind::doubled, name_of(stored) + ", came again"});
    return {};
  }
  if (stored.seq < place.seq) {
    verdict_.add(
        {fault_kind::disordered, name_of(stored) + ", came behind #" + std::to_string(place.seq)});
    return {};
  }
  place.seq = stored.seq;
  if (!its->is_whole) {
    verdict_.add({fault_kind::altered, name_of(stored) + ", came with another text"});
    return {};
  }
  return {true, its->planned_ns};
}

void broadcast_oracle::own(std::uint32_t listener, std::uint64_t seq) {
  if (listeners_.size() <= listener) return;
  listeners_[listener].seq = std::max(listeners_[listener].seq, seq);
}

std::uint64_t broadcast_oracle::read_from() const {
  return texts_.empty() ? 0 : texts_.begin()->first - 1;
}

void broadcast_oracle::read(const std::vector<broadcast>& page) {
  for (const auto& stored : page) {
    const auto known = texts_.find(stored.seq);
    if (known == texts_.end()) continue;  // somebody else's
    ++verdict_.checked_in_history;
    if (std::exchange(seen_at_home_[stored.seq], true)) {
      verdict_.add({fault_kind::doubled, name_of(stored) + ", stands there twice"});
    } else if (known->second != digest_of(stored.body)) {
      verdict_.add({fault_kind::altered, name_of(stored) + ", stands there with another text"});
    }
  }
}

bool broadcast_oracle::is_complete() const {
  return std::all_of(listeners_.begin(), listeners_.end(), [&](const listener_place& each) {
    return !each.listens || each.seq >= last_seq_;
  });
}

void broadcast_oracle::finish(bool arrivals, bool home) {
  for (std::size_t number = 0; arrivals && number < listeners_.size(); ++number) {
    const auto& place = listeners_[number];
    if (!place.listens) continue;
    for (auto each = texts_.upper_bound(place.seq); each != texts_.end(); ++each) {
      verdict_.add({fault_kind::lost, "home page #" + std::to_string(each->first) +
                                          " was acknowledged and never came to listener " +
                                          std::to_string(number)});
    }
  }
  if (!home) return;
  for (const auto& [seq, digest] : texts_) {
    if (seen_at_home_.contains(seq)) continue;
    verdict_.add({fault_kind::lost, "home page #" + std::to_string(seq) +
                                        " was acknowledged and does not stand there"});
  }
}

}  // namespace uod::load
