#include "client/load/story_machine.hpp"

#include <time.h>

#include <array>
#include <cstdlib>

#include "client/load/story_lua.hpp"

namespace uod::load {
namespace {

/// Instructions between two looks at how long a story has been going on.
constexpr int steps_a_look = 10'000;

double thread_cpu_s() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

void* allocate(void* keeper, void* block, std::size_t before, std::size_t after) {
  auto& used = *static_cast<std::size_t*>(keeper);
  if (block == nullptr) before = 0;  // then it names a kind of object
  if (after > before && used + (after - before) > story_machine::memory_bytes_max) return nullptr;
  if (after == 0) {
    std::free(block);
    used -= before;
    return nullptr;
  }
  void* const made = std::realloc(block, after);
  if (made != nullptr) used = used - before + after;
  return made;
}

int panic(lua_State* lua) {
  const char* what = lua_tostring(lua, -1);
  throw lua_panic(what != nullptr ? what : "Lua failed");
}

constexpr std::array libraries = {
    luaL_Reg{LUA_GNAME, luaopen_base}, luaL_Reg{LUA_STRLIBNAME, luaopen_string},
    luaL_Reg{LUA_TABLIBNAME, luaopen_table}, luaL_Reg{LUA_MATHLIBNAME, luaopen_math},
    luaL_Reg{LUA_UTF8LIBNAME, luaopen_utf8}};

/// What reads files, runs octets, or looks behind the curtain.
constexpr std::array forbidden = {"dofile", "loadfile", "load", "collectgarbage", "print"};

}  // namespace

// ------------------------------------------------------------------------------------ the inside

story_machine::state::~state() {
  if (lua != nullptr) lua_close(lua);
}

story_machine::state::story& story_machine::state::of(lua_State* thread) {
  return **static_cast<story**>(lua_getextraspace(thread));
}

bool story_machine::state::open(std::uint64_t seed) {
  lua = lua_newstate(allocate, &memory_bytes);
  if (lua == nullptr) return false;
  lua_atpanic(lua, panic);
  main.owner = this;
  main.thread = lua;
  *static_cast<story**>(lua_getextraspace(lua)) = &main;
  for (const auto& each : libraries) {
    luaL_requiref(lua, each.name, each.func, 1);
    lua_pop(lua, 1);
  }
  for (const char* name : forbidden) {
    lua_pushnil(lua);
    lua_setglobal(lua, name);
  }
  lua_getglobal(lua, LUA_STRLIBNAME);
  lua_pushnil(lua);
  lua_setfield(lua, -2, "dump");
  lua_pop(lua, 1);
  lua_getglobal(lua, LUA_MATHLIBNAME);
  lua_getfield(lua, -1, "randomseed");
  lua_pushinteger(lua, static_cast<lua_Integer>(seed));
  lua_call(lua, 1, 0);
  lua_pop(lua, 1);
  add_story_calls(lua);
  // Ends what goes on for too long: by a wait that nobody ends, because an error could be caught
  // by the loop itself. Inside of a library's function no wait is possible, so there it is an
  // error, and a wait once that was caught. Coroutines inherit this.
  const auto look = [](lua_State* thread, lua_Debug*) {
    story& who = of(thread);
    const double time_s = thread_cpu_s();
    if (who.steps == 0) who.looked_from_s = time_s;
    who.steps += steps_a_look;
    if (who.steps < steps_max && time_s - who.looked_from_s < busy_s_max) return;
    if (who.doom.empty()) {
      luaL_where(thread, 0);
      const char* where = lua_tostring(thread, -1);
      who.doom = std::string(where != nullptr ? where : "") +
                 "an endless loop: " + std::to_string(steps_max / 1'000'000) +
                 " million steps, or seconds of work, without waiting";
      lua_pop(thread, 1);
      // From here on at every step: the first one that can wait is the last.
      lua_sethook(thread, lua_gethook(thread), LUA_MASKCOUNT, 1);
    }
    if (!lua_isyieldable(thread)) luaL_error(thread, "%s", who.doom.c_str());
    lua_yield(thread, 0);
  };
  lua_sethook(lua, look, LUA_MASKCOUNT, steps_a_look);
  return true;
}

/// Runs a coroutine until it waits or ends. Error: `usage`, for what is wrong with the scenario.
outcome<void> story_machine::state::resume(story& who, int arguments) {
  who.steps = 0;
  int results = 0;
  const int status = lua_resume(who.thread, lua, arguments, &results);
  if (!who.doom.empty()) return fail(errc::usage, who.doom);
  if (status == LUA_OK || status == LUA_YIELD) {
    lua_settop(who.thread, 0);
    return {};
  }
  if (status == LUA_ERRMEM) {
    return fail(errc::usage, file + ": the scenario keeps more than " +
                                 std::to_string(memory_bytes_max / 1024 / 1024) + " MiB");
  }
  const char* what = lua_tostring(who.thread, -1);
  std::string reason = what != nullptr ? what : "an error that is no text";
  if (!reason.starts_with(file + ":")) reason = file + ": " + reason;
  return fail(errc::usage, std::move(reason));
}

outcome<void> story_machine::state::run_chunk(std::string_view text) {
  story chunk;
  chunk.owner = this;
  chunk.thread = lua_newthread(lua);
  *static_cast<story**>(lua_getextraspace(chunk.thread)) = &chunk;
  const std::string name = "@" + file;
  outcome<void> result;
  if (luaL_loadbufferx(chunk.thread, text.data(), text.size(), name.c_str(), "t") != LUA_OK) {
    result = fail(errc::usage, lua_tostring(chunk.thread, -1));
  } else {
    result = resume(chunk, 0);
  }
  lua_pop(lua, 1);
  return result;
}

void story_machine::state::close(story& who) {
  if (who.thread == nullptr) return;
  luaL_unref(lua, LUA_REGISTRYINDEX, who.kept);
  who.thread = nullptr;
  who.kept = LUA_NOREF;
}

/// Goes on with a story, and tells what became of it.
void story_machine::state::step(std::uint32_t user, int arguments) {
  story& who = people[user];
  lua_State* const thread = who.thread;
  auto went = resume(who, arguments);
  if (who.thread != thread) return;  // was ended meanwhile
  if (went && lua_status(thread) == LUA_YIELD) return;
  close(who);
  if (!went) return host->on_story_fault(user, went.error());
  host->on_story_end(user);
}

// -------------------------------------------------------------------------------------- the door

story_machine::story_machine(std::unique_ptr<state> made) : state_(std::move(made)) {}
story_machine::~story_machine() = default;
story_machine::story_machine(story_machine&&) noexcept = default;
story_machine& story_machine::operator=(story_machine&&) noexcept = default;

outcome<story_machine> story_machine::load(const std::string& file, std::string_view source,
                                           const scenario_changes& changes, std::uint64_t seed) {
  if (source.size() > source_bytes_max) {
    return fail(errc::usage, file + ": a scenario has at most " +
                                 std::to_string(source_bytes_max / 1024) + " KiB");
  }
  auto made = std::make_unique<state>();
  made->file = file;
  made->source = source;
  try {
    if (!made->open(seed)) return fail(errc::internal, "no memory for Lua");
    if (auto ran = made->run_chunk(source); !ran) return tl::unexpected(ran.error());
    auto plan = read_declarations(made->lua, file, made->source, changes);
    if (!plan) return tl::unexpected(plan.error());
    made->plan = std::move(*plan);
  } catch (const lua_panic& problem) {
    return fail(errc::usage, file + ": " + problem.what());
  }
  made->people.resize(made->plan.users);
  for (std::uint32_t user = 0; user < made->plan.users; ++user) {
    made->people[user].owner = made.get();
    made->people[user].user = user;
    made->people[user].is_person = true;
  }
  return story_machine(std::move(made));
}

const scenario_plan& story_machine::plan() const { return state_->plan; }

void story_machine::set_host(story_host& host) { state_->host = &host; }

void story_machine::begin(std::uint32_t user) {
  auto& who = state_->people[user];
  if (who.thread != nullptr) return;
  try {
    who.thread = lua_newthread(state_->lua);
    *static_cast<state::story**>(lua_getextraspace(who.thread)) = &who;
    who.kept = luaL_ref(state_->lua, LUA_REGISTRYINDEX);
    who.doom.clear();
    who.steps = 0;
    const auto& role = state_->plan.roles[state_->plan.role_of(user).first];
    lua_getglobal(who.thread, role.name.c_str());
    state_->step(user, 0);
  } catch (const lua_panic& problem) {
    state_->host->on_story_fault(user, {errc::usage, state_->file + ": " + problem.what()});
  }
}

void story_machine::go_on(std::uint32_t user, const story_values& values) {
  auto& who = state_->people[user];
  if (who.thread == nullptr) return;
  try {
    push_values(who.thread, values);
    state_->step(user, static_cast<int>(values.size()));
  } catch (const lua_panic& problem) {
    state_->host->on_story_fault(user, {errc::usage, state_->file + ": " + problem.what()});
  }
}

void story_machine::end(std::uint32_t user) { state_->close(state_->people[user]); }

bool story_machine::is_alive(std::uint32_t user) const {
  return state_->people[user].thread != nullptr;
}

}  // namespace uod::load
