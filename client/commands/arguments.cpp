#include "client/commands/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "client/state/profile_state.hpp"

namespace uod::client {
namespace {

/// CLI11 takes a word of the form `[a,b]` apart into a list, and ends a command at `++`. Nobody
/// who writes that to somebody means it, so such words go through it under a mark.
constexpr char guard = '\x01';

std::string guarded(std::string word) {
  const bool is_list = word.starts_with('[') && word.ends_with(']');
  return is_list || word == "++" ? guard + word : word;
}

std::string unguarded(std::string word) { return word.starts_with(guard) ? word.substr(1) : word; }

template <class Arguments>
void unguard_names(Arguments& arguments) {
  if constexpr (requires { arguments.name; }) arguments.name = unguarded(arguments.name);
  if constexpr (requires { arguments.user; }) arguments.user = unguarded(arguments.user);
  if constexpr (requires { arguments.email; }) arguments.email = unguarded(arguments.email);
}

/// The parser and the values that it fills in.
class command_line {
 public:
  command_line();
  outcome<std::variant<invocation, told>> parse(std::vector<std::string> words);

 private:
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& does,
                const std::string& example);
  void add_global_options();
  void add_account_commands();
  void add_contact_commands();
  void add_chat_commands();
  /// Makes a finished command of what was filled in; how depends on the subcommand.
  template <class Arguments>
  void makes(CLI::App* sub, Arguments& filled) {
    sub->callback([this, &filled] { chosen_ = filled; });
  }
  [[nodiscard]] outcome<void> check();
  [[nodiscard]] tl::unexpected<error> wrong(const std::string& what) const;

  CLI::App app_{"uod, a secure messenger", "uod"};
  global_options global_;
  std::optional<command> chosen_;

