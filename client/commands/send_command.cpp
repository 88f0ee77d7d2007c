#include <unistd.h>

#include <algorithm>

#include "client/commands/commands.hpp"
#include "client/commands/file_commands.hpp"
#include "client/commands/line_sender.hpp"
#include "client/commands/names.hpp"
#include "client/commands/sealed_sender.hpp"
#include "protocol/names.hpp"

namespace uod::client {
namespace {

/// What a person can do about somebody's key.
error about_key(error why) {
  if (why.code == errc::identity_changed) {
    why.detail +=
        ": compare the safety number, then uod contacts verify " + why.detail + " --confirm";
  }
  return why;
}

/// Octets of text that one sealed message holds. The conversation has been greeted: the server's
/// limits are known.
std::size_t text_bytes_max(conversation& talk) {
  const std::size_t most = talk.talk().greeting()->limits.message_bytes_max;
  return most - std::min(most, sealed_message_overhead_octets);
}

outcome<void> send_one(context& with, conversation& talk, sealed_sender& sender,
                       const std::string& name, const std::string& text) {
  const std::size_t most = text_bytes_max(talk);
  if (text.size() > most)
    return fail(errc::too_large, "a message to " + name + " of " + std::to_string(text.size()) +
                                     " octets, allowed are " + std::to_string(most));
  const auto sent = talk.await<message_sent>([&](answer<message_sent> then) {
    sender.send(talk.talk().make_message_id(), text_content{text}, std::move(then));
  });
  if (!sent) {
    auto why = sent.error();
    const bool unknown = why.code == errc::timed_out || why.code == errc::interrupted;
    if (unknown)
      why.detail +=
          (why.detail.empty() ? "" : "; ") + ("whether " + name + " gets the message is not known");
    return tl::unexpected(about_name(why, name));
  }
  with.rows.show(terminal::sent_row{sent->id, name, sent->seq, sent->sent_at_ms});
  with.status.say("✓ sent to " + name + ", #" + std::to_string(sent->seq));
  return {};
}

line_way way_to(context& with, conversation& talk, const std::shared_ptr<sealed_sender>& sender,
                const std::string& name) {
  const auto send = [&with, sender, name](const message_id& id, const std::string& text,
                                          answer<bool> shown) {
    sender->send(
        id, text_content{text},
        [&with, name, shown = std::move(shown)](const outcome<message_sent>& sent) {
          if (!sent) return shown(tl::unexpected(sent.error()));
          shown(with.rows.show(terminal::sent_row{sent->id, name, sent->seq, sent->sent_at_ms}));
        });
  };
  return {name, text_bytes_max(talk), send, [sender] { return sender->full(); }};
}

outcome<void> send_lines(context& with, conversation& talk,
                         const std::shared_ptr<sealed_sender>& sender, const std::string& name) {
  if (::isatty(STDIN_FILENO) != 0)
    with.status.say("each line is a message to " + name + "; Ctrl-D ends");
  return std::make_shared<line_sender>(with, talk, way_to(with, talk, sender, name))
      ->run(STDIN_FILENO);
}

}  // namespace

outcome<void> run(context& with, const send_arguments& what) {
  if (!what.from_stdin && !is_utf8(what.text)) return fail(errc::text_invalid, "the message");
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto keys = open_keyring(with, me);
    if (!keys) return tl::unexpected(keys.error());
    const auto chat = open_chat_with(talk, me.secret.account, what.name);
    if (!chat) return tl::unexpected(chat.error());
    const std::string name = chat_name(*chat, me.secret.account);
    const auto sender = std::make_shared<sealed_sender>(talk, *keys, *chat);
    if (auto ready = sender->prepare(); !ready) return tl::unexpected(about_key(ready.error()));
    const auto send = [&]() -> outcome<void> {
      if (!what.file.empty()) return send_file(with, talk, *keys, *sender, *chat, name, what.file);
      if (what.from_stdin) return send_lines(with, talk, sender, name);
      return send_one(with, talk, *sender, name, what.text);
    };
    const auto result = send();
    const auto left = sender->finish();
    return result ? left : tl::unexpected(about_key(result.error()));
  });
}

}  // namespace uod::client
