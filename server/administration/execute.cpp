#include "server/administration/execute.hpp"

#include <algorithm>

#include "server/administration/work.hpp"
#include "server/times.hpp"

namespace uod::administration {
namespace {

/// `admin.account.lock`
std::string event_of(const command& what) {
  std::string event = "admin." + std::string(name_of(what));
  std::replace(event.begin(), event.end(), ' ', '.');
  return event;
}

void write_audit(work& now, const command& wanted, const caller& who, const outcome<void>& result) {
  std::vector<audit::field> fields;
  fields.emplace_back("uid", who.uid);
  fields.emplace_back("way", who.way);
  std::visit(
      [&](auto one) {
        one.fields([&](const char* key, const auto& value) { fields.emplace_back(key, value); });
      },
      wanted);
  fields.insert(fields.end(), now.facts.begin(), now.facts.end());
  fields.emplace_back("result", result ? std::string_view("done") : code_name(result.error().code));
  now.host.audit(event_of(wanted), fields);
}

}  // namespace

outcome<void> work::tell(const row& told) const {
  if (sink(told)) return {};
  return fail(errc::interrupted, "nobody takes the answer any more");
}

void work::note(std::string_view event, const uuid& id) const {
  const std::initializer_list<audit::field> fields = {
      {"uid", who.uid}, {"way", who.way}, {"id", to_text(id)}};
  host.audit(event, {fields.begin(), fields.size()});
}

row time_value(std::uint64_t unix_ms) {
  if (unix_ms == 0) return nullptr;
  return utc_text(unix_ms);
}

outcome<void> execute(administration_host& host, const command& wanted, const caller& who,
                      const row_sink& sink) {
  work now{host, sink, who, {}};
  const auto result = std::visit([&](const auto& one) { return carry_out(now, one); }, wanted);
  write_audit(now, wanted, who, result);
  return result;
}

row error_row(const error& why) {
  return {{"type", "error"},
          {"code", code_name(why.code)},
          {"message", to_text(why)},
          {"detail", why.detail}};
}

error error_from_row(const row& from) {
  const auto text = [&](const char* key) {
    const auto found = from.find(key);
    return found != from.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  error why;
  why.detail = text("detail");
  const std::string name = text("code");
  for (std::uint32_t number = 1; number < 256; ++number) {
    const errc code = errc_from_wire(number);
    if (code_name(code) == name) why.code = code;
  }
  return why;
}

}  // namespace uod::administration
