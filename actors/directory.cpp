#include "actors/directory.hpp"

#include <algorithm>

namespace uod {

bool directory_state::listed_account::online() const {
  return std::any_of(sessions.begin(), sessions.end(),
                     [](const listed_session& listed) { return listed.online; });
}

namespace {

using self_pointer = directory_actor::stateful_pointer<directory_state>;
using listed_account = directory_state::listed_account;
using listed_session = directory_state::listed_session;

listed_account* find(self_pointer self, const account_id& id) {
  const auto found = self->state.accounts.find(id);
  return found == self->state.accounts.end() ? nullptr : &found->second;
}

listed_session* find(listed_account& account, const session_actor& session) {
  for (auto& listed : account.sessions) {
    if (listed.session == session) return &listed;
  }
  return nullptr;
}

presence_changed presence_of(const account_id& id, const std::string& name, bool online,
                             std::uint64_t last_seen_ms) {
  return {id, name, online, last_seen_ms};
}

/// Tells an account's subscribed sessions of somebody else's presence.
void tell(self_pointer self, const listed_account& whom, const presence_changed& presence) {
  for (const auto& listed : whom.sessions) {
    if (listed.online) self->send(listed.session, presence_moved{presence});
  }
}

void tell_contacts(self_pointer self, const listed_account& of, const presence_changed& presence) {
  for (const auto& id : of.contacts) {
    if (const auto* contact = find(self, id)) tell(self, *contact, presence);
  }
}

void go_online_now(self_pointer self, const go_online& coming) {
  auto* account = find(self, coming.account);
  auto* listed = account != nullptr ? find(*account, coming.session) : nullptr;
  if (listed == nullptr || listed->online) return;
  const bool first = !account->online();
  listed->online = true;
  account->contacts.insert(coming.contacts.begin(), coming.contacts.end());
  if (first) {
    tell_contacts(self, *account, presence_of(coming.account, account->name, true, 0));
  }
  for (const auto& id : account->contacts) {
    const auto* contact = find(self, id);
    if (contact != nullptr && contact->online()) {
      self->send(coming.session, presence_moved{presence_of(id, contact->name, true, 0)});
    }
  }
}

void forget(self_pointer self, const account_id& id, caf::actor_id session) {
  self->state.owners.erase(session);
  auto* account = find(self, id);
  if (account == nullptr) return;
  const auto at = std::find_if(account->sessions.begin(), account->sessions.end(),
                               [&](const auto& listed) { return listed.session->id() == session; });
  if (at == account->sessions.end()) return;
  const bool was_online = at->online;
  const device_id device = at->device;
  account->sessions.erase(at);

  const auto now_ms = self->state.node->clock.unix_ms();
  if (was_online && !account->online()) {
    tell_contacts(self, *account, presence_of(id, account->name, false, now_ms));
  }
  if (account->sessions.empty()) self->state.accounts.erase(id);
  self->send(self->state.node->account_store, note_last_seen{{id, device, now_ms}});
}

/// How many sessions are told of each of a commit's messages, while a trace is armed.
void trace_announced(self_pointer self, const std::vector<listed_session*>& touched,
                     const committed_messages& commit) {
  std::vector<std::uint64_t> told(commit.messages.size());
  for (const auto* listed : touched) {
    for (const auto at : listed->passing) ++told[at];
  }
  for (std::size_t at = 0; at < told.size(); ++at) {
    self->state.node->traces.note(commit.messages[at].stored.id, trace_point::announced,
                                  {.count = told[at]});
  }
}

/// Sends each session concerned one message with the places of its messages in the commit.
void announce(self_pointer self, const announce_messages& announced) {
  std::vector<listed_session*> touched;
  const auto& messages = announced.commit->messages;
  for (std::uint32_t at = 0; at < messages.size(); ++at) {
    const auto* origin = at < announced.origins.size() ? &announced.origins[at] : nullptr;
    for (const auto& who : messages[at].chat->members) {
      auto* account = find(self, who.id);
      if (account == nullptr) continue;
      for (auto& listed : account->sessions) {
        if (!listed.online || (origin != nullptr && listed.session == *origin)) continue;
        if (listed.passing.empty()) touched.push_back(&listed);
        listed.passing.push_back(at);
      }
    }
  }
  if (self->state.node->traces.armed()) trace_announced(self, touched, *announced.commit);
  for (auto* listed : touched) {
    self->send(listed->session,
               messages_committed{announced.commit, std::exchange(listed->passing, {})});
  }
}

void announce(self_pointer self, const announce_marks& announced) {
  std::string by_name;
  for (const auto& who : announced.marks.chat->members) {
    if (who.id == announced.by) by_name = who.name;
  }
  const receipt_changed receipt{announced.chat, announced.by, by_name,
                                announced.marks.delivered_seq, announced.marks.read_seq};
  for (const auto& who : announced.marks.chat->members) {
    const auto* account = find(self, who.id);
    if (account == nullptr) continue;
    for (const auto& listed : account->sessions) {
      if (listed.online && listed.session != announced.origin) {
        self->send(listed.session, marks_moved{receipt});
      }
    }
  }
}

void join(self_pointer self, const join_contacts& joined) {
  auto* one = find(self, joined.one);
  auto* other = find(self, joined.other);
  if (one != nullptr) one->contacts.insert(joined.other);
  if (other != nullptr) other->contacts.insert(joined.one);
  if (one == nullptr || other == nullptr) return;
  if (one->online()) tell(self, *other, presence_of(joined.one, joined.one_name, true, 0));
  if (other->online()) tell(self, *one, presence_of(joined.other, joined.other_name, true, 0));
}

void part(self_pointer self, const part_contacts& parted) {
  if (auto* one = find(self, parted.one)) one->contacts.erase(parted.other);
  if (auto* other = find(self, parted.other)) other->contacts.erase(parted.one);
}

}  // namespace

directory_actor::behavior_type directory(self_pointer self, std::shared_ptr<node_context> node) {
  self->state.node = std::move(node);
  self->set_down_handler([self](const caf::down_msg& down) {
    const auto owner = self->state.owners.find(down.source.id());
    if (owner != self->state.owners.end()) forget(self, account_id(owner->second), owner->first);
  });
  return {
      [self](const enlist& coming) {
        auto& account = self->state.accounts[coming.account];
        if (find(account, coming.session) != nullptr) return;
        account.name = coming.name;
        account.sessions.push_back({coming.session, coming.device, false, {}});
        self->state.owners[coming.session->id()] = coming.account;
        self->monitor(coming.session);
      },
      [self](const go_online& coming) {
        go_online_now(self, coming);
        return went_online{};
      },
      [self](const delist& going) {
        if (self->state.owners.count(going.session->id()) == 0) return;
        self->demonitor(going.session.address());
        forget(self, going.account, going.session->id());
      },
      [self](const join_contacts& joined) { join(self, joined); },
      [self](const part_contacts& parted) { part(self, parted); },
      [self](const ask_presence& asked) {
        presence_known known;
        known.online.reserve(asked.accounts.size());
        for (const auto& id : asked.accounts) {
          const auto* account = find(self, id);
          known.online.push_back(account != nullptr && account->online());
        }
        return known;
      },
      [self](const announce_messages& announced) { announce(self, announced); },
      [self](const announce_marks& announced) { announce(self, announced); },
      [self](const revoke_sessions& revoked) {
        auto* account = find(self, revoked.account);
        if (account == nullptr) return;
        for (const auto& listed : account->sessions) {
          const bool meant = revoked.device.is_nil() || listed.device == revoked.device;
          if (meant && listed.session != revoked.but) {
            self->send(listed.session, close_session{revoked.why});
          }
        }
      },
      [self](list_subscribed) {
        subscribed_sessions found;
        found.sessions.reserve(self->state.owners.size());
        for (const auto& [id, account] : self->state.accounts) {
          for (const auto& listed : account.sessions) {
            if (listed.online) found.sessions.push_back(listed.session);
          }
        }
        return found;
      },
  };
}

}  // namespace uod
