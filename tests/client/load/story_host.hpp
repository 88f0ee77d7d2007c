#pragma once

#include <boost/test/unit_test.hpp>
#include <map>

#include "client/load/story_machine.hpp"

namespace uod::load {

/// Answers what stories ask as a test tells it to, and remembers everything.
class fake_host final : public story_host {
 public:
  std::optional<story_values> on_call(std::uint32_t user, story_call call) override {
    if (std::holds_alternative<ask::login>(call)) logged_in[user] = true;
    calls.emplace_back(user, std::move(call));
    return answers_at_once ? std::optional<story_values>(story_values{}) : std::nullopt;
  }
  [[nodiscard]] bool running() const override { return is_running; }
  [[nodiscard]] std::string phase_name() const override { return "rush"; }
  [[nodiscard]] double elapsed_s() const override { return 1.5; }
  [[nodiscard]] std::string name_of(std::uint32_t user) const override {
    return "person-" + std::to_string(user);
  }
  [[nodiscard]] bool is_logged_in(std::uint32_t user) const override {
    const auto found = logged_in.find(user);
    return found != logged_in.end() && found->second;
  }
  void say(const std::string& text) override { said.push_back(text); }
  void on_story_end(std::uint32_t user) override { ended.push_back(user); }
  void on_story_fault(std::uint32_t, const error& why) override { faults.push_back(why.detail); }

  template <class Ask>
  [[nodiscard]] const Ask& last() const {
    BOOST_REQUIRE(!calls.empty());
    BOOST_REQUIRE(std::holds_alternative<Ask>(calls.back().second));
    return std::get<Ask>(calls.back().second);
  }

  bool answers_at_once = false;
  bool is_running = true;
  std::map<std::uint32_t, bool> logged_in;
  std::vector<std::pair<std::uint32_t, story_call>> calls;
  std::vector<std::string> said;
  std::vector<std::uint32_t> ended;
  std::vector<std::string> faults;
};

inline outcome<story_machine> load_story(const std::string& source,
                                         const scenario_changes& changes = {}) {
  return story_machine::load("story.lua", source, changes, 1);
}

}  // namespace uod::load
