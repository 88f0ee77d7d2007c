#include "tests/replay/report.hpp"

#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

namespace uod::replaying {
namespace {

using process::json;

/// A word for scripts and a phrase for people.
struct wording {
  const char* word;
  const char* phrase;
};

wording wording_of(subject what) {
  switch (what) {
    case subject::message:
      return {"message", "a chat message"};
    case subject::contact:
      return {"contact", "a new contact"};
    case subject::mark:
      return {"mark", "a read mark"};
  }
  return {};
}

wording wording_of(manner how) {
  switch (how) {
    case manner::same_link:
      return {"same_link", "again inside the same link"};
    case manner::second_link:
      return {"second_link", "inside a second link"};
    case manner::reconnect:
      return {"reconnect", "after a reconnect"};
    case manner::restart:
      return {"restart", "after a restart of the server"};
    case manner::same_socket:
      return {"same_socket", "ciphertext, on the same socket"};
    case manner::whole_connection:
      return {"whole_connection", "whole connection, on a new socket"};
  }
  return {};
}

json known(const std::optional<bool>& value) { return value ? json(*value) : json(nullptr); }

std::string outcome_of(const finding& found) {
  std::string text;
  const auto add = [&](const char* part) {
    text += (text.empty() ? "" : ", ") + std::string(part);
  };
  if (found.ignored()) add(is_ciphertext(found.how) ? "refused by TLS" : "ignored");
  if (!found.unchanged) add("SOMETHING CHANGED");
  if (!found.unanswered) add("IT WAS ANSWERED");
  if (!found.link_right) add(is_ciphertext(found.how) ? "THE LINK WENT ON" : "THE LINK ENDED");
  if (found.counted) {
    add(*found.counted ? (is_ciphertext(found.how) ? "no frame came of it" : "counted")
                       : "WRONGLY COUNTED");
  }
  if (found.logged) add(*found.logged ? "logged" : "NOT LOGGED");
  if (!found.session.empty()) text += " as session " + found.session;
  if (!is_ciphertext(found.how)) text += " (frame " + found.frame + ")";
  return text;
}

}  // namespace

void report::add(const finding& found) {
  ++count_;
  if (found.good()) ++good_;
  if (found.seen_whole()) ++seen_;
  const auto what = wording_of(found.what);
  const auto how = wording_of(found.how);
  if (json_) {
    std::cout << json{{"type", "replay"},
                      {"what", what.word},
                      {"how", how.word},
                      {"frame", found.frame},
                      {"session", found.session},
                      {"unchanged", found.unchanged},
                      {"unanswered", found.unanswered},
                      {"link_right", found.link_right},
                      {"counted", known(found.counted)},
                      {"logged", known(found.logged)},
                      {"ok", found.good()}}
                     .dump()
              << std::endl;
  } else {
    std::cout << (found.good() ? "ok      " : "FAILED  ") << std::left << std::setw(16)
              << what.phrase << std::setw(35) << how.phrase << outcome_of(found) << std::endl;
  }
}

void report::finish() const {
  if (json_) {
    std::cout
        << json{{"type", "result"}, {"replays", count_}, {"ok", good_}, {"seen", seen_}}.dump()
        << std::endl;
    return;
  }
  std::cout << good_ << " of " << count_ << " replays came to nothing";
  if (all_seen()) {
    std::cout << ", counted and logged as they should be.\n";
  } else {
    std::cout << ". Whether they were counted and logged stands in the server's log.\n";
  }
}

}  // namespace uod::replaying
