#include <unistd.h>

#include "client/commands/commands.hpp"
#include "client/commands/line_sender.hpp"
#include "client/commands/names.hpp"
#include "protocol/names.hpp"

namespace uod::client {
namespace {

outcome<void> send_one(context& with, conversation& talk, const chat_info& chat,
                       const std::string& name, const std::string& text) {
  const std::size_t most = talk.talk().greeting()->limits.message_bytes_max;
  if (text.size() > most)
    return fail(errc::too_large, "a message to " + name + " of " + std::to_string(text.size()) +
                                     " octets, allowed are " + std::to_string(most));
  const auto sent = talk.await<message_sent>(
      [&](answer<message_sent> then) { talk.talk().send_text(chat.id, text, std::move(then)); });
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

/// The conversation has been greeted: the server's limits are known.
line_way way_to(context& with, conversation& talk, const chat_info& chat, const std::string& name) {
  const auto send = [&with, &talk, chat = chat.id, name](
                        const message_id& id, const std::string& text, answer<bool> shown) {
    talk.talk().send_text(
        chat, text,
        [&with, name, shown = std::move(shown)](const outcome<message_sent>& sent) {
          if (!sent) return shown(tl::unexpected(sent.error()));
          shown(with.rows.show(terminal::sent_row{sent->id, name, sent->seq, sent->sent_at_ms}));
        },
        id);
  };
  return {name, talk.talk().greeting()->limits.message_bytes_max, send};
}

}  // namespace

outcome<void> run(context& with, const send_arguments& what) {
  if (!what.from_stdin && !is_utf8(what.text)) return fail(errc::text_invalid, "the message");
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    const auto chat = open_chat_with(talk, what.name);
    if (!chat) return tl::unexpected(chat.error());
    const std::string name = chat_name(*chat, me.secret.account);
    if (!what.from_stdin) return send_one(with, talk, *chat, name, what.text);
    if (::isatty(STDIN_FILENO) != 0)
      with.status.say("each line is a message to " + name + "; Ctrl-D ends");
    return std::make_shared<line_sender>(with, talk, way_to(with, talk, *chat, name))
        ->run(STDIN_FILENO);
  });
}

}  // namespace uod::client
