#include <algorithm>
#include <array>
#include <span>

#include "protocol/codes.hpp"
#include "protocol/password.hpp"
#include "server/administration/work.hpp"

/// Premium codes and the outbox.
namespace uod::administration {
namespace {

constexpr std::uint32_t page_rows = 200;

std::string_view state_of(const storage::premium_code_record& code, std::uint64_t now_ms) {
  if (code.revoked) return "revoked";
  if (code.expires_at_ms != 0 && code.expires_at_ms <= now_ms) return "expired";
  return code.uses < code.uses_max ? "good" : "used_up";
}

outcome<void> check(const create_premium_codes& wanted, std::uint64_t now_ms) {
  if (wanted.count < 1 || wanted.count > codes_made_max) {
    return fail(errc::usage, "the count is 1 to " + std::to_string(codes_made_max));
  }
  if (wanted.uses < 1 || wanted.uses > code_uses_max) {
    return fail(errc::usage, "the uses of a code are 1 to " + std::to_string(code_uses_max));
  }
  if (wanted.expires_at_ms != 0 && wanted.expires_at_ms <= now_ms) {
    return fail(errc::usage, "the codes would have expired already");
  }
  return {};
}

/// Nobody was told these: left alone they would be good, and known to nobody.
void revoke_unseen(work& now, std::span<const storage::premium_code_record> codes) {
  for (const auto& code : codes) {
    const auto revoked = now.host.change(storage::revoke_premium_code{code.id});
    now.note(revoked ? "admin.premium-code.revoked" : "admin.premium-code.not_revoked", code.id);
  }
}

}  // namespace

row mail_row(const storage::outbox_row& mail) {
  return {{"type", "mail"},
          {"mail", to_text(mail.mail.id)},
          {"to", mail.mail.to},
          {"kind", mail.mail.kind},
          {"state", mail.state == storage::mail_state::waiting ? "waiting" : "refused"},
          {"attempts", mail.attempts},
          {"written_at", time_value(mail.mail.written_at_ms)},
          {"due_at", time_value(mail.due_at_ms)},
          {"expires_at", time_value(mail.mail.expires_at_ms)},
          {"last_error", mail.last_error}};
}

outcome<void> for_each_mail(work& now,
                            const std::function<outcome<void>(const storage::outbox_row&)>& take) {
  std::uint64_t after = 0;
  do {
    const auto page = now.host.reads().outbox(after, page_rows);
    if (!page) return tl::unexpected(page.error());
    for (const auto& mail : page->mails) {
      if (auto taken = take(mail); !taken) return taken;
    }
    after = page->next;
  } while (after != 0);
  return {};
}

outcome<void> carry_out(work& now, const create_premium_codes& wanted) {
  const std::uint64_t now_ms = now.host.now_ms();
  if (auto good = check(wanted, now_ms); !good) return good;
  storage::add_premium_codes added;
  std::vector<std::string> shown;
  for (std::uint64_t i = 0; i < wanted.count; ++i) {
    shown.push_back(make_premium_code());
    auto bare = parse_code(shown.back(), premium_code_characters, errc::internal);
    if (!bare) return tl::unexpected(bare.error());
    storage::premium_code_record code;
    code.id = storage::code_id(random_uuid_v7(now_ms));
    code.stored = stored_premium_code(*bare);
    wipe(*bare);
    code.uses_max = static_cast<std::uint32_t>(wanted.uses);
    code.created_at_ms = now_ms;
    code.expires_at_ms = wanted.expires_at_ms;
    added.codes.push_back(std::move(code));
  }
  const auto records = added.codes;
  if (auto made = now.host.change(std::move(added)); !made) return tl::unexpected(made.error());
  // A line each: all ids in one would be cut.
  for (const auto& code : records) now.note("admin.premium-code.made", code.id);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    auto told = now.tell({{"type", "premium_code"},
                          {"code", shown[i]},
                          {"id", to_text(records[i].id)},
                          {"uses_max", wanted.uses},
                          {"expires_at", time_value(wanted.expires_at_ms)}});
    if (told) continue;
    revoke_unseen(now, std::span(records).subspan(i));
    return told;
  }
  return {};
}

outcome<void> carry_out(work& now, const list_premium_codes&) {
  std::optional<storage::code_id> after;
  do {
    const auto page = now.host.reads().premium_codes(after, page_rows);
    if (!page) return tl::unexpected(page.error());
    for (const auto& code : page->codes) {
      auto told = now.tell({{"type", "premium_code"},
                            {"id", to_text(code.id)},
                            {"state", state_of(code, now.host.now_ms())},
                            {"uses", code.uses},
                            {"uses_max", code.uses_max},
                            {"created_at", time_value(code.created_at_ms)},
                            {"expires_at", time_value(code.expires_at_ms)}});
      if (!told) return told;
    }
    after = page->next;
  } while (after);
  return {};
}

outcome<void> carry_out(work& now, const revoke_premium_code& wanted) {
  const auto id = uuid_from_text(wanted.code);
  if (!id) {
    return fail(errc::no_such_code, "an id is needed, as `premium-code list` shows it; this is " +
                                        std::string("\"") + wanted.code + "\"");
  }
  const auto revoked = now.host.change(storage::revoke_premium_code{storage::code_id(*id)});
  if (!revoked) return tl::unexpected(revoked.error());
  return now.tell({{"type", "revoked"}, {"id", to_text(*id)}});
}

outcome<void> carry_out(work& now, const list_outbox&) {
  return for_each_mail(now, [&](const auto& mail) { return now.tell(mail_row(mail)); });
}

outcome<void> carry_out(work& now, const retry_outbox& wanted) {
  storage::mail_id mail;
  if (!wanted.mail.empty()) {
    const auto id = uuid_from_text(wanted.mail);
    if (!id || id->is_nil()) {
      return fail(errc::no_such_message,
                  "an id is needed, as `outbox list` shows it; this is \"" + wanted.mail + "\"");
    }
    mail = storage::mail_id(*id);
  }
  const auto retried = now.host.change(storage::retry_mail{mail, now.host.now_ms()});
  if (!retried) return tl::unexpected(retried.error());
  return now.tell({{"type", "retried"}, {"mails", retried->mails_queued}});
}

}  // namespace uod::administration
