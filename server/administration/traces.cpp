#include <algorithm>
#include <array>
#include <cstdio>

#include "server/administration/work.hpp"
#include "server/times.hpp"

/// One message, followed through a running node.
namespace uod::administration {
namespace {

/// How often whoever asked is shown that somebody still waits, and it is found out whether they do.
constexpr std::uint32_t beat_ms = 250;

constexpr std::uint64_t us_in_ms = 1'000;
constexpr std::uint64_t ns_in_us = 1'000;

/// Steady time as people tell it: counted from a moment that both clocks knew.
class wall {
 public:
  wall(std::uint64_t unix_ms, std::uint64_t steady_ns)
      : unix_us_(unix_ms * us_in_ms), steady_us_(steady_ns / ns_in_us) {}

  /// RFC 3339 with microseconds.
  [[nodiscard]] std::string text(std::uint64_t at_ns) const {
    const std::uint64_t us = unix_us_ + (at_ns / ns_in_us) - steady_us_;
    std::string told = utc_text(us / us_in_ms);
    std::array<char, 8> rest{};
    std::snprintf(rest.data(), rest.size(), "%03uZ", static_cast<unsigned>(us % us_in_ms));
    told.replace(told.size() - 1, 1, rest.data());
    return told;
  }

 private:
  std::uint64_t unix_us_;
  std::uint64_t steady_us_;
};

/// What a count means at a step.
const char* count_name(trace_point point) {
  switch (point) {
    case trace_point::commit_begun:
      return "changes";
    case trace_point::commit_ended:
    case trace_point::repeated:
      return "seq";
    case trace_point::announced:
      return "sessions";
    default:
      return nullptr;
  }
}

row step_row(const message_id& message, const trace_step& step, std::uint64_t first_ns,
             const wall& clock) {
  row told{{"type", "step"},
           {"message", to_text(message)},
           {"step", trace_point_names[static_cast<std::size_t>(step.point)]},
           {"at", clock.text(step.at_ns)},
           {"after_us", step.at_ns > first_ns ? (step.at_ns - first_ns) / ns_in_us : 0}};
  if (step.session != 0) told["session"] = step.session;
  if (!step.account.empty()) told["account"] = step.account;
  if (const char* name = count_name(step.point)) told[name] = step.count;
  if (!step.detail.empty()) told["error"] = step.detail;
  return told;
}

outcome<uuid> id_of(const std::string& text, const char* what) {
  const auto parsed = uuid_from_text(text);
  if (!parsed) return fail(errc::usage, text + " is no id of a " + what);
  return *parsed;
}

/// Rows as the steps come, until all is told or the time is over.
outcome<void> follow(work& now, const trace_wanted& wanted, std::uint64_t wait_s) {
  if (wait_s < 1 || wait_s > trace_wait_s_max) {
    return fail(errc::usage, "the seconds to wait are 1 to " + std::to_string(trace_wait_s_max));
  }
  const auto armed = now.host.trace(wanted);
  if (!armed) return tl::unexpected(armed.error());
  trace_watch& watch = **armed;
  const std::uint64_t begun_ns = watch.now_ns();
  const wall clock(now.host.now_ms(), begun_ns);
  const std::uint64_t end_ns = begun_ns + wait_s * 1'000'000'000;
  if (auto told = now.tell({{"type", "armed"}, {"seconds", wait_s}}); !told) return told;
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
  std::optional<message_id> message;
  bool complete = false;
  while (!complete && watch.now_ns() < end_ns) {
    const auto left_ms = (end_ns - std::min(end_ns, watch.now_ns())) / 1'000'000;
    const auto news =
        watch.next(static_cast<std::uint32_t>(std::min<std::uint64_t>(beat_ms, left_ms + 1)));
    for (const auto& step : news.steps) {
      if (!message) {
        message = news.message;
        first_ns = step.at_ns;
        now.facts.emplace_back("traced", to_text(*message));
      }
      last_ns = step.at_ns;
      if (auto told = now.tell(step_row(*message, step, first_ns, clock)); !told) return told;
    }
    complete = news.complete;
    if (!news.steps.empty()) continue;
    if (auto told = now.tell({{"type", "waiting"}}); !told) return told;
  }
  if (!message)
    return fail(errc::timed_out, "no such message came in " + std::to_string(wait_s) + " s");
  return now.tell({{"type", "traced"},
                   {"message", to_text(*message)},
                   {"complete", complete},
                   {"us", (last_ns - std::min(first_ns, last_ns)) / ns_in_us}});
}

}  // namespace

outcome<void> carry_out(work& now, const trace_message& wanted) {
  const auto id = id_of(wanted.message, "message");
  if (!id) return tl::unexpected(id.error());
  return follow(now, {.id = message_id(*id), .from = {}, .chat = {}}, wanted.wait_s);
}

outcome<void> carry_out(work& now, const trace_next& wanted) {
  trace_wanted like;
  if (!wanted.from.empty()) {
    const auto account = find_account(now, wanted.from);
    if (!account) return tl::unexpected(account.error());
    like.from = account->id;
  }
  if (!wanted.chat.empty()) {
    const auto id = id_of(wanted.chat, "chat");
    if (!id) return tl::unexpected(id.error());
    like.chat = chat_id(*id);
  }
  return follow(now, like, wanted.wait_s);
}

}  // namespace uod::administration
