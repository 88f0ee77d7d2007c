#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "client/load/story_lua.hpp"

/// What stands at the top of a scenario: the table `scenario`. Everything in it is known by name
/// and has bounds, so that a slip of the pen is no silent default.
namespace uod::load {
namespace {

constexpr std::array top_fields = {"title", "users",   "duration",   "warmup",      "drain",
                                   "roles", "arrival", "phases",     "login",       "tls",
                                   "think", "data",    "thresholds", "connect_rate"};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The line on which a word stands first, counting from 1; the table itself where it does not.
std::size_t line_of(const std::string& source, const std::string& word) {
  const auto find_line = [&](const std::string& wanted) -> std::size_t {
    for (auto at = source.find(wanted); at != std::string::npos; at = source.find(wanted, at + 1)) {
      const bool begins = at == 0 || !is_word(source[at - 1]);
      const auto end = at + wanted.size();
      const bool ends = end >= source.size() || !is_word(source[end]);
      if (begins && ends) {
        return static_cast<std::size_t>(std::count(
                   source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
               1;
      }
    }
    return 0;
  };
  if (const auto line = word.empty() ? 0 : find_line(word); line != 0) return line;
  return std::max<std::size_t>(find_line("scenario"), 1);
}

/// Takes a table apart, and keeps the first thing that is wrong with it.
class declarations {
 public:
  declarations(lua_State* lua, const std::string& file, const std::string& source)
      : lua_(lua), file_(file), source_(source) {}

  void wrong(const std::string& word, const std::string& why) {
    if (!trouble_) {
      trouble_ =
          error{errc::usage, file_ + ":" + std::to_string(line_of(source_, word)) + ": " + why};
    }
  }
  [[nodiscard]] const std::optional<error>& trouble() const { return trouble_; }

  /// Pushes a field of the table on top, without metamethods. Gives its type.
  int push(const char* name) {
    lua_pushstring(lua_, name);
    return lua_rawget(lua_, -2);
  }

  bool has(const char* name) {
    const bool there = push(name) != LUA_TNIL;
    lua_pop(lua_, 1);
    return there;
  }

  double number(const char* name, double otherwise, double least, double most) {
    double value = otherwise;
    const int type = push(name);
    if (type == LUA_TNUMBER) {
      value = lua_tonumber(lua_, -1);
      if (!(value >= least && value <= most)) {
        wrong(name, std::string(name) + " is from " + shown(least) + " to " + shown(most));
        value = otherwise;
      }
    } else if (type != LUA_TNIL) {
      wrong(name, std::string(name) + " has to be a number");
    }
    lua_pop(lua_, 1);
    return value;
  }

  std::uint64_t whole(const char* name, std::uint64_t otherwise, std::uint64_t least,
                      std::uint64_t most) {
    const double value = number(name, static_cast<double>(otherwise), static_cast<double>(least),
                                static_cast<double>(most));
    if (value != std::floor(value)) wrong(name, std::string(name) + " has to be a whole number");
    return static_cast<std::uint64_t>(value);
  }

  bool truth(const char* name, bool otherwise) {
    const int type = push(name);
    if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
      wrong(name, std::string(name) + " has to be true or false");
    }
    const bool value = type == LUA_TBOOLEAN ? lua_toboolean(lua_, -1) != 0 : otherwise;
    lua_pop(lua_, 1);
    return value;
  }

  std::string text(const char* name, const std::string& otherwise) {
    const int type = push(name);
    std::string value = otherwise;
    if (type == LUA_TSTRING) {
      value = lua_tostring(lua_, -1);
    } else if (type != LUA_TNIL) {
      wrong(name, std::string(name) + " has to be a text");
    }
    lua_pop(lua_, 1);
    return value;
  }

  /// One of two words: true for the second.
  bool choice(const char* name, const char* first, const char* second) {
    const std::string value = text(name, first);
    if (value != first && value != second) {
      wrong(name, std::string(name) + " is \"" + first + "\" or \"" + second + "\"");
    }
    return value == second;
  }

  /// Does something with a table that is a field of the one on top.
  template <class Act>
  void table(const char* name, Act act) {
    const int type = push(name);
    if (type == LUA_TTABLE) {
      act();
    } else if (type != LUA_TNIL) {
      wrong(name, std::string(name) + " has to be a table");
    }
    lua_pop(lua_, 1);
  }

  /// Each field of the table on top, by name, its value on top; in order of names, so that every
  /// run of a scenario is the same.
  template <class Act>
  void each(const char* of, Act act) {
    std::vector<std::string> names;
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
      if (lua_type(lua_, -2) == LUA_TSTRING) {
        names.emplace_back(lua_tostring(lua_, -2));
      } else {
        wrong(of, std::string(of) + " has a field without a name");
      }
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
      push(name.c_str());
      act(name);
      lua_pop(lua_, 1);
    }
  }

  template <class Names>
  void only(const char* of, const Names& known) {
    each(of, [&](const std::string& name) {
      if (std::any_of(known.begin(), known.end(), [&](const char* one) { return name == one; })) {
        return;
      }
      std::string there;
      for (const char* one : known) there += (there.empty() ? "" : ", ") + std::string(one);
      wrong(name, "unknown field \"" + name + "\" in " + of + "; there are " + there);
    });
  }

  lua_State* lua() { return lua_; }

 private:
  static std::string shown(double value) {
    std::array<char, 32> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed)
            .ptr;
    return {digits.data(), end};
  }