  register_arguments register_;
  login_arguments login_;
  logout_arguments logout_;
  whoami_arguments whoami_;
  contacts_list_arguments contacts_list_;
  contacts_search_arguments contacts_search_;
  contacts_add_arguments contacts_add_;
  contacts_remove_arguments contacts_remove_;
  chats_arguments chats_;
  send_arguments send_;
  history_arguments history_;
  listen_arguments listen_;
  std::string after_cursor_;
  CLI::Option* text_ = nullptr;         ///< of `send`
  CLI::Option* search_text_ = nullptr;  ///< of `contacts search`
};

command_line::command_line() {
  app_.set_version_flag("--version", "uod " UOD_VERSION, "Print the version");
  app_.set_help_flag("-h,--help", "Print this help");
  app_.require_subcommand(0, 1);
  app_.get_formatter()->column_width(34);
  app_.footer(
      "Examples:\n"
      "  uod register --user alice --email alice@example.org\n"
      "  uod send bob Hello\n"
      "  uod listen --json\n"
      "\n"
      "Flags win over UOD_SERVER, UOD_PROFILE and UOD_STATE_DIR, and those over\n"
      "~/.config/uod/config.toml. `uod COMMAND --help` tells more about a command.");
  add_global_options();
  add_account_commands();
  add_contact_commands();
  add_chat_commands();
}

CLI::App* command_line::add(CLI::App& parent, const std::string& name, const std::string& does,
                            const std::string& example) {
  auto* sub = parent.add_subcommand(name, does);
  sub->fallthrough();  // global options may stand behind the command as well
  sub->footer("Example:\n  " + example + "\n\nThe options of every command: `uod --help`.");
  return sub;
}

void command_line::add_global_options() {
  auto& flags = global_.overrides;
  const auto add_text = [&](const std::string& name, auto& to, const std::string& does,
                            const std::string& kind) {
    app_.add_option(name, to, does)->type_name(kind);
  };
  // One server each: without this the words behind it would be servers as well.
  app_.add_option("--server", flags.servers,
                  "Server to use; more than one are tried in turn (localhost:7400)")
      ->type_name("HOST:PORT")
      ->allow_extra_args(false);
  add_text("--profile", flags.profile, "Which of several identities (default)", "NAME");
  add_text("--state-dir", flags.state_dir, "Where identities are kept (~/.local/state/uod)", "DIR");
  add_text("--server-fingerprint", flags.fingerprint, "Trust the server with this key", "SHA256:…");
  auto* ca = app_.add_option("--ca", flags.ca_file, "Trust servers by these authorities (PEM)");
  ca->type_name("FILE");
  app_.add_flag("--trust-on-first-use", global_.trust_on_first_use,
                "Pin a server's key at the first contact (this is the default)")
      ->excludes("--ca")
      ->excludes("--server-fingerprint");
  add_text("--timeout", flags.timeout_s, "How long to wait for the server (10)", "SECONDS");
  app_.add_flag("--json", global_.json, "Print JSON Lines on stdout");
  app_.add_flag("--no-color", flags.no_color, "No colours");
  app_.add_flag("--no-input", global_.no_input, "Never ask; fail instead");
  app_.add_flag("-q,--quiet", global_.quiet, "Say only what goes wrong");
  app_.add_flag("-v,--verbose", global_.verbose, "Say more");
}

void command_line::add_account_commands() {
  auto* sub = add(app_, "register", "Make an account and log in",
                  "uod register --user alice --email alice@example.org");
  sub->add_option("--user", register_.user, "Name of the new account")
      ->required()
      ->type_name("NAME");
  sub->add_option("--email", register_.email, "Where warnings go")->required()->type_name("ADDR");
  sub->add_flag("--password-stdin", register_.password_stdin, "Read the password from stdin");
  makes(sub, register_);

  sub = add(app_, "login", "Log in on this device", "uod login --user alice");
  sub->add_option("--user", login_.user, "Name of the account")->required()->type_name("NAME");
  sub->add_flag("--password-stdin", login_.password_stdin, "Read the password from stdin");
  makes(sub, login_);

  sub = add(app_, "logout", "Revoke this device's log-in", "uod logout --all-devices");
  sub->add_flag("--all-devices", logout_.all_devices, "Log out everywhere");
  makes(sub, logout_);

  sub = add(app_, "whoami", "Show account, device and server", "uod whoami --json");
  makes(sub, whoami_);
}

void command_line::add_contact_commands() {
  auto* contacts =
      add(app_, "contacts", "Contacts: list (the default), search, add, remove", "uod contacts");
  contacts->require_subcommand(0, 1);
  contacts->callback([this, contacts] {
    if (contacts->get_subcommands().empty()) chosen_ = contacts_list_;
  });

  auto* sub = add(*contacts, "list", "List contacts and who is online", "uod contacts list");
  makes(sub, contacts_list_);

  sub = add(*contacts, "search", "Find accounts by a part of their name",
            "uod contacts search ali --limit 10");
  search_text_ = sub->add_option("TEXT", "Part of a name, in any case and script");
  search_text_->required();
  sub->add_option("--limit", contacts_search_.limit, "At most so many (50)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  sub->add_flag("--all", contacts_search_.all, "All that there are");
  makes(sub, contacts_search_);

  sub = add(*contacts, "add", "Add an account to the contacts", "uod contacts add bob");
  sub->add_option("NAME", contacts_add_.name, "Name of the account")->required();
  makes(sub, contacts_add_);

  sub = add(*contacts, "remove", "Remove a contact", "uod contacts remove bob");
  sub->add_option("NAME", contacts_remove_.name, "Name of the contact")->required();
  makes(sub, contacts_remove_);
}

void command_line::add_chat_commands() {
  auto* sub = add(app_, "chats", "Conversations, newest first, with what is unread", "uod chats");
  makes(sub, chats_);

  sub = add(app_, "send", "Send a message, or each line of stdin as one",
            "uod send bob See you at eight\n  uod send bob -- --text that begins with a dash\n"
            "  tail -f notes.txt | uod send bob -");
  sub->add_option("NAME", send_.name, "To whom")->required();
  text_ = sub->add_option("TEXT", "Words, joined by spaces; - reads lines from stdin");
  text_->required()->expected(1, CLI::detail::expected_max_vector_size);
  text_->allow_extra_args();
  makes(sub, send_);

  sub = add(app_, "history", "Stored messages of a chat, oldest first",
            "uod history bob --limit 20 --before 120");
  sub->add_option("NAME", history_.name, "With whom")->required();
  sub->add_option("--limit", history_.limit, "At most so many (50)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--before", history_.before_seq, "Only messages before this one")
      ->type_name("SEQ")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--after", history_.after_seq, "Only messages after this one; the oldest of them")
      ->type_name("SEQ")
      ->check(CLI::NonNegativeNumber);
  sub->add_flag("--keep-unread", history_.keep_unread, "Do not mark them as read");
  makes(sub, history_);

  sub = add(app_, "listen", "Print what arrives, until ended", "uod listen --json --count 1");
  sub->add_option("--after", after_cursor_, "Begin behind this message (its `cursor`)")
      ->type_name("CURSOR");
  sub->add_option("--count", listen_.count, "End after so many messages")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  makes(sub, listen_);
}

tl::unexpected<error> command_line::wrong(const std::string& what) const {
  std::string place = "uod";
  for (const CLI::App* at = &app_; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    place += " " + at->get_name();
  }
  return fail(errc::usage, what + "; see `" + place + " --help`");
}

outcome<void> command_line::check() {
  std::visit([](auto& arguments) { unguard_names(arguments); }, *chosen_);
  if (auto* sent = std::get_if<send_arguments>(&*chosen_)) {
    for (const auto& word : text_->results())
      sent->text += (sent->text.empty() ? "" : " ") + unguarded(word);
    sent->from_stdin = text_->results().size() == 1 && sent->text == "-";
    if (sent->text.empty()) return wrong("there is no text to send");
  }
  if (auto* search = std::get_if<contacts_search_arguments>(&*chosen_)) {
    search->text = unguarded(search_text_->results().front());
    if (search->limit == 0) return wrong("--limit must be 1 or more");
  }
  if (auto* history = std::get_if<history_arguments>(&*chosen_)) {
    if (history->limit == 0) return wrong("--limit must be 1 or more");
    if (history->before_seq == 0) return wrong("--before must be 1 or more");
  }
  if (auto* listen = std::get_if<listen_arguments>(&*chosen_)) {
    if (listen->count == 0) return wrong("--count must be 1 or more");
    if (!after_cursor_.empty()) {
      const auto position = parse_cursor(after_cursor_);
      if (!position) return wrong(position.error().detail);
      listen->after_position = *position;
    }
  }
  return {};
}

outcome<std::variant<invocation, told>> command_line::parse(std::vector<std::string> words) {
  std::ranges::transform(words, words.begin(), guarded);
  std::ranges::reverse(words);  // as CLI11 wants them
  try {
    app_.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return told{app_.help()};
  } catch (const CLI::CallForAllHelp&) {
    return told{app_.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::CallForVersion& version) {
    return told{std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& problem) {
    return wrong(problem.what());
  }
  if (!chosen_) return told{app_.help(), false};
  if (auto good = check(); !good) return tl::unexpected(good.error());
  return invocation{global_, *chosen_};
}

}  // namespace

outcome<std::variant<invocation, told>> parse_arguments(std::vector<std::string> words) {
  return command_line().parse(std::move(words));
}

bool asks_for_json(const std::vector<std::string>& words) {
  const auto end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, "--json") != end;
}

}  // namespace uod::client
