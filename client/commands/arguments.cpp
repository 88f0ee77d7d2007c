#include "client/commands/arguments.hpp"

#include <algorithm>

#include "client/commands/command_line.hpp"

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
  if constexpr (requires { arguments.device; }) arguments.device = unguarded(arguments.device);
}

}  // namespace

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
  add_device_commands();
  add_email_commands();
  add_password_commands();
  add_contact_commands();
  add_identity_commands();
  add_chat_commands();
  add_home_commands();
}

CLI::App* command_line::add(CLI::App& parent, const std::string& name, const std::string& does,
                            const std::string& example) {
  auto* sub = parent.add_subcommand(name, does);
  sub->fallthrough();  // global options may stand behind the command as well
  sub->footer("Example:\n  " + example + "\n\nThe options of every command: `uod --help`.");
  return sub;
}

CLI::Option* command_line::add_text(CLI::App& sub) {
  auto* text = sub.add_option("TEXT", "Words, joined by spaces; - reads lines from stdin");
  text->required()->expected(1, CLI::detail::expected_max_vector_size);
  return text->allow_extra_args();
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

void command_line::add_contact_commands() {
  auto* contacts = add(app_, "contacts",
                       "Contacts: list (the default), search, add, remove, verify", "uod contacts");
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

  sub = add(*contacts, "verify", "Show the safety number with somebody, to compare it",
            "uod contacts verify bob\n  uod contacts verify bob --confirm");
  sub->add_option("NAME", contacts_verify_.name, "Name of the account")->required();
  sub->add_flag("--confirm", contacts_verify_.confirm,
                "You have compared: trust this key, in place of any other");
  makes(sub, contacts_verify_);
}

void command_line::add_identity_commands() {
  auto* identity = add(app_, "identity", "The key that messages are sealed for: recover, renew",
                       "uod identity recover");
  identity->require_subcommand(1);
  auto* sub =
      add(*identity, "recover", "Bring it back by the recovery code", "uod identity recover");
  sub->add_flag("--recovery-code-stdin", identity_recover_.code_stdin,
                "Read the recovery code from stdin, before the password");
  sub->add_flag("--password-stdin", identity_recover_.password_stdin,
                "Read the password from stdin");
  makes(sub, identity_recover_);

  sub = add(*identity, "renew", "Make a new one; what was sealed for the old one stays closed",
            "uod identity renew --yes");
  sub->add_flag("--yes", identity_renew_.yes, "You know what it means");
  sub->add_flag("--password-stdin", identity_renew_.password_stdin, "Read the password from stdin");
  makes(sub, identity_renew_);
}

void command_line::add_chat_commands() {
  auto* sub = add(app_, "chats", "Conversations, newest first, with what is unread", "uod chats");
  makes(sub, chats_);

  sub = add(app_, "send", "Send a message, or each line of stdin as one",
            "uod send bob See you at eight\n  uod send bob -- --text that begins with a dash\n"
            "  tail -f notes.txt | uod send bob -\n  uod send bob --file photo.jpg");
  sub->add_option("NAME", send_.name, "To whom")->required();
  text_ = add_text(*sub);
  text_->required(false);
  sub->add_option("--file", send_.file,
                  "Send this file instead of text; goes on where it broke off")
      ->type_name("PATH");
  makes(sub, send_);

  sub = add(app_, "save", "Save the file of a message", "uod save bob 12 --output Downloads");
  sub->add_option("NAME", save_.name, "With whom")->required();
  sub->add_option("SEQ", save_.seq, "Number of the message, as `history` shows it")
      ->required()
      ->check(CLI::PositiveNumber);
  sub->add_option("--output", save_.output, "A directory, or a file's name (the current directory)")
      ->type_name("PATH");
  sub->add_flag("--force", save_.force, "Replace what is there");
  makes(sub, save_);

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

  sub = add(app_, "search", "Search what was read on this device", "uod search lunch --limit 10");
  history_text_ = add_text(*sub);
  sub->add_option("--limit", search_.limit, "At most so many (50)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  makes(sub, search_);

  sub = add(app_, "listen", "Print what arrives, until ended", "uod listen --json --count 1");
  sub->add_option("--after", after_cursor_,
                  "Begin behind this message and broadcast (a row's `cursor`)")
      ->type_name("CURSOR");
  sub->add_option("--count", listen_.count, "End after so many messages and broadcasts")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  makes(sub, listen_);
}

void command_line::add_home_commands() {
  auto* sub = add(app_, "broadcast", "Write on everybody's home page (premium members)",
                  "uod broadcast The office is closed tomorrow\n"
                  "  echo Closed tomorrow | uod broadcast -");
  broadcast_text_ = add_text(*sub);
  makes(sub, broadcast_);

  sub = add(app_, "home", "The home page: broadcasts, oldest first", "uod home --limit 20");
  sub->add_option("--limit", home_.limit, "At most so many (50)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--before", home_.before_seq, "Only broadcasts before this one")
      ->type_name("SEQ")
      ->check(CLI::NonNegativeNumber);
  sub->add_option("--after", home_.after_seq, "Only broadcasts after this one; the oldest of them")
      ->type_name("SEQ")
      ->check(CLI::NonNegativeNumber);
  makes(sub, home_);
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
  const auto take_text = [](const CLI::Option& words, auto& into) {
    for (const auto& word : words.results())
      into.text += (into.text.empty() ? "" : " ") + unguarded(word);
    into.from_stdin = words.results().size() == 1 && into.text == "-";
    return !into.text.empty();
  };
  const auto check_pages = [this](const auto& pages) -> outcome<void> {
    if (pages.limit == 0) return wrong("--limit must be 1 or more");
    if (pages.before_seq == 0) return wrong("--before must be 1 or more");
    return {};
  };
  if (auto* sent = std::get_if<send_arguments>(&*chosen_); sent != nullptr && !sent->file.empty()) {
    if (!text_->results().empty()) return wrong("--file goes without text");
    return {};
  }
  if (auto* sent = std::get_if<send_arguments>(&*chosen_))
    if (!take_text(*text_, *sent)) return wrong("there is no text to send");
  if (auto* sent = std::get_if<broadcast_arguments>(&*chosen_))
    if (!take_text(*broadcast_text_, *sent)) return wrong("there is no text to send");
  if (auto* search = std::get_if<search_arguments>(&*chosen_)) {
    for (const auto& word : history_text_->results())
      search->text += (search->text.empty() ? "" : " ") + unguarded(word);
    if (search->text.empty()) return wrong("there is nothing to search for");
    if (search->limit == 0) return wrong("--limit must be 1 or more");
  }
  if (auto* search = std::get_if<contacts_search_arguments>(&*chosen_)) {
    search->text = unguarded(search_text_->results().front());
    if (search->limit == 0) return wrong("--limit must be 1 or more");
  }
  if (auto* history = std::get_if<history_arguments>(&*chosen_)) return check_pages(*history);
  if (auto* home = std::get_if<home_arguments>(&*chosen_)) return check_pages(*home);
  if (auto* listen = std::get_if<listen_arguments>(&*chosen_)) {
    if (listen->count == 0) return wrong("--count must be 1 or more");
    if (!after_cursor_.empty()) {
      const auto place = parse_cursor(after_cursor_);
      if (!place) return wrong(place.error().detail);
      listen->after = *place;
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

outcome<std::variant<invocation, told>> parse_arguments(std::vector<std::string> words) {
  return command_line().parse(std::move(words));
}

bool asks_for_json(const std::vector<std::string>& words) {
  const auto end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, "--json") != end;
}

}  // namespace uod::client
