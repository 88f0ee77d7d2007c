#include <array>
#include <cmath>
#include <cstring>

#include "client/load/story_lua.hpp"

/// What stories may call. Every function checks what it is given, hands a plain value to the host,
/// and waits where that has no answer at once.
namespace uod::load {
namespace {

constexpr const char* user_type = "user";
/// A story that sleeps for longer than the longest run.
constexpr double sleep_s_max = scenario_plan::seconds_max;
constexpr lua_Integer page_rows_max = 1'000;  ///< more than any server gives at once

using story = story_machine::state;

/// The person whose story this is.
std::uint32_t self_of(lua_State* lua) {
  auto& who = story::of(lua);
  if (!who.is_person || who.owner->host == nullptr) {
    luaL_error(lua, "only a story can do this, not what stands around the functions");
  }
  return who.user;
}

story_host& host_of(lua_State* lua) {
  self_of(lua);
  return *story::of(lua).owner->host;
}

const scenario_plan& plan_of(lua_State* lua) { return story::of(lua).owner->plan; }

std::uint32_t user_at(lua_State* lua, int place) {
  return *static_cast<std::uint32_t*>(luaL_checkudata(lua, place, user_type));
}

/// The first argument, which has to be the one whose story it is.
std::uint32_t own_user(lua_State* lua) {
  const std::uint32_t user = user_at(lua, 1);
  if (user != self_of(lua)) luaL_error(lua, "only the user that user.login() gave can do this");
  if (!host_of(lua).is_logged_in(user)) {
    luaL_error(lua, "this user is not logged in: user.login() comes first");
  }
  return user;
}

int do_call(lua_State* lua, story_call call) {
  const auto answer = host_of(lua).on_call(self_of(lua), std::move(call));
  if (!answer) return lua_yield(lua, 0);
  push_values(lua, *answer);
  return static_cast<int>(answer->size());
}

double seconds_at(lua_State* lua, int place, double otherwise) {
  const double seconds = luaL_optnumber(lua, place, otherwise);
  if (!(seconds >= 0 && seconds <= sleep_s_max)) luaL_argerror(lua, place, "seconds, from 0");
  return seconds;
}

/// A table of options: refuses names that are not among these.
void check_options(lua_State* lua, int place, std::initializer_list<const char*> known) {
  luaL_checktype(lua, place, LUA_TTABLE);
  for (lua_pushnil(lua); lua_next(lua, place) != 0; lua_pop(lua, 1)) {
    const char* name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
    bool found = false;
    for (const char* each : known) found = found || std::strcmp(name, each) == 0;
    if (!found) luaL_error(lua, "unknown field \"%s\"", name);
  }
}

std::optional<std::string> text_at(lua_State* lua, int place) {
  if (lua_isnoneornil(lua, place)) return std::nullopt;
  std::size_t length = 0;
  const char* text = luaL_checklstring(lua, place, &length);
  return std::string(text, length);
}

// ---------------------------------------------------------------------------------- user.…

int user_login(lua_State* lua) {
  ask::login wanted;
  if (!lua_isnoneornil(lua, 1)) {
    check_options(lua, 1, {"listen", "reads_per_s"});
    if (lua_getfield(lua, 1, "reads_per_s") != LUA_TNIL) {
      const lua_Integer rate = luaL_checkinteger(lua, -1);
      if (rate < 1 || rate > 1'000'000'000) luaL_error(lua, "reads_per_s is a number of octets");
      wanted.reads_per_s = static_cast<std::uint32_t>(rate);
    }
    if (lua_getfield(lua, 1, "listen") != LUA_TNIL) wanted.listen = lua_toboolean(lua, -1) != 0;
  }
  const std::uint32_t self = self_of(lua);
  const auto answer = host_of(lua).on_call(self, wanted);
  const auto give = [](lua_State* thread, int, lua_KContext user) {
    push_user(thread, static_cast<std::uint32_t>(user));
    return 1;
  };
  if (!answer) return lua_yieldk(lua, 0, self, give);
  return give(lua, LUA_OK, self);
}

std::size_t role_at(lua_State* lua, int place) {
  const char* name = luaL_checkstring(lua, place);
  const auto& roles = plan_of(lua).roles;
  for (std::size_t at = 0; at < roles.size(); ++at) {
    if (roles[at].name == name) return at;
  }
  luaL_error(lua, "there is no role \"%s\"", name);
  return 0;
}

int give_user(lua_State* lua, std::size_t role, std::uint32_t number) {
  const auto user = plan_of(lua).user_of(role, number);
  if (!user) luaL_error(lua, "nobody has the role \"%s\"", plan_of(lua).roles[role].name.c_str());
  push_user(lua, *user);
  return 1;
}

/// user.any(): somebody else; user.any("reader"): somebody of that role.
int user_any(lua_State* lua) {
  const std::uint32_t self = self_of(lua);
  const auto& plan = plan_of(lua);
  const auto random_below = [lua](std::uint32_t bound) {
    lua_getglobal(lua, "math");
    lua_getfield(lua, -1, "random");
    lua_pushinteger(lua, bound);
    lua_call(lua, 1, 1);
    const auto drawn = static_cast<std::uint32_t>(lua_tointeger(lua, -1) - 1);
    lua_pop(lua, 2);
    return drawn;
  };
  if (!lua_isnoneornil(lua, 1)) {
    const std::size_t role = role_at(lua, 1);
    const std::uint32_t number = random_below(plan.users);
    // Nobody writes to themselves, unless they are alone.
    const bool is_self = plan.user_of(role, number) == self;
    return give_user(lua, role, is_self ? number + 1 : number);
  }
  if (plan.users < 2) luaL_error(lua, "there is nobody else");
  const std::uint32_t drawn = random_below(plan.users - 1);
  push_user(lua, drawn < self ? drawn : drawn + 1);
  return 1;
}

// ------------------------------------------------------------------------------------ u:…

/// u:friend(): whoever makes a pair with this person; u:friend("reader"): the one of that role
/// with the same number.
int user_friend(lua_State* lua) {
  const std::uint32_t self = user_at(lua, 1);
  const auto& plan = plan_of(lua);
  const auto [role, number] = plan.role_of(self);
  if (!lua_isnoneornil(lua, 2)) return give_user(lua, role_at(lua, 2), number);
  const std::uint32_t other = self ^ 1U;
  push_user(lua, other < plan.users ? other : 0);
  return 1;
}

int user_send(lua_State* lua) {
  own_user(lua);
  ask::send wanted;
  wanted.to = user_at(lua, 2);
  if (lua_type(lua, 3) == LUA_TNUMBER) {
    const lua_Integer octets = luaL_checkinteger(lua, 3);
    if (octets < 1 || octets > static_cast<lua_Integer>(scenario_plan::text_bytes_max)) {
      luaL_argerror(lua, 3, "so many octets no text has");
    }
    wanted.bytes = static_cast<std::uint64_t>(octets);
  } else {
    wanted.text = text_at(lua, 3);
  }
  return do_call(lua, std::move(wanted));
}

int user_expect(lua_State* lua) {
  own_user(lua);
  ask::expect wanted;
  if (lua_type(lua, 2) == LUA_TTABLE) {
    // A message as `expect` itself gives it: the same text is waited for.
    lua_getfield(lua, 2, "text");
    wanted.text = text_at(lua, -1);
    lua_pop(lua, 1);
  } else {
    wanted.text = text_at(lua, 2);
  }
  wanted.within_s = seconds_at(lua, 3, wanted.within_s);
  return do_call(lua, std::move(wanted));
}

int user_keep_sending(lua_State* lua) {
  own_user(lua);
  check_options(lua, 2, {"to", "window"});
  ask::keep_sending wanted;
  lua_getfield(lua, 2, "to");
  const auto* to = static_cast<std::uint32_t*>(luaL_testudata(lua, -1, user_type));
  if (to == nullptr) luaL_error(lua, "keep_sending needs to = somebody");
  wanted.to = *to;
  if (lua_getfield(lua, 2, "window") != LUA_TNIL) {
    const lua_Integer window = luaL_checkinteger(lua, -1);
    if (window < 1 || window > static_cast<lua_Integer>(scenario_plan::window_max)) {
      luaL_error(lua, "window is from 1 to %d", static_cast<int>(scenario_plan::window_max));
    }
    wanted.window = static_cast<std::uint32_t>(window);
  }
  return do_call(lua, wanted);
}

int user_history(lua_State* lua) {
  own_user(lua);
  ask::history wanted;
  wanted.with = user_at(lua, 2);
  if (!lua_isnoneornil(lua, 3)) {
    check_options(lua, 3, {"limit", "before"});
    if (lua_getfield(lua, 3, "limit") != LUA_TNIL) {
      const lua_Integer limit = luaL_checkinteger(lua, -1);
      if (limit < 1 || limit > page_rows_max) luaL_error(lua, "limit is from 1 to 1000");
      wanted.limit = static_cast<std::uint32_t>(limit);
    }
    if (lua_getfield(lua, 3, "before") != LUA_TNIL) {
      wanted.before_seq =
          static_cast<std::uint64_t>(std::max<lua_Integer>(luaL_checkinteger(lua, -1), 0));
    }
  }
  return do_call(lua, wanted);
}

template <class Ask>
int user_plain(lua_State* lua) {
  own_user(lua);
  return do_call(lua, Ask{});
}

int user_read(lua_State* lua) {
  own_user(lua);
  return do_call(lua, ask::mark_read{user_at(lua, 2)});
}

int user_add_contact(lua_State* lua) {
  own_user(lua);
  return do_call(lua, ask::add_contact{user_at(lua, 2)});
}

int user_broadcast(lua_State* lua) {
  own_user(lua);
  return do_call(lua, ask::broadcast{text_at(lua, 2)});
}

constexpr std::array user_methods = {luaL_Reg{"friend", user_friend},
                                     luaL_Reg{"send", user_send},
                                     luaL_Reg{"expect", user_expect},
                                     luaL_Reg{"keep_sending", user_keep_sending},
                                     luaL_Reg{"history", user_history},
                                     luaL_Reg{"read", user_read},
                                     luaL_Reg{"add_contact", user_add_contact},
                                     luaL_Reg{"broadcast", user_broadcast},
                                     luaL_Reg{"logout", user_plain<ask::logout>},
                                     luaL_Reg{"drop", user_plain<ask::drop>}};

/// u.name, u.number, and the calls above; anything else is an error that names what there is.
int user_field(lua_State* lua) {
  const std::uint32_t user = user_at(lua, 1);
  const char* field = luaL_checkstring(lua, 2);
  for (const auto& each : user_methods) {
    if (std::strcmp(each.name, field) != 0) continue;
    lua_pushcfunction(lua, each.func);
    return 1;
  }
  if (std::strcmp(field, "number") == 0) {
    lua_pushinteger(lua, plan_of(lua).role_of(user).second + 1);
    return 1;
  }
  if (std::strcmp(field, "name") == 0) {
    const auto name = host_of(lua).name_of(user);
    lua_pushlstring(lua, name.data(), name.size());
    return 1;
  }
  std::string known;
  for (const auto& each : user_methods) known += std::string(", ") + each.name;
  return luaL_error(lua, "a user has no \"%s\"; there are name, number%s", field, known.c_str());
}

// --------------------------------------------------------------------------------- globals

int sleep_for(lua_State* lua) {
  self_of(lua);
  luaL_checknumber(lua, 1);
  return do_call(lua, ask::sleep{seconds_at(lua, 1, 0)});
}

/// Sleeps as long as the scenario's people think: evenly between its two bounds.
int think(lua_State* lua) {
  self_of(lua);
  const auto& plan = plan_of(lua);
  lua_getglobal(lua, "math");
  lua_getfield(lua, -1, "random");
  lua_call(lua, 0, 1);
  const double part = lua_tonumber(lua, -1);
  lua_pop(lua, 2);
  return do_call(lua, ask::sleep{plan.think_min_s + part * (plan.think_max_s - plan.think_min_s)});
}

int wait_for_end(lua_State* lua) { return do_call(lua, ask::wait_for_end{}); }

int running(lua_State* lua) {
  lua_pushboolean(lua, host_of(lua).running());
  return 1;
}

int phase_name(lua_State* lua) {
  const auto name = host_of(lua).phase_name();
  lua_pushlstring(lua, name.data(), name.size());
  return 1;
}

int elapsed(lua_State* lua) {
  lua_pushnumber(lua, host_of(lua).elapsed_s());
  return 1;
}

int print(lua_State* lua) {
  std::string line;
  for (int at = 1; at <= lua_gettop(lua); ++at) {
    std::size_t length = 0;
    const char* text = luaL_tolstring(lua, at, &length);
    if (at > 1) line += ' ';
    line.append(text, length);
    lua_pop(lua, 1);
  }
  auto* const host = story::of(lua).owner->host;
  if (host != nullptr) host->say(line);
  return 0;
}

int unknown_global(lua_State* lua) {
  const char* name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  return luaL_error(lua, "there is no \"%s\"", name);
}

int unknown_of_user(lua_State* lua) {
  return luaL_error(lua, "there is no \"user.%s\"; there are user.login and user.any",
                    luaL_checkstring(lua, 2));
}

void set_index(lua_State* lua, lua_CFunction act) {
  lua_createtable(lua, 0, 2);
  lua_pushcfunction(lua, act);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");  // stories do not take it off
  lua_setmetatable(lua, -2);
}

int same_user(lua_State* lua) {
  lua_pushboolean(lua, user_at(lua, 1) == user_at(lua, 2));
  return 1;
}

}  // namespace

void push_user(lua_State* lua, std::uint32_t user) {
  *static_cast<std::uint32_t*>(lua_newuserdatauv(lua, sizeof user, 0)) = user;
  luaL_setmetatable(lua, user_type);
}

void push_values(lua_State* lua, const story_values& values) {
  luaL_checkstack(lua, static_cast<int>(values.size()) + 4, "values");
  for (const auto& value : values) {
    if (const auto* truth = std::get_if<bool>(&value)) {
      lua_pushboolean(lua, *truth ? 1 : 0);
    } else if (const auto* number = std::get_if<double>(&value)) {
      const auto whole = static_cast<lua_Integer>(*number);
      if (static_cast<double>(whole) == *number) {
        lua_pushinteger(lua, whole);
      } else {
        lua_pushnumber(lua, *number);
      }
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      lua_pushlstring(lua, text->data(), text->size());
    } else if (const auto* message = std::get_if<heard>(&value)) {
      lua_createtable(lua, 0, 3);
      lua_pushlstring(lua, message->from.data(), message->from.size());
      lua_setfield(lua, -2, "from");
      lua_pushlstring(lua, message->text.data(), message->text.size());
      lua_setfield(lua, -2, "text");
      lua_pushinteger(lua, static_cast<lua_Integer>(message->seq));
      lua_setfield(lua, -2, "seq");
    } else {
      lua_pushnil(lua);
    }
  }
}

void add_story_calls(lua_State* lua) {
  luaL_newmetatable(lua, user_type);
  lua_pushcfunction(lua, user_field);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, same_user);
  lua_setfield(lua, -2, "__eq");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 1);

  lua_createtable(lua, 0, 2);
  lua_pushcfunction(lua, user_login);
  lua_setfield(lua, -2, "login");
  lua_pushcfunction(lua, user_any);
  lua_setfield(lua, -2, "any");
  set_index(lua, unknown_of_user);
  lua_setglobal(lua, "user");

  constexpr std::array globals = {
      luaL_Reg{"sleep", sleep_for},  luaL_Reg{"think", think},
      luaL_Reg{"running", running},  luaL_Reg{"wait_for_end", wait_for_end},
      luaL_Reg{"phase", phase_name}, luaL_Reg{"elapsed", elapsed},
      luaL_Reg{"print", print}};
  for (const auto& each : globals) {
    lua_pushcfunction(lua, each.func);
    lua_setglobal(lua, each.name);
  }
  lua_pushglobaltable(lua);
  set_index(lua, unknown_global);
  lua_pop(lua, 1);
}

}  // namespace uod::load
