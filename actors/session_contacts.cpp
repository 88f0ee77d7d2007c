#include <algorithm>

#include "actors/session_parts.hpp"
#include "protocol/names.hpp"

namespace uod::session_parts {
namespace {

/// Adds who is online to a page of contacts. Only who has the asker as a contact too shows it.
void answer_contacts(self_pointer self, std::uint32_t request, storage::contact_page page) {
  ask_presence asked;
  for (const auto& row : page.contacts) asked.accounts.push_back(row.id);
  self->request(self->state.node->directory, caf::infinite, std::move(asked))
      .then(
          [self, request, page = std::move(page)](const presence_known& known) {
            contacts_listed listed;
            listed.next = page.next;
            for (std::size_t at = 0; at < page.contacts.size(); ++at) {
              const auto& row = page.contacts[at];
              listed.contacts.push_back({row.id, row.name, row.mutual && known.online[at],
                                         row.mutual ? row.last_seen_ms : 0, row.identity});
            }
            finish_bulk(self, request, std::move(listed));
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

void reply(self_pointer self, std::uint32_t request, outcome<server_body> result) {
  if (result) {
    answer(self, lane::chat, request, std::move(*result));
  } else {
    answer_failure(self, request, result.error());
  }
  flush(self);
}

/// The contact is stored: tells the asker whether it is online, where both have each other.
void answer_added(self_pointer self, std::uint32_t request, const storage::account_record& other,
                  const std::vector<storage::contact_row>& mutual) {
  auto& state = self->state;
  const auto row = std::find_if(mutual.begin(), mutual.end(),
                                [&](const auto& each) { return each.id == other.id; });
  contact added{other.id, other.name, false, 0, other.identity};
  if (row == mutual.end()) return reply(self, request, contact_added{added});
  added.last_seen_ms = row->last_seen_ms;
  self->send(state.node->directory,
             join_contacts{state.account.id, state.account.name, other.id, other.name});
  self->request(state.node->directory, caf::infinite, ask_presence{{other.id}})
      .then(
          [self, request, added](const presence_known& known) mutable {
            added.online = known.online.at(0);
            reply(self, request, contact_added{added});
          },
          [self, request, added](const caf::error&) {
            reply(self, request, contact_added{added});
          });
}

void store_contact(self_pointer self, std::uint32_t request, const storage::account_record& other) {
  auto& state = self->state;
  self->request(state.node->account_store, caf::infinite,
                change_account{storage::put_contact{state.account.id, other.id}})
      .then(
          [self, request, other](account_changed& stored) {
            if (!stored.value) return reply(self, request, tl::unexpected(stored.value.error()));
            self->request(reader_of(self), caf::infinite,
                          read_mutual_contacts{self->state.account.id})
                .then(
                    [self, request, other](mutual_contacts_read& mutual) {
                      if (!mutual.value) {
                        return reply(self, request, tl::unexpected(mutual.value.error()));
                      }
                      answer_added(self, request, other, *mutual.value);
                    },
                    [self, request](const caf::error&) {
                      reply(self, request, tl::unexpected(store_gone()));
                    });
          },
          [self, request](const caf::error&) {
            reply(self, request, tl::unexpected(store_gone()));
          });
}

/// Finds an account by a name that somebody typed, and goes on with it.
template <class Continue>
void with_account(self_pointer self, std::uint32_t request, const std::string& typed, errc missing,
                  Continue go_on) {
  const auto name = parse_name(typed);
  if (!name) return answer_failure(self, request, error{missing, typed});
  self->request(reader_of(self), caf::infinite, read_account_by_name{name->key})
      .then(
          [self, request, missing, typed, go_on](account_found& found) {
            if (!found.value) return reply(self, request, tl::unexpected(found.value.error()));
            if (!*found.value) return reply(self, request, fail(missing, typed));
            go_on(**found.value);
          },
          [self, request](const caf::error&) {
            reply(self, request, tl::unexpected(store_gone()));
          });
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const search_accounts& asked) {
  auto part = parse_search(asked.text);
  if (!part) return answer_failure(self, request, part.error());
  const auto limit = page_rows(self, asked.limit);
  self->state.bulk_in_flight = true;
  self->request(reader_of(self), caf::infinite, read_search{*part, asked.after, limit})
      .then(
          [self, request](names_read& read) {
            if (!read.value) {
              return finish_bulk(self, request, tl::unexpected(read.value.error()));
            }
            finish_bulk(self, request,
                        accounts_found{std::move(read.value->names), std::move(read.value->next)});
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

void handle(self_pointer self, std::uint32_t request, const list_contacts& asked) {
  auto& state = self->state;
  const auto limit = page_rows(self, asked.limit);
  state.bulk_in_flight = true;
  self->request(reader_of(self), caf::infinite, read_contacts{state.account.id, asked.after, limit})
      .then(
          [self, request](contacts_read& read) {
            if (read.value) return answer_contacts(self, request, std::move(*read.value));
            finish_bulk(self, request, tl::unexpected(read.value.error()));
          },
          [self, request](const caf::error&) {
            finish_bulk(self, request, tl::unexpected(store_gone()));
          });
}

void handle(self_pointer self, std::uint32_t request, const add_contact& asked) {
  with_account(self, request, asked.name, errc::no_such_account,
               [self, request](const storage::account_record& other) {
                 if (other.id == self->state.account.id) {
                   return reply(self, request, fail(errc::not_allowed, "that is you"));
                 }
                 store_contact(self, request, other);
               });
}

void handle(self_pointer self, std::uint32_t request, const remove_contact& asked) {
  with_account(self, request, asked.name, errc::no_such_contact,
               [self, request](const storage::account_record& other) {
                 const account_id me = self->state.account.id;
                 self->request(self->state.node->account_store, caf::infinite,
                               change_account{storage::delete_contact{me, other.id}})
                     .then(
                         [self, request, me, id = other.id](account_changed& stored) {
                           if (!stored.value) {
                             return reply(self, request, tl::unexpected(stored.value.error()));
                           }
                           self->send(self->state.node->directory, part_contacts{me, id});
                           reply(self, request, done{});
                         },
                         [self, request](const caf::error&) {
                           reply(self, request, tl::unexpected(store_gone()));
                         });
               });
}

}  // namespace uod::session_parts
