#include "client/commands/message_rows.hpp"

namespace uod::client {

bool show_hole(context& with, const std::string& chat, std::uint64_t after_seq,
               std::uint64_t before_seq) {
  if (before_seq <= after_seq + 1) return true;
  return with.rows.show(terminal::gap_row{chat, {}, before_seq - after_seq - 1, before_seq});
}

bool show_message(context& with, const opened_message& it, const message_frame& frame) {
  const auto& stored = it.stored;
  if (it.missing_before != 0) {
    const terminal::gap_row gap{frame.chat, frame.from, it.missing_before, stored.seq};
    if (!with.rows.show(gap)) return false;
  }
  terminal::message_row row{.id = stored.id,
                            .chat = frame.chat,
                            .seq = stored.seq,
                            .from = frame.from,
                            .to = frame.to,
                            .text = {},
                            .sent_at_ms = stored.sent_at_ms,
                            .cursor = frame.cursor,
                            .trouble = it.trouble,
                            .misplaced = it.is_misplaced,
                            .key_changed = it.what && !it.is_key_trusted,
                            .file = {}};
  if (it.what) {
    if (const auto* text = std::get_if<text_content>(&*it.what)) {
      row.text = text->text;
    } else {
      const auto& file = std::get<file_content>(*it.what);
      row.file = terminal::file_part{file.name, file.size};
    }
  }
  return with.rows.show(row);
}

}  // namespace uod::client
