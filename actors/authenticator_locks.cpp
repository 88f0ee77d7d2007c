#include <algorithm>

#include "actors/audit.hpp"
#include "actors/authenticator_parts.hpp"
#include "actors/log.hpp"
#include "protocol/password.hpp"
#include "protocol/times.hpp"

/// What stands between a guess and an answer: locks, the rate of a name, and the way past them.
namespace uod::authenticator_parts {
namespace {

/// How soon to come again when as many wrong passwords as lock are on their way to the store.
constexpr std::uint32_t judging_wait_ms = 1'000;

std::string pass_key(const std::string& name_key, const std::string& network) {
  return name_key + '\n' + network;
}

bool may_pass(self_pointer self, const guess& made) {
  const auto& passes = self->state.passes_until_ms;
  const auto found = passes.find(pass_key(made.name_key, made.from.network));
  return found != passes.end() && now_ms(self) < found->second;
}

std::uint32_t wait_until(std::uint64_t until_ms, std::uint64_t now) {
  const std::uint64_t wait_ms = until_ms > now ? until_ms - now : 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wait_ms, UINT32_MAX));
}

error locked_until(std::uint64_t until_ms, std::uint64_t now) {
  return {errc::account_locked, "until " + time_for_people(until_ms), wait_until(until_ms, now)};
}

error network_locked_until(std::uint64_t until_ms, std::uint64_t now) {
  return {errc::rate_limited,
          "too many wrong passwords from this network, until " + time_for_people(until_ms),
          wait_until(until_ms, now)};
}

/// What is known of a failure once it is counted.
error judgement(self_pointer self, const guess& made, const std::string& who,
                const storage::change_result& told) {
  const auto at = now_ms(self);
  const auto& network = told.network_lock;
  if (network.failed_at_ms == at && network.locked(at)) {
    const auto until = time_for_people(network.until_ms);
    log::warning("network.locked", {{"network", made.from.network}, {"until", until}});
    audit::write("network.locked", {{"network", made.from.network}, {"until", until}});
  }
  if (!told.locked_now) return {errc::wrong_credentials};
  const auto until = time_for_people(told.name_lock.until_ms);
  ++self->state.node->counters.locks;
  log::warning("account.locked",
               {{"account", who}, {"address", made.from.address}, {"until", until}});
  audit::write("account.locked",
               {{"account", who}, {"address", made.from.address}, {"until", until}});
  return locked_until(told.name_lock.until_ms, at);
}

}  // namespace

void note_wrong_code(std::string_view purpose, const account_id& account, const visitor& from,
                     const error& why) {
  if (why.code != errc::code_wrong && why.code != errc::premium_code_invalid) return;
  const std::string who = account.is_nil() ? "unknown" : to_text(account);
  log::warning("code.wrong", {{"code", purpose}, {"account", who}, {"address", from.address}});
  audit::write("code.wrong", {{"code", purpose}, {"account", who}, {"address", from.address}});
}

void give_pass(self_pointer self, const std::string& name_key, const std::string& network) {
  auto& passes = self->state.passes_until_ms;
  const auto now = now_ms(self);
  if (passes.size() >= unlock_passes_max) {
    std::erase_if(passes, [now](const auto& each) { return each.second <= now; });
  }
  if (passes.size() >= unlock_passes_max) return;  // the lock has ended all the same
  passes[pass_key(name_key, network)] = now + unlock_pass_ms;
}

std::optional<error> guess_refusal(self_pointer self, const guess& made,
                                   const storage::log_in_facts& facts) {
  if (may_pass(self, made)) return {};
  const auto now = now_ms(self);
  if (facts.network_lock.locked(now)) {
    return network_locked_until(facts.network_lock.until_ms, now);
  }
  if (facts.name_lock.locked(now)) return locked_until(facts.name_lock.until_ms, now);
  const auto under_way = self->state.failures_under_way.find(made.name_key);
  if (under_way != self->state.failures_under_way.end() &&
      under_way->second >= self->state.node->config.lockout.failures_max) {
    return error{errc::rate_limited, {}, judging_wait_ms};
  }
  const auto shadow = shadow_of(self, made.name_key);
  const auto wait_ms =
      self->state.node->take_account_rate(limited::log_in, shadow, self->clock().now());
  if (wait_ms != 0) return error{errc::rate_limited, {}, wait_ms};
  return {};
}

bool is_key_of(const std::optional<storage::account_record>& account, const bytes& auth_key) {
  const account_id id = account ? account->id : account_id{};
  const bytes expected = account ? account->stored_auth_key : bytes(32, '\0');
  return equal_in_constant_time(expected, stored_auth_key(id, auth_key)) && account;
}

void count_wrong(self_pointer self, const guess& made,
                 const std::optional<storage::account_record>& account,
                 std::function<void(const error&)> then) {
  const auto& config = self->state.node->config;
  const auto now = now_ms(self);
  const auto& lockout = config.lockout;
  storage::count_failure failed;
  failed.name_key = made.name_key;
  failed.network = made.from.network;
  failed.now_ms = now;
  failed.name_policy = {lockout.failures_max, lockout.first_ms, lockout.longest_ms,
                        lockout.forgotten_ms};
  failed.network_policy = failed.name_policy;
  failed.network_policy.failures_max = lockout.network_failures_max;
  if (account) {
    auto code = make_code(self->state.secret, account->id, storage::code_purpose::unlock,
                          now + unlock_code_ms);
    failed.account = account->id;
    failed.unlock = std::move(code.kept);
    failed.warning =
        locked_mail(*account, code.shown, scene_at(self, made.from, made.device), config);
  }
  const std::string who = account ? to_text(account->id) : "unknown";
  log::warning("account.login_failed", {{"account", who}, {"address", made.from.address}});
  audit::write("account.login_failed", {{"account", who}, {"address", made.from.address}});
  ++self->state.failures_under_way[made.name_key];
  const auto counted = [self, key = made.name_key] {
    auto& under_way = self->state.failures_under_way;
    if (--under_way[key] == 0) under_way.erase(key);
  };
  self->request(self->state.node->account_store, caf::infinite, change_account{std::move(failed)})
      .then(
          [self, made, who, then, counted](const account_changed& stored) {
            counted();
            then(stored.value ? judgement(self, made, who, *stored.value) : stored.value.error());
          },
          [then, counted](const caf::error&) {
            counted();
            then(store_gone());
          });
}

}  // namespace uod::authenticator_parts
