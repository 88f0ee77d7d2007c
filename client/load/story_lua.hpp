#pragma once

#include <lua.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/load/story_machine.hpp"

/// The inside of `story_machine`; only story_*.cpp include this. Lua's library is the one built as
/// C++: its errors are exceptions, so that what C++ holds on the way is given back.
namespace uod::load {

/// Lua ran out of what it may have where nothing of its own could catch that.
class lua_panic : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct story_machine::state {
  /// One coroutine. Its address stands in the coroutine's extra space.
  struct story {
    state* owner = nullptr;
    std::uint32_t user = 0;
    bool is_person = false;  ///< or the chunk itself, which may not wait
    lua_State* thread = nullptr;
    int kept = LUA_NOREF;
    std::uint64_t steps = 0;
    double looked_from_s = 0;  ///< the thread's CPU time at the first look since it waited
    std::string doom;          ///< why it is not gone on with
  };

  state() = default;
  ~state();
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  /// Makes the Lua state with what a scenario may use. False: no memory.
  bool open(std::uint64_t seed);
  /// Runs the chunk.
  outcome<void> run_chunk(std::string_view source);
  outcome<void> resume(story& who, int arguments);
  void step(std::uint32_t user, int arguments);
  void close(story& who);

  static story& of(lua_State* thread);

  lua_State* lua = nullptr;
  std::size_t memory_bytes = 0;
  std::string file;
  std::string source;
  scenario_plan plan;
  story_host* host = nullptr;
  story main;
  std::vector<story> people;
};

/// Lays the functions that stories may call into the globals. On the main thread.
void add_story_calls(lua_State* lua);
/// Pushes a person, as stories know each other.
void push_user(lua_State* lua, std::uint32_t user);
/// Pushes what a call gives back.
void push_values(lua_State* lua, const story_values& values);

/// Reads the global `scenario` with the changes to it. Error: `usage`, as `file:line: reason`.
outcome<scenario_plan> read_declarations(lua_State* lua, const std::string& file,
                                         const std::string& source,
                                         const scenario_changes& changes);

}  // namespace uod::load
