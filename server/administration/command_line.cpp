#include "server/administration/command_line.hpp"

#include <csignal>
#include <memory>

#include "config/private_file.hpp"
#include "server/administration/database_commands.hpp"
#include "server/administration/interruption.hpp"
#include "server/administration/node_access.hpp"
#include "server/administration/text_rows.hpp"
#include "server/times.hpp"

namespace uod {

void add_common(CLI::App& command, common_flags& flags) {
  command.add_option("--config", flags.config_file, "Configuration file (TOML)");
  command.add_option("--data-dir", flags.overrides.data_dir, "Where keys and database are kept");
  command.add_flag("--json", flags.json, "JSON Lines on stdout");
}

int exit_code_of(const error& why) {
  switch (why.code) {
    case errc::usage:
    case errc::input_needed:
    case errc::config_invalid:
      return 2;
    case errc::no_such_account:
    case errc::no_such_code:
    case errc::no_such_message:
      return 5;
    default:
      return 1;
  }
}

namespace administration {
namespace {

outcome<void> run_and_tell(const server_config& config, const command& wanted, console& on) {
  return run_command(
      config, wanted, [&](const row& told) { return on.tell(told); },
      [&](const std::string& text) { on.warn(text); });
}

outcome<void> confirm_deletion(const std::string& account, console& on) {
  if (!on.can_ask()) {
    return fail(errc::usage, "deleting " + account +
                                 " asks first; give --yes where nobody can "
                                 "answer");
  }
  const auto answer =
      on.ask("This removes the account " + account + " for good. Its name again, to go on:");
  if (answer == account) return {};
  return fail(errc::interrupted, "nothing was deleted");
}

outcome<void> export_to(const server_config& config, const std::string& account,
                        const std::string& file, console& on) {
  const export_account wanted{account};
  const auto warn = [&](const std::string& text) { on.warn(text); };
  auto writer = private_file_writer::make(file);
  if (!writer) return tl::unexpected(writer.error());
  const interruption signals;
  outcome<void> written;
  std::uint64_t rows = 0;
  auto done = run_command(
      config, wanted,
      [&](const row& told) {
        written = writer->write(json_of(told));
        ++rows;
        return written.has_value() && !signals.came();
      },
      warn);
  if (!written) return written;
  if (signals.came()) return fail(errc::interrupted, file + " was not made");
  if (!done) return done;
  if (auto finished = writer->finish(); !finished) return finished;
  on.tell({{"type", "exported"}, {"user", account}, {"file", file}, {"rows", rows}});
  return {};
}

/// Adds subcommands that share flags and the place of what was chosen.
class builder {
 public:
  builder(CLI::App& app, common_flags& flags, action& chosen)
      : app_(app), flags_(flags), chosen_(chosen) {}

  CLI::App* group(const std::string& name, const std::string& about) {
    auto* made = app_.add_subcommand(name, about);
    made->require_subcommand(1);
    return made;
  }

  /// A command, whose arguments `Arguments` holds until the end of the program.
  template <class Arguments>
  std::pair<CLI::App*, std::shared_ptr<Arguments>> add(
      CLI::App* group, const std::string& name, const std::string& about,
      const std::string& example,
      std::function<outcome<void>(const Arguments&, const server_config&, console&)> act) {
    auto* made = group->add_subcommand(name, about);
    made->footer("Example: uod-server " + example);
    add_common(*made, flags_);
    auto arguments = std::make_shared<Arguments>();
    made->callback([this_chosen = &chosen_, arguments, act] {
      *this_chosen = [arguments, act](const server_config& config, console& on) {
        return act(*arguments, config, on);
      };
    });
    return {made, arguments};
  }

  /// One that is carried out as it is parsed.
  template <class Command>
  std::pair<CLI::App*, std::shared_ptr<Command>> add_plain(CLI::App* group, const std::string& name,
                                                           const std::string& about,
                                                           const std::string& example) {
    return add<Command>(group, name, about, example,
                        [](const Command& wanted, const server_config& config, console& on) {
                          return run_and_tell(config, wanted, on);
                        });
  }