  lua_State* lua_;
  const std::string& file_;
  const std::string& source_;
  std::optional<error> trouble_;
};

// ------------------------------------------------------------------------------------- changes

/// Pushes the value that a text stands for, if it is of this type.
bool push_as(lua_State* lua, int type, const std::string& text) {
  if (type == LUA_TBOOLEAN && (text == "true" || text == "false")) {
    lua_pushboolean(lua, text == "true" ? 1 : 0);
    return true;
  }
  if (type == LUA_TSTRING) {
    lua_pushlstring(lua, text.data(), text.size());
    return true;
  }
  return type == LUA_TNUMBER && lua_stringtonumber(lua, text.c_str()) == text.size() + 1;
}

std::string type_text(int type) {
  if (type == LUA_TBOOLEAN) return "true or false";
  return type == LUA_TNUMBER ? "a number" : "a text";
}

/// Sets a field of the table on top, if it is declared there. Nothing where it is not.
std::optional<outcome<void>> set_in(lua_State* lua, const std::string& key,
                                    const std::string& value) {
  lua_pushlstring(lua, key.data(), key.size());
  const int type = lua_rawget(lua, -2);
  lua_pop(lua, 1);
  if (type != LUA_TNUMBER && type != LUA_TBOOLEAN && type != LUA_TSTRING) return std::nullopt;
  lua_pushlstring(lua, key.data(), key.size());
  if (!push_as(lua, type, value)) {
    lua_pop(lua, 1);
    return fail(errc::usage, "--set " + key + "=" + value + ": " + key + " is " + type_text(type));
  }
  lua_rawset(lua, -3);
  return outcome<void>{};
}

/// KEY is looked for in `data`, then in `arrival`, then at the top; or it says where: `data.x`.
outcome<void> set(lua_State* lua, const std::string& key, const std::string& value) {
  const auto dot = key.find('.');
  const auto try_table = [&](const std::string& table,
                             const std::string& field) -> std::optional<outcome<void>> {
    lua_pushlstring(lua, table.data(), table.size());
    std::optional<outcome<void>> done;
    if (lua_rawget(lua, -2) == LUA_TTABLE) done = set_in(lua, field, value);
    lua_pop(lua, 1);
    return done;
  };
  if (dot != std::string::npos) {
    if (auto done = try_table(key.substr(0, dot), key.substr(dot + 1))) return *done;
  }
  for (const char* table : {"data", "arrival"}) {
    if (auto done = try_table(table, key)) return *done;
  }
  if (auto done = set_in(lua, key, value)) return *done;
  lua_pushlstring(lua, key.data(), key.size());
  const bool is_table = lua_rawget(lua, -2) == LUA_TTABLE;
  lua_pop(lua, 1);
  if (is_table) {
    return fail(errc::usage, "--set " + key + ": that is a table; set one of its fields, such as " +
                                 key + ".FIELD, or write a scenario of your own");
  }
  return fail(errc::usage, "--set " + key + ": the scenario declares no such thing");
}

void set_number(lua_State* lua, const char* field, double value) {
  lua_pushstring(lua, field);
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    lua_pushinteger(lua, static_cast<lua_Integer>(value));
  } else {
    lua_pushnumber(lua, value);
  }
  lua_rawset(lua, -3);
}

void drop_rates_of_phases(lua_State* lua) {
  lua_pushstring(lua, "phases");
  if (lua_rawget(lua, -2) == LUA_TTABLE) {
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
      if (lua_type(lua, -1) != LUA_TTABLE) continue;
      for (const char* field : {"rate", "to"}) {
        lua_pushstring(lua, field);
        lua_pushnil(lua);
        lua_rawset(lua, -3);
      }
    }
  }
  lua_pop(lua, 1);
}

