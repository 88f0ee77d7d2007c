#include "client/commands/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>

#include "client/commands/commands.hpp"
#include "client/commands/exit_codes.hpp"
#include "client/commands/interruption.hpp"

namespace uod::client {
namespace {

/// stdout and stderr, and how they are spoken to.
struct voices {
  terminal::descriptor_output out{STDOUT_FILENO, interruption::level()};
  terminal::descriptor_output err{STDERR_FILENO, interruption::level()};
  std::unique_ptr<terminal::renderer> rows;
  std::unique_ptr<terminal::status_line> status;

  voices(const global_options& how, bool no_color) {
    rows = how.json
               ? terminal::make_json_renderer(out)
               : terminal::make_text_renderer(out, terminal::wants_color(STDOUT_FILENO, no_color));
    // Rows of JSON and a line that is drawn over do not go together on one terminal.
    const bool animate = terminal::can_animate(STDERR_FILENO) && !how.json;
    status = std::make_unique<terminal::status_line>(
        err, terminal::status_line::manner{animate, how.quiet, how.verbose});
  }

  /// Says what went wrong; nothing when whoever read stdout has left on purpose.
  int end(const outcome<void>& result) {
    if (result) return static_cast<int>(exit_code::done);
    const auto code = static_cast<int>(exit_code_of(result.error().code));
    if (out.closed() && interruption::received() == 0) return static_cast<int>(exit_code::failed);
    status->say_failure(explain(result.error()));
    rows->show(result.error());
    return code;
  }
};

/// Whether somebody has given this setting, or its value is the built-in one.
bool is_given(const loaded_client_config& loaded, std::string_view key) {
  return std::ranges::any_of(loaded.settings, [key](const effective_setting& each) {
    return each.key == key && each.origin.kind != origin_kind::built_in;
  });
}

/// All that an identity keeps lies under a state directory that somebody named: the token, too.
token_keeping tokens_for(const loaded_client_config& loaded) {
  token_keeping tokens{token_place::file, make_secret_service()};
  const auto& store = loaded.config.credentials_store;
  if (store == "secret-service") tokens.place = token_place::keyring;
  if (store == "auto" && !is_given(loaded, "state_dir")) tokens.place = token_place::keyring_if_any;
  return tokens;
}

outcome<void> carry_out(const invocation& asked, loaded_client_config& loaded, voices& speak) {
  auto& config = loaded.config;
  if (asked.global.trust_on_first_use) {
    config.trust_ca_file.clear();
    config.trust_fingerprint.clear();
  }
  auto profile = profile_state::open(config.state_dir, config.profile, tokens_for(loaded));
  if (!profile) return tl::unexpected(profile.error());
  context with{asked.global, config,       is_given(loaded, "servers"), *profile, speak.out,
               *speak.rows,  *speak.status};
  say_warnings(with);
  auto result = std::visit([&](const auto& what) { return run(with, what); }, asked.what);
  say_warnings(with);
  return result;
}

int tell(const told& it, voices& speak) {
  if (it.asked_for) {
    speak.out.write(it.text);
    return static_cast<int>(exit_code::done);
  }
  speak.err.write(it.text);
  speak.rows->show(error{errc::usage, "no command was given"});
  return static_cast<int>(exit_code::usage);
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  const auto signals = interruption::install();
  global_options as_asked;
  as_asked.json = asks_for_json(words);
  voices first(as_asked, false);
  if (!signals) return first.end(signals);
  try {
    const auto parsed = parse_arguments(words);
    if (!parsed) return first.end(tl::unexpected(parsed.error()));
    if (const auto* text = std::get_if<told>(&*parsed)) return tell(*text, first);
    const auto& asked = std::get<invocation>(*parsed);
    auto loaded = load_client_config(asked.global.overrides);
    if (!loaded) return first.end(tl::unexpected(loaded.error()));
    voices speak(asked.global, loaded->config.color == "never");
    return speak.end(carry_out(asked, *loaded, speak));
  } catch (const std::exception& problem) {
    return first.end(fail(errc::internal, problem.what()));
  }
}

}  // namespace uod::client
