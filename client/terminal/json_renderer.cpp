#include <nlohmann/json.hpp>

#include "client/terminal/renderer.hpp"
#include "client/terminal/times.hpp"

namespace uod::terminal {
namespace {

/// Keeps the order in which the fields are documented.
using row = nlohmann::ordered_json;

class json_renderer final : public renderer {
 public:
  explicit json_renderer(output& to) : to_(to) {}

  bool show(const account_row& it) override {
    row shown = {{"type", "account"},
                 {"user", it.user},
                 {"account", to_text(it.account)},
                 {"device", to_text(it.device)},
                 {"premium", it.premium},
                 {"server", it.server},
                 {"server_fingerprint", it.server_fingerprint},
                 {"email", it.email},
                 {"email_confirmed", it.email_confirmed}};
    if (!it.identity_fingerprint.empty()) {
      shown["identity_fingerprint"] = it.identity_fingerprint;
    }
    return write(shown);
  }
  bool show(const device_row& it) override {
    return write({{"type", "device"},
                  {"device", to_text(it.device)},
                  {"name", it.name},
                  {"address", it.address},
                  {"last_seen", utc_time(it.last_seen_ms)},
                  {"current", it.current},
                  {"created_at", utc_time(it.created_at_ms)}});
  }
  bool show(const account_found_row& it) override {
    return write({{"type", "account_found"}, {"user", it.user}});
  }
  bool show(const contact_row& it) override {
    row shown = {
        {"type", "contact"}, {"user", it.user}, {"online", it.online}, {"verified", it.verified}};
    if (it.last_seen_ms != 0) shown["last_seen"] = utc_time(it.last_seen_ms);
    if (it.key_changed) shown["key_changed"] = true;
    return write(shown);
  }
  bool show(const chat_row& it) override {
    row shown = {
        {"type", "chat"}, {"chat", it.chat}, {"last_seq", it.last_seq}, {"unread", it.unread}};
    if (it.key_changed) shown["key_changed"] = true;
    return write(shown);
  }
  bool show(const safety_number_row& it) override {
    row shown = {{"type", "safety_number"},
                 {"user", it.user},
                 {"safety_number", it.safety_number},
                 {"verified", it.verified}};
    if (it.key_changed) shown["key_changed"] = true;
    return write(shown);
  }
  bool show(const recovery_code_row& it) override {
    return write(
        {{"type", "recovery_code"}, {"user", it.user}, {"recovery_code", it.recovery_code}});
  }
  bool show(const gap_row& it) override {
    row shown = {
        {"type", "gap"}, {"chat", it.chat}, {"missing", it.missing}, {"before_seq", it.before_seq}};
    if (!it.from.empty()) shown["from"] = it.from;
    return write(shown);
  }
  bool show(const message_row& it) override {
    row shown = {{"type", "message"},  {"id", to_text(it.id)},
                 {"chat", it.chat},    {"seq", it.seq},
                 {"from", it.from},    {"to", it.to},
                 {"text", it.text},    {"sent_at", utc_time(it.sent_at_ms)},
                 {"cursor", it.cursor}};
    if (it.file) shown["file"] = {{"name", it.file->name}, {"size", it.file->size}};
    if (it.misplaced) shown["misplaced"] = true;
    if (it.key_changed) shown["key_changed"] = true;
    if (it.trouble) {
      shown["trouble"] = {{"code", code_name(it.trouble->code)}, {"message", to_text(*it.trouble)}};
    }
    return write(shown);
  }
  bool show(const sent_row& it) override {
    return write({{"type", "sent"},
                  {"id", to_text(it.id)},
                  {"chat", it.chat},
                  {"seq", it.seq},
                  {"sent_at", utc_time(it.sent_at_ms)}});
  }
  bool show(const saved_row& it) override {
    return write({{"type", "saved"},
                  {"chat", it.chat},
                  {"seq", it.seq},
                  {"path", it.path},
                  {"size", it.size}});
  }
  bool show(const broadcast_row& it) override {
    return write({{"type", "broadcast"},
                  {"id", to_text(it.id)},
                  {"seq", it.seq},
                  {"from", it.from},
                  {"text", it.text},
                  {"sent_at", utc_time(it.sent_at_ms)},
                  {"cursor", it.cursor}});
  }
  bool show(const broadcast_sent_row& it) override {
    return write({{"type", "broadcast_sent"},
                  {"id", to_text(it.id)},
                  {"seq", it.seq},
                  {"sent_at", utc_time(it.sent_at_ms)}});
  }
  bool show(const receipt_row& it) override {
    return write({{"type", "receipt"},
                  {"chat", it.chat},
                  {"by", it.by},
                  {"delivered_seq", it.delivered_seq},
                  {"read_seq", it.read_seq}});
  }
  bool show(const presence_row& it) override {
    row shown = {{"type", "presence"}, {"user", it.user}, {"online", it.online}};
    if (it.last_seen_ms != 0) shown["last_seen"] = utc_time(it.last_seen_ms);
    return write(shown);
  }
  bool show(const connection_row& it) override {
    return write({{"type", "connection"}, {"state", it.state}, {"server", it.server}});
  }
  bool show(const error& failure) override {
    row shown = {
        {"type", "error"}, {"code", code_name(failure.code)}, {"message", to_text(failure)}};
    if (failure.retry_after_ms != 0) shown["retry_after_ms"] = failure.retry_after_ms;
    return write(shown);
  }

 private:
  bool write(const row& shown) {
    return to_.write(shown.dump(-1, ' ', true, row::error_handler_t::replace) + "\n");
  }

  output& to_;
};

}  // namespace

std::unique_ptr<renderer> make_json_renderer(output& to) {
  return std::make_unique<json_renderer>(to);
}

}  // namespace uod::terminal