/// A rate from the command line takes the place of whatever arrival was declared, in phases too.
void set_rate(lua_State* lua, double rate) {
  bool stories = false;
  lua_pushstring(lua, "arrival");
  if (lua_rawget(lua, -2) == LUA_TTABLE) {
    lua_pushstring(lua, "stories_per_s");
    stories = lua_rawget(lua, -2) != LUA_TNIL;
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  lua_pushstring(lua, "arrival");
  lua_createtable(lua, 0, 1);
  set_number(lua, stories ? "stories_per_s" : "rate", rate);
  lua_rawset(lua, -3);
  drop_rates_of_phases(lua);
}

outcome<void> apply(lua_State* lua, const scenario_changes& changes) {
  for (const auto& [key, value] : changes.set) {
    if (auto done = set(lua, key, value); !done) return done;
  }
  if (changes.users) set_number(lua, "users", static_cast<double>(*changes.users));
  if (changes.rate) set_rate(lua, *changes.rate);
  return {};
}

// -------------------------------------------------------------------------------------- reading

void read_roles(declarations& from, scenario_plan& plan) {
  from.table("roles", [&] {
    from.each("roles", [&](const std::string& name) {
      const double weight = lua_tonumber(from.lua(), -1);
      if (lua_type(from.lua(), -1) != LUA_TNUMBER || weight < 1 || weight > 1000 ||
          weight != std::floor(weight)) {
        return from.wrong(
            name, "the weight of the role \"" + name + "\" is a whole number from 1 to 1000");
      }
      plan.roles.push_back({name, static_cast<std::uint32_t>(weight)});
    });
  });
  if (plan.roles.empty()) plan.roles.push_back({"person", 1});
  for (const auto& each : plan.roles) {
    lua_pushglobaltable(from.lua());
    const int type = from.push(each.name.c_str());
    if (type != LUA_TFUNCTION) {
      from.wrong(each.name, "the role \"" + each.name + "\" needs a function " + each.name + "()");
    }
    lua_pop(from.lua(), 2);
  }
}

/// The arrival as it was declared; phases may have rates of their own.
void read_arrival(declarations& from, scenario_plan& plan, double& rate, double& rate_end) {
  from.table("arrival", [&] {
    from.only("arrival", std::array{"window", "rate", "stories_per_s", "to"});
    const bool closed = from.has("window");
    const bool messages = from.has("rate");
    const bool stories = from.has("stories_per_s");
    if (closed + messages + stories != 1) {
      from.wrong("arrival", "arrival has one of window (closed), rate and stories_per_s (open)");
    }
    if (closed) {
      plan.window =
          static_cast<std::uint32_t>(from.whole("window", 1, 1, scenario_plan::window_max));
    } else {
      plan.arrives = messages ? arrival_kind::messages : arrival_kind::stories;
      rate = from.number(messages ? "rate" : "stories_per_s", 0, 0, scenario_plan::rate_max);
      if (rate == 0) rate = 1e-6;
    }
    rate_end = from.number("to", rate, 0, scenario_plan::rate_max);
  });
}

void read_phases(declarations& from, scenario_plan& plan, const scenario_changes& changes) {
  double rate = 0;
  double rate_end = 0;
  read_arrival(from, plan, rate, rate_end);
  constexpr double longest = scenario_plan::seconds_max;
  const double warmup = from.number("warmup", 0, 0, longest);
  from.table("phases", [&] {
    const auto count = static_cast<lua_Integer>(lua_rawlen(from.lua(), -1));
    for (lua_Integer at = 1; at <= count; ++at) {
      if (lua_rawgeti(from.lua(), -1, at) == LUA_TTABLE) {
        from.only("phases", std::array{"name", "seconds", "rate", "to"});
        phase made;
        made.name = from.text("name", "phase " + std::to_string(at));
        made.seconds = from.number("seconds", 0, 0.001, longest);
        if (made.seconds == 0) from.wrong("phases", "a phase needs its seconds");
        made.rate = from.number("rate", rate, 0, scenario_plan::rate_max);
        made.rate_end = from.number("to", made.rate, 0, scenario_plan::rate_max);
        plan.phases.push_back(made);
      } else {
        from.wrong("phases", "phases is a list of tables");
      }
      lua_pop(from.lua(), 1);
    }
  });
  const bool whole = plan.phases.empty();
  const double declared = from.number("duration", 10, 0.001, longest);
  if (changes.duration_s && !(*changes.duration_s >= 0.001 && *changes.duration_s <= longest)) {
    from.wrong("duration", "--duration is from 0.001 to 604800 seconds");
  }
  if (whole) {
    plan.phases.push_back({"load", changes.duration_s.value_or(declared), rate, rate_end, true});
  } else if (changes.duration_s) {
    // All phases shrink or grow alike.
    const double part = *changes.duration_s / std::max(plan.measured_s(), 0.001);
    for (auto& each : plan.phases) each.seconds *= part;
  }
  if (warmup > 0) {
    const double first = plan.phases.front().rate;
    plan.phases.insert(plan.phases.begin(), {"warm-up", warmup, first, first, false});
  }
}

void read_thresholds(declarations& from, scenario_plan& plan) {
  from.table("thresholds", [&] {
    from.each("thresholds", [&](const std::string& figure) {
      if (lua_type(from.lua(), -1) != LUA_TSTRING) {
        return from.wrong(figure, "the threshold on " + figure + " is a text such as \"<= 50\"");
      }
      auto read = parse_threshold(figure, lua_tostring(from.lua(), -1));
      if (!read) return from.wrong(figure, read.error().detail);
      plan.thresholds.push_back(std::move(*read));
    });
  });
}

void read_data(declarations& from, scenario_plan& plan) {
  from.table("data", [&] {
    from.each("data", [&](const std::string& name) {
      const int type = lua_type(from.lua(), -1);
      if (type != LUA_TNUMBER && type != LUA_TBOOLEAN && type != LUA_TSTRING) {
        from.wrong(name, "data." + name + " has to be a number, a text, true or false");
      }
    });
    plan.text_bytes = from.whole("text_bytes", 128, 1, scenario_plan::text_bytes_max);
    plan.sealed = from.truth("sealed", true);
    plan.history_checked_max = from.whole("history_checked_max", 500'000, 0, 1'000'000'000'000ULL);
  });
}

void read_think(declarations& from, scenario_plan& plan) {
  const int type = from.push("think");
  lua_pop(from.lua(), 1);
  if (type == LUA_TNUMBER) {
    plan.think_min_s = plan.think_max_s = from.number("think", 1, 0, scenario_plan::seconds_max);
    return;
  }
  from.table("think", [&] {
    lua_rawgeti(from.lua(), -1, 1);
    lua_rawgeti(from.lua(), -2, 2);
    const bool numbers = lua_isnumber(from.lua(), -1) && lua_isnumber(from.lua(), -2);
    plan.think_min_s = lua_tonumber(from.lua(), -2);
    plan.think_max_s = lua_tonumber(from.lua(), -1);
    lua_pop(from.lua(), 2);
    if (!numbers || !(plan.think_min_s >= 0) || !(plan.think_max_s >= plan.think_min_s) ||
        plan.think_max_s > scenario_plan::seconds_max) {
      from.wrong("think", "think is a number of seconds, or two: { 1, 3 }");
    }
  });
}

std::string stem_of(const std::string& file) {
  const auto slash = file.rfind('/');
  std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  if (name.ends_with(".lua")) name.resize(name.size() - 4);
  return name;
}

}  // namespace

outcome<scenario_plan> read_declarations(lua_State* lua, const std::string& file,
                                         const std::string& source,
                                         const scenario_changes& changes) {
  declarations from(lua, file, source);
  scenario_plan plan;
  plan.name = stem_of(file);
  lua_pushglobaltable(lua);
  if (from.push("scenario") != LUA_TTABLE) {
    return fail(errc::usage, file + ":1: a scenario begins with scenario = { users = …, … }");
  }
  if (auto changed = apply(lua, changes); !changed) return tl::unexpected(changed.error());
  from.only("scenario", top_fields);
  plan.title = from.text("title", plan.name);
  plan.users = static_cast<std::uint32_t>(from.whole("users", 0, 1, scenario_plan::users_max));
  if (plan.users == 0) from.wrong("users", "a scenario needs users = a number");
  plan.drain_s = from.number("drain", 30, 0, 3'600);
  plan.connect_rate = from.number("connect_rate", 0, 0, scenario_plan::rate_max);
  plan.logged_in_before = !from.choice("login", "before", "story");
  plan.tls_resumed = from.choice("tls", "full", "resumed");
  read_roles(from, plan);
  read_phases(from, plan, changes);
  read_think(from, plan);
  read_data(from, plan);
  read_thresholds(from, plan);
  for (auto& each : plan.phases) {
    each.rate *= changes.share;
    each.rate_end *= changes.share;
  }
  plan.connect_rate *= changes.share;
  lua_settop(lua, 0);
  if (from.trouble()) return tl::unexpected(*from.trouble());
  return plan;
}

}  // namespace uod::load
