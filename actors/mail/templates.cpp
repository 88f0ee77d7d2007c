#include "actors/mail/templates.hpp"

#include <algorithm>

#include "actors/mail/template_files.hpp"
#include "protocol/names.hpp"

namespace uod::mail {
namespace {

constexpr std::string_view field_begin = "{{";
constexpr std::string_view field_end = "}}";
constexpr std::string_view subject_label = "Subject: ";
constexpr std::size_t problems_shown_max = 40;  ///< more have one cause

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// For element content and quoted attributes (HTML Living Standard, 13.1.2).
std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

void normalise_line_ends(std::string& text) {
  std::size_t at = 0;
  while ((at = text.find("\r\n", at)) != std::string::npos) text.erase(at, 1);
}

error to_error(const std::vector<std::string>& problems) {
  std::string detail;
  const auto shown = std::min(problems.size(), problems_shown_max);
  for (std::size_t i = 0; i < shown; ++i) detail += (i > 0 ? "\n" : "") + problems[i];
  if (problems.size() > shown) {
    detail += "\nand " + std::to_string(problems.size() - shown) + " more";
  }
  return {errc::config_invalid, std::move(detail)};
}

}  // namespace

const std::vector<mail_kind>& mail_kinds() {
  // clang-format off
  static const std::vector<mail_kind> all = {
      // name                fields, beside the recipient's account name and this server's
      {"welcome",            {"name", "server", "code"}},
      {"confirm_email",      {"name", "server", "code", "minutes"}},
      {"email_changed",      {"name", "server", "new_email", "time", "address", "device"}},
      {"password_changed",   {"name", "server", "time", "address", "device"}},
      {"password_changed_devices_kept", {"name", "server", "time", "address", "device"}},
      {"identity_replaced",  {"name", "server", "time", "address", "device"}},
      {"password_forgotten", {"name", "server", "code", "minutes", "time", "address"}},
      {"locked",             {"name", "server", "time", "until", "address", "code", "attempts"}},
      {"new_location",       {"name", "server", "time", "address", "device", "place", "device_id"}},
  };
  // clang-format on
  return all;
}

/// Reads one file line by line and notes what is wrong.
class templates::reader {
 public:
  reader(const template_file& file, const mail_kind& kind, std::vector<std::string>& problems)
      : file_(file), kind_(kind), problems_(problems), content_(file.content) {
    normalise_line_ends(content_);
  }

  void read(mail_template& into, bool is_html) {
    if (!is_well_formed()) return;
    std::string_view body = content_;
    if (!is_html && !read_head(body, into.subject)) return;
    auto& target = is_html ? into.html : into.text;
    while (!body.empty()) {
      const auto length = std::min(body.find('\n'), body.size() - 1) + 1;
      read_line(body.substr(0, length), target);
      body.remove_prefix(length);
      ++line_;
    }
    if (target.empty()) add("there is no text in it");
  }

 private:
  void add(const std::string& text) {
    problems_.push_back(file_.shown + ":" + std::to_string(line_) + ": " + text);
  }

  bool is_well_formed() {
    if (content_.size() > template_octets_max) {
      add("is larger than " + std::to_string(template_octets_max) + " octets");
      return false;
    }
    std::string_view rest = content_;
    while (!rest.empty()) {
      const auto length = std::min(rest.find('\n'), rest.size() - 1) + 1;
      const auto line = rest.substr(0, length);
      const auto is_control = [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return (octet < 0x20 && c != '\n' && c != '\t') || octet == 0x7f;
      };
      if (!is_utf8(line)) return add("is not UTF-8"), false;
      if (std::ranges::any_of(line, is_control)) return add("holds a control character"), false;
      rest.remove_prefix(length);
      ++line_;
    }
    line_ = 1;
    return true;
  }

  /// `Subject: …` and the empty line after it.
  bool read_head(std::string_view& body, pieces& subject) {
    const auto end = body.find('\n');
    auto line = body.substr(0, end);
    if (!line.starts_with(subject_label) || trimmed(line.substr(subject_label.size())).empty()) {
      add("the first line must be \"Subject: …\"");
      return false;
    }
    line.remove_prefix(subject_label.size());
    if (line.size() > subject_octets_max) {
      add("the subject is longer than " + std::to_string(subject_octets_max) + " octets");
    }
    read_line(trimmed(line), subject);
    ++line_;
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (body.empty() || body.front() != '\n') {
      add("an empty line must part the subject from the text");
      return false;
    }
    body.remove_prefix(1);
    ++line_;
    return true;
  }

  void read_line(std::string_view line, pieces& into) {
    while (!line.empty()) {
      const auto begin = line.find(field_begin);
      if (begin != 0) add_text(line.substr(0, begin), into);
      if (begin == std::string_view::npos) return;
      line.remove_prefix(begin + field_begin.size());
      const auto end = line.find(field_end);
      if (end == std::string_view::npos) return add("{{ without }} on the same line");
      const auto name = trimmed(line.substr(0, end));
      if (std::ranges::find(kind_.fields, name) == kind_.fields.end()) add_unknown(name);
      into.push_back({true, std::string(name)});
      line.remove_prefix(end + field_end.size());
    }
  }

  static void add_text(std::string_view text, pieces& into) {
    if (into.empty() || into.back().is_field) into.emplace_back();
    into.back().text += text;
  }

  void add_unknown(std::string_view name) {
    std::string names;
    for (const auto field : kind_.fields) {
      names += (names.empty() ? "" : ", ") + std::string(field);
    }
    add("{{" + one_line(name, field_octets_max) +
        "}} is no field of this mail; there are: " + names);
  }

  const template_file& file_;
  const mail_kind& kind_;
  std::vector<std::string>& problems_;
  std::string content_;
  std::size_t line_ = 1;
};

outcome<templates> templates::load(const std::optional<std::filesystem::path>& directory) {
  std::vector<std::string> problems;
  const auto files = gather_template_files(directory, problems);
  templates loaded;
  for (const auto& kind : mail_kinds()) {
    mail_template made;
    for (const std::string_view ending : {".txt", ".html"}) {
      const std::string name = std::string(kind.name).append(ending);
      const auto file = std::ranges::find(files, name, &template_file::name);
      if (file == files.end()) {
        problems.push_back(name + ": is missing");
        continue;
      }
      reader(*file, kind, problems).read(made, ending == ".html");
    }
    loaded.mails_.emplace(kind.name, std::move(made));
  }
  if (!problems.empty()) return tl::unexpected<error>(to_error(problems));
  return loaded;
}

outcome<rendered> templates::render(std::string_view name, const fields& values) const {
  const auto mail = mails_.find(name);
  if (mail == mails_.end()) {
    return fail(errc::internal, "there is no mail " + one_line(name, field_octets_max));
  }
  std::string missing;
  const auto fill = [&](const pieces& from, bool escape) {
    std::string filled;
    for (const auto& [is_field, text] : from) {
      if (!is_field) {
        filled += text;
        continue;
      }
      const auto value = values.find(text);
      if (value == values.end()) {
        missing = text;
        continue;
      }
      const auto safe = one_line(value->second, field_octets_max);
      filled += escape ? html_escaped(safe) : safe;
    }
    return filled;
  };
  rendered result;
  result.subject = one_line(fill(mail->second.subject, false), subject_octets_max);
  result.text = fill(mail->second.text, false);
  result.html = fill(mail->second.html, true);
  if (!missing.empty()) {
    return fail(errc::internal, "the mail " + mail->first + " lacks a value for " + missing);
  }
  return result;
}

}  // namespace uod::mail
