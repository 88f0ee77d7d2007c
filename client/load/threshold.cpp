#include "client/load/threshold.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace uod::load {
namespace {

constexpr std::array spans = {"latency_ms", "acknowledged_ms", "login_ms", "history_ms",
                              "broadcast_ms"};
constexpr std::array places = {"p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"};
constexpr std::array figures = {"sent",
                                "acknowledged",
                                "delivered",
                                "sent_per_s",
                                "acknowledged_per_s",
                                "delivered_per_s",
                                "logins",
                                "logins_per_s",
                                "history_pages",
                                "history_messages_per_s",
                                "broadcasts",
                                "broadcast_deliveries",
                                "broadcast_deliveries_per_s",
                                "stories",
                                "connected",
                                "disconnects",
                                "reconnect_s",
                                "errors",
                                "oracle.lost",
                                "oracle.doubled",
                                "oracle.disordered",
                                "oracle.altered",
                                "generator.cpu_fraction"};
constexpr std::array server_figures = {"server.cpu_s_per_1000", "server.rss_kb_per_session",
                                       "server.cpu_fraction"};

template <class List>
bool holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string number_text(double value) {
  std::array<char, 32> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed)
          .ptr;
  return {digits.data(), end};
}

std::string_view sign_of(threshold::relation than) {
  switch (than) {
    case threshold::relation::at_most:
      return "<=";
    case threshold::relation::below:
      return "<";
    case threshold::relation::at_least:
      return ">=";
    case threshold::relation::above:
      return ">";
  }
  return {};
}

}  // namespace

std::string threshold::name() const {
  return figure + " " + std::string(sign_of(than)) + " " + number_text(bound);
}

bool threshold::holds_for(double value) const {
  switch (than) {
    case relation::at_most:
      return value <= bound;
    case relation::below:
      return value < bound;
    case relation::at_least:
      return value >= bound;
    case relation::above:
      return value > bound;
  }
  return false;
}

bool is_server_figure(std::string_view name) { return holds(server_figures, name); }

bool is_figure(std::string_view name) {
  if (holds(figures, name) || is_server_figure(name)) return true;
  if (name.starts_with("errors.")) {
    return errc_named(name.substr(7)).has_value();
  }
  return std::any_of(spans.begin(), spans.end(), [&](std::string_view span) {
    return name.starts_with(span) && name.size() > span.size() && name[span.size()] == '.' &&
           holds(places, name.substr(span.size() + 1));
  });
}

outcome<threshold> parse_threshold(std::string figure, std::string_view bound) {
  if (!is_figure(figure)) {
    return fail(errc::usage, "threshold on \"" + figure +
                                 "\": a summary has no such figure; it has latency_ms.p99, "
                                 "delivered_per_s, errors, … (uod-load run --help)");
  }
  threshold made;
  const auto wrong = fail(errc::usage, "threshold on " + figure + ": \"" + std::string(bound) +
                                           "\" is no bound such as \"<= 50\" or \"> 0\"");
  constexpr std::array relations = {threshold::relation::at_most, threshold::relation::at_least,
                                    threshold::relation::below, threshold::relation::above};
  const auto found = std::find_if(relations.begin(), relations.end(),
                                  [&](auto each) { return bound.starts_with(sign_of(each)); });
  if (found == relations.end()) return wrong;
  made.than = *found;
  bound.remove_prefix(sign_of(*found).size());
  bound.remove_prefix(std::min(bound.find_first_not_of(' '), bound.size()));
  const auto read = std::from_chars(bound.data(), bound.data() + bound.size(), made.bound);
  const bool whole = read.ec == std::errc{} && read.ptr == bound.data() + bound.size();
  if (!whole || !std::isfinite(made.bound)) return wrong;
  made.figure = std::move(figure);
  return made;
}

std::vector<threshold_result> judge(const std::vector<threshold>& thresholds,
                                    const figure_reader& figures_of) {
  std::vector<threshold_result> results;
  for (const auto& each : thresholds) {
    const auto value = figures_of(each.figure);
    results.push_back({each.name(), value && each.holds_for(*value), value});
  }
  return results;
}

}  // namespace uod::load