 private:
  CLI::App& app_;
  common_flags& flags_;
  action& chosen_;
};

CLI::Option* add_name(CLI::App* to, std::string& account) {
  return to->add_option("NAME", account, "The account's name")->required();
}

struct delete_arguments {
  std::string account;
  bool yes = false;
};
struct export_arguments {
  std::string account;
  std::string output;
};
struct premium_arguments {
  std::string account;
  std::string state;
};

void add_account_changes(builder& build, CLI::App* group) {
  auto [lock, locked] = build.add_plain<lock_account>(
      group, "lock", "Close it: nobody gets in, and who is in is put out", "account lock mallory");
  add_name(lock, locked->account);
  auto [unlock, unlocked] = build.add_plain<release_account>(
      group, "unlock", "Open it again; ends a lock by wrong passwords too", "account unlock bob");
  add_name(unlock, unlocked->account);
  auto [premium, asked] = build.add<premium_arguments>(
      group, "premium", "Make it premium, or no longer", "account premium on carol",
      [](const premium_arguments& given, const server_config& config, console& on) {
        return run_and_tell(config, set_account_premium{given.account, given.state == "on"}, on);
      });
  premium->add_option("STATE", asked->state, "on or off")
      ->required()
      ->check(CLI::IsMember({"on", "off"}));
  add_name(premium, asked->account);
  auto [remove, removed] = build.add<delete_arguments>(
      group, "delete", "Remove it; what it said to others stays, said by nobody",
      "account delete mallory --yes",
      [](const delete_arguments& given, const server_config& config, console& on) {
        if (!given.yes) {
          if (auto sure = confirm_deletion(given.account, on); !sure) return sure;
        }
        return run_and_tell(config, delete_account{given.account}, on);
      });
  add_name(remove, removed->account);
  remove->add_flag("--yes", removed->yes, "Do not ask");
}

void add_accounts(builder& build) {
  auto* group = build.group("account", "Accounts");
  auto [list, listed] =
      build.add_plain<list_accounts>(group, "list", "All accounts", "account list --limit 20");
  list->add_option("--limit", listed->limit, "At most so many")->check(CLI::NonNegativeNumber);
  auto [show, shown] = build.add_plain<show_account>(group, "show", "One account with its devices",
                                                     "account show bob");
  add_name(show, shown->account);
  add_account_changes(build, group);
  auto [save, saved] = build.add<export_arguments>(
      group, "export", "Everything of an account, as JSON Lines",
      "account export bob --output bob.jsonl",
      [](const export_arguments& given, const server_config& config, console& on) {
        if (!given.output.empty()) return export_to(config, given.account, given.output, on);
        return run_command(
            config, export_account{given.account},
            [&](const row& told) { return on.tell_json(told); },
            [&](const std::string& text) { on.warn(text); });
      });
  add_name(save, saved->account);
  save->add_option("--output", saved->output, "Into this file (mode 0600) instead of stdout");
}

/// Codes are in the store before they are shown. One that cannot be printed is known to nobody, so
/// it is revoked; to know which, all rows are taken even when nothing can be printed any more.
outcome<void> make_codes(const server_config& config, const create_premium_codes& wanted,
                         console& on) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone must not end this before it has revoked
  const auto warn = [&](const std::string& text) { on.warn(text); };
  std::vector<std::string> unseen;
  auto done = run_command(
      config, wanted,
      [&](const row& told) {
        if (!on.tell(told)) unseen.push_back(told.value("id", ""));
        return true;
      },
      warn);
  if (unseen.empty()) return done;
  for (const std::string& id : unseen) {
    const auto revoked = run_command(
        config, revoke_premium_code{id}, [](const row&) { return true; }, warn);
    on.warn(id + (revoked ? ": could not be shown, and is revoked"
                          : ": could not be shown; revoke it: " + to_text(revoked.error())));
  }
  return fail(errc::interrupted, std::to_string(unseen.size()) + " codes could not be shown");
}

struct code_arguments {
  create_premium_codes wanted;
  std::string expires;
};

void add_codes(builder& build) {
  auto* group = build.group("premium-code", "Codes that make accounts premium");
  auto [create, created] = build.add<code_arguments>(
      group, "create", "Make codes; they are shown this once",
      "premium-code create --count 10 --expires 2027-01-31",
      [](const code_arguments& given, const server_config& config, console& on) -> outcome<void> {
        create_premium_codes wanted = given.wanted;
        if (!given.expires.empty()) {
          const auto end = parse_end(given.expires);
          if (!end) return tl::unexpected(end.error());
          wanted.expires_at_ms = *end;
        }
        return make_codes(config, wanted, on);
      });
  create->add_option("--count", created->wanted.count, "How many")->check(CLI::PositiveNumber);
  create->add_option("--uses", created->wanted.uses, "How many accounts may use each")
      ->check(CLI::PositiveNumber);
  create->add_option("--expires", created->expires,
                     "A day (to its end, UTC) or a time (2027-01-31T12:00:00Z)");
  build.add_plain<list_premium_codes>(group, "list", "What became of the codes",
                                      "premium-code list --json");
  auto [revoke, revoked] = build.add_plain<revoke_premium_code>(
      group, "revoke", "Let nobody use a code any more; who has used it stays premium",
      "premium-code revoke 0190b4f6-0000-7000-8000-000000000000");
  revoke->add_option("ID", revoked->code, "The code's id, as `list` shows it")->required();
}

void add_outbox(builder& build) {
  auto* group = build.group("outbox", "Mail that is not delivered yet");
  build.add_plain<list_outbox>(group, "list", "What waits, and what was refused", "outbox list");
  auto [retry, retried] = build.add_plain<retry_outbox>(
      group, "retry", "Try again now, also what was refused", "outbox retry");
  retry->add_option("ID", retried->mail, "One mail, as `list` shows it; else all");
}

struct backup_arguments {
  std::string file;
  bool force = false;
};
struct no_arguments {};

/// Rows that only keep the connection alive are shown to nobody.
outcome<void> run_trace(const server_config& config, const command& wanted, console& on) {
  return run_command(
      config, wanted,
      [&](const row& told) { return told.value("type", "") == "waiting" || on.tell(told); },
      [&](const std::string& text) { on.warn(text); });
}

void add_traces(builder& build) {
  auto* group = build.group("trace", "One message on its way through the running node");
  auto [message, asked] =
      build.add<trace_message>(group, "message", "Follow the message with this id, when it comes",
                               "trace message 01a20cfd-b6d8-7ca9-9e42-f9d5d16be754 --wait 60",
                               [](const trace_message& wanted, const server_config& config,
                                  console& on) { return run_trace(config, wanted, on); });
  message->add_option("ID", asked->message, "The message's id")->required();
  message->add_option("--wait", asked->wait_s, "Seconds to wait for it (30)");
  auto [next, like] = build.add<trace_next>(
      group, "next", "Follow the next message from somebody, in a chat, or any",
      "trace next --from alice",
      [](const trace_next& wanted, const server_config& config, console& on) {
        return run_trace(config, wanted, on);
      });
  next->add_option("--from", like->from, "Sent by this account");
  next->add_option("--chat", like->chat, "In the chat with this id, as `account export` shows it");
  next->add_option("--wait", like->wait_s, "Seconds to wait for it (30)");
}

void add_database(builder& build) {
  auto* group = build.group("db", "The database, also while the node runs");
  build.add<no_arguments>(group, "migrate", "Bring it to this program's version", "db migrate",
                          [](const no_arguments&, const server_config& config, console& on) {
                            return migrate_database(config, on);
                          });
  build.add<no_arguments>(group, "check", "Read all of it and tell what is wrong", "db check",
                          [](const no_arguments&, const server_config& config, console& on) {
                            return check_database(config, on);
                          });
  auto [backup, asked] = build.add<backup_arguments>(
      group, "backup", "Copy it as it stands at one moment, and check the copy",
      "db backup /backup/uod.db",
      [](const backup_arguments& given, const server_config& config, console& on) {
        return back_up_database(config, given.file, given.force, on);
      });
  backup->add_option("FILE", asked->file, "Where to; its directory must exist")->required();
  backup->add_flag("--force", asked->force, "Replace a file that is there");
}

}  // namespace

void add_commands(CLI::App& app, common_flags& flags, action& chosen) {
  builder build(app, flags, chosen);
  add_accounts(build);
  add_codes(build);
  add_outbox(build);
  add_traces(build);
  add_database(build);
}

}  // namespace administration
}  // namespace uod
