#include <unistd.h>

#include "client/commands/commands.hpp"
#include "client/commands/history_span.hpp"
#include "client/commands/line_sender.hpp"
#include "client/commands/names.hpp"
#include "protocol/names.hpp"

/// What everybody reads: writing it, and reading it again.
namespace uod::client {
namespace {

constexpr const char* the_home_page = "the home page";
/// More than a server gives at once; it takes the smaller number.
constexpr std::uint32_t page_rows = 200;

/// The conversation has been greeted.
std::size_t broadcast_bytes_max(conversation& talk) {
  return talk.talk().greeting()->limits.broadcast_bytes_max;
}

terminal::broadcast_sent_row row_of(const broadcast_sent& it) {
  return {it.id, it.seq, it.sent_at_ms};
}

terminal::broadcast_row row_of(const broadcast& it) {
  const auto& from = it.sender_name;
  return {it.id,   it.seq,        from.empty() ? "unknown" : from,
          it.body, it.sent_at_ms, cursor_text({{}, it.seq})};
}

outcome<void> broadcast_one(context& with, conversation& talk, const std::string& text) {
  const auto most = broadcast_bytes_max(talk);
  if (text.size() > most)
    return fail(errc::too_large, "a broadcast of " + std::to_string(text.size()) +
                                     " octets, allowed are " + std::to_string(most));
  const auto sent = talk.await<broadcast_sent>(
      [&](answer<broadcast_sent> then) { talk.talk().send_broadcast(text, std::move(then)); });
  if (!sent) {
    auto why = sent.error();
    const bool unknown = why.code == errc::timed_out || why.code == errc::interrupted;
    if (unknown)
      why.detail += std::string(why.detail.empty() ? "" : "; ") +
                    "whether it is on the home page is not known";
    return tl::unexpected(why);
  }
  with.rows.show(row_of(*sent));
  with.status.say("✓ on the home page, #" + std::to_string(sent->seq));
  return {};
}

line_way way_home(context& with, conversation& talk) {
  const auto send = [&with, &talk](const message_id& id, const std::string& text,
                                   answer<bool> shown) {
    talk.talk().send_broadcast(
        text,
        [&with, shown = std::move(shown)](const outcome<broadcast_sent>& sent) {
          if (!sent) return shown(tl::unexpected(sent.error()));
          shown(with.rows.show(row_of(*sent)));
        },
        id);
  };
  return {the_home_page, broadcast_bytes_max(talk), send};
}

/// `seq` of the newest broadcast; 0 where there is none.
outcome<std::uint64_t> newest_seq(conversation& talk) {
  const auto page = talk.ask<home>(fetch_home{0, 0, 1});
  if (!page) return tl::unexpected(page.error());
  return page->broadcasts.empty() ? 0 : page->broadcasts.back().seq;
}

}  // namespace

outcome<void> run(context& with, const broadcast_arguments& what) {
  if (!what.from_stdin && !is_utf8(what.text)) return fail(errc::text_invalid, "the broadcast");
  return as_myself(with, [&](conversation& talk, const kept_login&) -> outcome<void> {
    const auto greeted = talk.wait_until([&] { return talk.ever_connected(); }, with.timeout_ms());
    if (!greeted) return greeted;
    if (!what.from_stdin) return broadcast_one(with, talk, what.text);
    if (::isatty(STDIN_FILENO) != 0)
      with.status.say("each line is a message to everybody; Ctrl-D ends");
    return std::make_shared<line_sender>(with, talk, way_home(with, talk))->run(STDIN_FILENO);
  });
}

outcome<void> run(context& with, const home_arguments& what) {
  return as_myself(with, [&](conversation& talk, const kept_login&) -> outcome<void> {
    const auto newest = newest_seq(talk);
    if (!newest) return tl::unexpected(newest.error());
    const auto span = choose_span(what, *newest);
    std::uint64_t shown = span.after;
    while (shown < span.last) {
      const auto page = talk.ask<home>(page_behind(shown, span.last, page_rows));
      if (!page) return tl::unexpected(page.error());
      const auto before = shown;
      for (const auto& each : page->broadcasts) {
        if (each.seq <= shown || each.seq > span.last) continue;
        if (!with.rows.show(row_of(each))) return {};
        shown = each.seq;
      }
      if (shown == before) break;  // a server that does not go on must not keep us here
    }
    return {};
  });
}

}  // namespace uod::client
