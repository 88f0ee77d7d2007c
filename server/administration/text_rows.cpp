#include "server/administration/text_rows.hpp"

#include <array>

#include "protocol/safe_text.hpp"

namespace uod::administration {
namespace {

/// A field as people read it: nothing for null or what is not there.
std::string field(const row& of, const char* key) {
  const auto found = of.find(key);
  if (found == of.end() || found->is_null()) return {};
  return safe_text(found->is_string() ? found->get<std::string>() : found->dump());
}

bool is_set(const row& of, const char* key) {
  const auto found = of.find(key);
  return found != of.end() && found->is_boolean() && found->get<bool>();
}

std::string or_never(const std::string& time) { return time.empty() ? "never" : time; }

/// Filled up to a width; characters that are wide or combine do not line up, which only looks odd.
std::string wide(std::string text, std::size_t width) {
  std::size_t characters = 0;
  for (const char each : text) characters += (static_cast<unsigned char>(each) & 0xc0) != 0x80;
  if (characters < width) text.append(width - characters, ' ');
  return text;
}

/// What is out of the ordinary about an account.
std::string marks_of(const row& account) {
  std::string marks;
  if (is_set(account, "premium")) marks += "  premium";
  if (!is_set(account, "email_confirmed")) marks += "  unconfirmed";
  if (is_set(account, "closed")) marks += "  closed";
  const std::string locked = field(account, "locked_until");
  if (!locked.empty()) marks += "  locked until " + locked;
  return marks;
}

std::string account_text(const row& account) {
  if (!account.contains("devices")) {
    return wide(field(account, "user"), 20) + "  " + wide(field(account, "email"), 28) +
           "  last seen " + or_never(field(account, "last_seen")) + marks_of(account) + "\n";
  }
  const auto yes_no = [&](const char* key) { return is_set(account, key) ? "yes" : "no"; };
  std::string text = field(account, "user") + "\n";
  const auto line = [&](const char* name, const std::string& value) {
    text += "  " + wide(name, 14) + value + "\n";
  };
  line("id", field(account, "id"));
  line("e-mail", field(account, "email"));
  line("confirmed", yes_no("email_confirmed"));
  line("premium", yes_no("premium"));
  line("closed", yes_no("closed"));
  const std::string locked = field(account, "locked_until");
  line("locked until", locked.empty() ? "-" : locked);
  line("contacts", field(account, "contacts"));
  line("created", or_never(field(account, "created_at")));
  line("last seen", or_never(field(account, "last_seen")));
  for (const row& device : account["devices"]) {
    line("device", field(device, "name") + "  " + field(device, "address") + "  last seen " +
                       or_never(field(device, "last_seen")) + "  " + field(device, "device"));
  }
  return text;
}

std::string code_text(const row& code) {
  const std::string expires = field(code, "expires_at");
  const std::string ends = expires.empty() ? "" : "  expires " + expires;
  if (code.contains("code")) return field(code, "code") + "  id " + field(code, "id") + ends + "\n";
  return field(code, "id") + "  " + wide(field(code, "state"), 8) + "  used " +
         field(code, "uses") + " of " + field(code, "uses_max") + ends + "\n";
}

std::string mail_text(const row& mail) {
  std::string text = field(mail, "mail") + "  " + wide(field(mail, "kind"), 16) + "  " +
                     field(mail, "state") + "  to " + field(mail, "to") + "  written " +
                     field(mail, "written_at") + "  attempts " + field(mail, "attempts");
  if (field(mail, "state") == "waiting") text += "  due " + field(mail, "due_at");
  const std::string why = field(mail, "last_error");
  if (!why.empty()) text += "\n  " + why;
  return text + "\n";
}

std::string check_text(const row& step) {
  const bool good = is_set(step, "good");
  return wide(field(step, "step"), 18) + (good ? "good" : field(step, "findings") + " found") +
         "\n";
}

std::string checked_text(const row& checked) {
  if (is_set(checked, "older")) {
    return "version " + field(checked, "version") +
           ": made by an older program, so only its structure was checked; `db migrate` brings it "
           "up to date\n";
  }
  return is_set(checked, "good")
             ? "the database is good (version " + field(checked, "version") + ")\n"
             : "";
}

std::string migrated_text(const row& told) {
  if (is_set(told, "running")) {
    return "version " + field(told, "version") + ": the running node has done it\n";
  }
  const std::string from = field(told, "from");
  const std::string now = field(told, "version");
  return from == now ? "version " + now + ": nothing to do\n"
                     : "brought from version " + from + " to " + now + "\n";
}

std::string step_text(const row& step) {
  std::string text = field(step, "at") + "  +" + wide(field(step, "after_us") + " us", 12) +
                     wide(field(step, "step"), 15);
  for (const char* key : {"session", "account", "changes", "seq", "sessions", "error"}) {
    const std::string value = field(step, key);
    if (!value.empty()) text += std::string("  ") + key + " " + value;
  }
  return text + "\n";
}

std::string traced_text(const row& traced) {
  return field(traced, "message") + ": " + field(traced, "us") +
         " us from the first step to the last" +
         (is_set(traced, "complete") ? "\n" : "; not all that was expected has happened\n");
}

}  // namespace

std::string json_of(const row& told) {
  return told.dump(-1, ' ', true, row::error_handler_t::replace) + "\n";
}

std::string text_of(const row& told) {
  const std::string type = field(told, "type");
  if (type == "account") return account_text(told);
  if (type == "premium_code") return code_text(told);
  if (type == "mail") return mail_text(told);
  if (type == "deleted") return field(told, "user") + " was deleted\n";
  if (type == "revoked") return field(told, "id") + " was revoked\n";
  if (type == "retried") return field(told, "mails") + " to be tried again\n";
  if (type == "exported") {
    return field(told, "rows") + " rows written to " + field(told, "file") + "\n";
  }
  if (type == "armed") return "waiting up to " + field(told, "seconds") + " s for the message\n";
  if (type == "step") return step_text(told);
  if (type == "traced") return traced_text(told);
  if (type == "check") return check_text(told);
  if (type == "finding") return "  " + field(told, "finding") + "\n";
  if (type == "checked") return checked_text(told);
  if (type == "migrated") return migrated_text(told);
  if (type == "backup") {
    return field(told, "file") + ": " + field(told, "octets") + " octets, checked\n";
  }
  return json_of(told);
}

}  // namespace uod::administration
