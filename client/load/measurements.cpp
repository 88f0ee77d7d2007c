#include "client/load/measurements.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace uod::load {
namespace {

using nlohmann::json;

/// Every count by its name, once for writing, reading and adding.
template <class Visit>
void each_count(Visit visit) {
  visit("users", &measurements::users);
  visit("sent", &measurements::sent);
  visit("acknowledged", &measurements::acknowledged);
  visit("delivered", &measurements::delivered);
  visit("acknowledged_meanwhile", &measurements::acknowledged_meanwhile);
  visit("delivered_meanwhile", &measurements::delivered_meanwhile);
  visit("logins", &measurements::logins);
  visit("stories", &measurements::stories);
  visit("history_pages", &measurements::history_pages);
  visit("history_messages", &measurements::history_messages);
  visit("broadcasts", &measurements::broadcasts);
  visit("broadcast_deliveries", &measurements::broadcast_deliveries);
  visit("disconnects", &measurements::disconnects);
  visit("connected_max", &measurements::connected_max);
  visit("acknowledged_ever", &measurements::acknowledged_ever);
}

template <class Visit>
void each_sum(Visit visit) {
  visit("cpu_s", &measurements::cpu_s);
  visit("own_rss_kb", &measurements::own_rss_kb);
  visit("own_rss_kb_before", &measurements::own_rss_kb_before);
}

template <class Visit>
void each_histogram(Visit visit) {
  visit("latency", &measurements::latency);
  visit("acknowledging", &measurements::acknowledging);
  visit("login", &measurements::login);
  visit("history", &measurements::history);
  visit("broadcast", &measurements::broadcast);
}

template <class Visit>
void each_row_count(Visit visit) {
  visit("sent", &second_row::sent);
  visit("acknowledged", &second_row::acknowledged);
  visit("delivered", &second_row::delivered);
  visit("logins", &second_row::logins);
  visit("errors", &second_row::errors);
  visit("connected", &second_row::connected);
}

json to_json_value(const verdict& from) {
  auto named = json::array();
  for (const auto& each : from.named) {
    named.push_back({static_cast<int>(each.kind), each.what});
  }
  return {{"counts", from.counts},
          {"named", std::move(named)},
          {"checked", from.checked_in_history},
          {"unanswered", from.unanswered}};
}

verdict verdict_from(const json& value) {
  verdict made;
  const auto& counts = value.at("counts");
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) counts.at(kind).get_to(made.counts[kind]);
  for (const auto& each : value.at("named")) {
    const int kind = std::clamp(each.at(0).get<int>(), 0, static_cast<int>(fault_kinds) - 1);
    made.named.push_back({static_cast<fault_kind>(kind), each.at(1).get<std::string>()});
  }
  value.at("checked").get_to(made.checked_in_history);
  value.at("unanswered").get_to(made.unanswered);
  return made;
}

}  // namespace

void second_row::merge(const second_row& other) {
  each_row_count([&](const char*, auto field) { this->*field += other.*field; });
  latency.merge(other.latency);
  server_cpu = std::max(server_cpu, other.server_cpu);
  server_rss_kb = std::max(server_rss_kb, other.server_rss_kb);
  generator_cpu += other.generator_cpu;
}

std::uint64_t measurements::errors_count() const {
  std::uint64_t all = 0;
  for (const auto& [code, count] : errors) all += count;
  return all;
}

void measurements::merge(const measurements& other) {
  each_count([&](const char*, auto field) { this->*field += other.*field; });
  each_sum([&](const char*, auto field) { this->*field += other.*field; });
  each_histogram([&](const char*, auto field) { (this->*field).merge(other.*field); });
  seconds = std::max(seconds, other.seconds);
  reconnect_s = std::max(reconnect_s, other.reconnect_s);
  for (const auto& [code, count] : other.errors) errors[code] += count;
  found.merge(other.found);
  interrupted = interrupted || other.interrupted;
  server_lost = server_lost || other.server_lost;
  if (trouble.empty()) trouble = other.trouble;
  if (!broken) broken = other.broken;
}

json to_json_value(const second_row& from) {
  json value{{"at_s", from.at_s},
             {"measured", from.measured},
             {"phase", from.phase},
             {"server_cpu", from.server_cpu},
             {"server_rss_kb", from.server_rss_kb},
             {"generator_cpu", from.generator_cpu},
             {"latency", to_json_value(from.latency)}};
  each_row_count([&](const char* name, auto field) { value[name] = from.*field; });
  return value;
}

outcome<second_row> second_row_from(const json& value) {
  try {
    second_row made;
    value.at("at_s").get_to(made.at_s);
    value.at("measured").get_to(made.measured);
    value.at("phase").get_to(made.phase);
    value.at("server_cpu").get_to(made.server_cpu);
    value.at("server_rss_kb").get_to(made.server_rss_kb);
    value.at("generator_cpu").get_to(made.generator_cpu);
    each_row_count([&](const char* name, auto field) { value.at(name).get_to(made.*field); });
    auto latency = histogram_from(value.at("latency"));
    if (!latency) return tl::unexpected(latency.error());
    made.latency = std::move(*latency);
    return made;
  } catch (const json::exception&) {
    return fail(errc::malformed, "a second of a run");
  }
}

json to_json_value(const measurements& from) {
  json value{{"seconds", from.seconds},         {"reconnect_s", from.reconnect_s},
             {"errors", from.errors},           {"found", to_json_value(from.found)},
             {"interrupted", from.interrupted}, {"trouble", from.trouble},
             {"server_lost", from.server_lost}};
  each_count([&](const char* name, auto field) { value[name] = from.*field; });
  each_sum([&](const char* name, auto field) { value[name] = from.*field; });
  each_histogram([&](const char* name, auto field) { value[name] = to_json_value(from.*field); });
  if (from.broken) {
    value["broken"] = {{"code", code_name(from.broken->code)}, {"detail", from.broken->detail}};
  }
  return value;
}

outcome<measurements> measurements_from(const json& value) {
  try {
    measurements made;
    outcome<void> good;
    value.at("seconds").get_to(made.seconds);
    value.at("reconnect_s").get_to(made.reconnect_s);
    value.at("errors").get_to(made.errors);
    made.found = verdict_from(value.at("found"));
    value.at("interrupted").get_to(made.interrupted);
    value.at("trouble").get_to(made.trouble);
    value.at("server_lost").get_to(made.server_lost);
    each_count([&](const char* name, auto field) { value.at(name).get_to(made.*field); });
    each_sum([&](const char* name, auto field) { value.at(name).get_to(made.*field); });
    each_histogram([&](const char* name, auto field) {
      auto read = histogram_from(value.at(name));
      if (!read) {
        good = tl::unexpected(read.error());
      } else {
        made.*field = std::move(*read);
      }
    });
    if (value.contains("broken")) {
      const auto& why = value.at("broken");
      made.broken = error{errc_named(why.at("code").get<std::string>()).value_or(errc::internal),
                          why.at("detail").get<std::string>()};
    }
    if (!good) return tl::unexpected(good.error());
    return made;
  } catch (const json::exception&) {
    return fail(errc::malformed, "the figures of a generator");
  }
}

}  // namespace uod::load
