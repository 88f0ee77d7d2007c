#include "client/commands/file_commands.hpp"

#include <map>

#include "client/commands/commands.hpp"
#include "client/commands/file_download.hpp"
#include "client/commands/file_transfer.hpp"
#include "client/commands/file_upload.hpp"
#include "client/commands/names.hpp"

namespace uod::client {
namespace {

/// Messages that are looked through for one that may have left before the program was ended.
constexpr std::uint32_t looked_back_max = 200;

std::map<account_id, std::string> names_of(const chat_info& chat) {
  std::map<account_id, std::string> names;
  for (const auto& each : chat.members) names.emplace(each.id, each.name);
  return names;
}

/// The message that told of this file, if it got through.
outcome<std::optional<message>> find_announcement(conversation& talk, keyring& keys,
                                                  const chat_info& chat, const file_id& id) {
  const auto page = talk.ask<history>(fetch_history{chat.id, 0, 0, looked_back_max});
  if (!page) return tl::unexpected(page.error());
  const auto opened = open_sealed(talk, keys, page->messages, names_of(chat));
  if (!opened) return tl::unexpected(opened.error());
  for (const auto& each : *opened) {
    const auto* file = each.what ? std::get_if<file_content>(&*each.what) : nullptr;
    if (file != nullptr && file->id == id && each.stored.sender == keys.account()) {
      return each.stored;
    }
  }
  return std::nullopt;
}

void show_sent(context& with, const std::string& name, const std::string& file,
               const terminal::sent_row& row) {
  with.rows.show(row);
  with.status.say("✓ " + file + " sent to " + name + ", #" + std::to_string(row.seq));
}

outcome<void> check_size(conversation& talk, const source_file& file) {
  const auto most = talk.talk().greeting()->limits.file_octets_max;
  if (most == 0) return fail(errc::not_allowed, "this server takes no files");
  if (file.size() <= most) return {};
  return fail(errc::too_large, file.path().string() + " of " + std::to_string(file.size()) +
                                   " octets, allowed are " + std::to_string(most));
}

}  // namespace

outcome<void> send_file(context& with, conversation& talk, keyring& keys, sealed_sender& sender,
                        const chat_info& chat, const std::string& name, const std::string& path) {
  const auto file = source_file::open(path);
  if (!file) return tl::unexpected(file.error());
  const std::string file_name = file->path().filename().string();
  if (!is_file_name(file_name)) {
    return fail(errc::usage, "\"" + file_name + "\" is no name that a file can be sent under");
  }
  if (auto fits = check_size(talk, *file); !fits) return fits;
  upload_notes notes(keys, chat.id);
  auto upload = notes.take_up(*file, file_id(talk.talk().make_message_id()));
  if (!upload) return tl::unexpected(upload.error());
  if (upload->announced) {
    const auto before = find_announcement(talk, keys, chat, upload->id);
    if (!before) return tl::unexpected(before.error());
    if (*before) {
      const auto& it = **before;
      show_sent(with, name, file_name, {it.id, name, it.seq, it.sent_at_ms});
      return notes.forget(upload->id);
    }
  }
  const auto brought = upload_file(with, talk, chat.id, *file, *upload, file_name + " to " + name);
  if (!brought) {
    // What was sent of a file that is another one now is of no use.
    if (!file->check_unchanged()) static_cast<void>(notes.forget(upload->id));
    return tl::unexpected(about_name(brought.error(), name));
  }
  upload->announced = true;
  if (auto kept = notes.keep(*upload); !kept) return kept;
  const auto sent = talk.await<message_sent>([&](answer<message_sent> then) {
    sender.send(talk.talk().make_message_id(),
                file_content{upload->id, upload->key.copy(), upload->size, file_name},
                std::move(then));
  });
  if (!sent) return tl::unexpected(about_name(sent.error(), name));
  show_sent(with, name, file_name, {sent->id, name, sent->seq, sent->sent_at_ms});
  return notes.forget(upload->id);
}

outcome<void> run(context& with, const save_arguments& what) {
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto keys = open_keyring(with, me);
    if (!keys) return tl::unexpected(keys.error());
    const auto chat = open_chat_with(talk, me.secret.account, what.name);
    if (!chat) return tl::unexpected(chat.error());
    const auto page = talk.ask<history>(fetch_history{chat->id, what.seq + 1, what.seq - 1, 1});
    if (!page) return tl::unexpected(page.error());
    const std::string which = "#" + std::to_string(what.seq) + " with " + what.name;
    if (page->messages.size() != 1 || page->messages.front().seq != what.seq ||
        page->messages.front().chat != chat->id) {
      return fail(errc::no_such_message, which);
    }
    const auto opened = open_sealed(talk, *keys, page->messages, names_of(*chat));
    if (!opened) return tl::unexpected(opened.error());
    const auto& it = opened->front();
    if (!it.what) return tl::unexpected(it.trouble.value_or(error{errc::sealed_damaged, which}));
    const auto* file = std::get_if<file_content>(&*it.what);
    if (file == nullptr) return fail(errc::no_such_file, which + " is a text");
    if (!it.is_key_trusted) {
      return fail(errc::identity_changed, which + " came by a key that nobody has confirmed");
    }
    if (it.is_misplaced) {
      with.status.say("⚠ " + which + " was moved, or the server was set back");
    }
    const auto place = place_to_save(what.output, file->name);
    if (!place) return tl::unexpected(place.error());
    if (auto saved = download_file(with, talk, *keys, *file, *place, what.force); !saved) {
      return saved;
    }
    with.rows.show(terminal::saved_row{chat_name(*chat, me.secret.account), what.seq,
                                       place->string(), file->size});
    with.status.say("✓ saved " + place->string() + ", " + octets_text(file->size));
    return {};
  });
}

}  // namespace uod::client
