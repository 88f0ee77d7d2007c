#include "storage/sqlite_reader.hpp"

/// What log-ins are judged by, and what mailers and administrators look at.
namespace uod::storage::sqlite {
namespace {

lock_state lock_of(const rows& row) {
  return {static_cast<std::uint32_t>(row.number(0)), static_cast<std::uint32_t>(row.number(1)),
          row.number(2), row.number(3)};
}

/// Of a row of key, id, recipient, kind, written_at_ms, expires_at_ms, state, attempts, due_at_ms,
/// last_error, account id.
outbox_row mail_of(const rows& row) {
  outbox_row one;
  one.mail.id = row.id<mail_id>(1);
  one.mail.to = row.octets(2);
  one.mail.kind = row.octets(3);
  one.mail.written_at_ms = row.number(4);
  one.mail.expires_at_ms = row.number(5);
  one.state = row.integer(6) == 0 ? mail_state::waiting : mail_state::refused;
  one.attempts = static_cast<std::uint32_t>(row.number(7));
  one.due_at_ms = row.number(8);
  one.last_error = row.octets(9);
  one.account = row.id<account_id>(10);
  return one;
}

}  // namespace

lock_state sqlite_reader::lock(const std::string& subject) {
  rows row = lock_.run(text{subject});
  return row.next() ? lock_of(row) : lock_state{};
}

void sqlite_reader::fill_fields(std::int64_t mail_key, outbox_mail& mail) {
  rows row = mail_fields_.run(mail_key);
  while (row.next()) mail.fields[row.octets(0)] = row.octets(1);
}

outcome<log_in_facts> sqlite_reader::facts_for(const std::string& name_key,
                                               const std::string& network) {
  auto account = account_by_name(name_key);
  if (!account) return tl::unexpected<error>(account.error());
  return guarded(connection_, [&]() -> outcome<log_in_facts> {
    log_in_facts facts;
    if (*account && (*account)->deleted_at_ms == 0) facts.account = std::move(*account);
    facts.name_lock = lock("name:" + name_key);
    facts.network_lock = lock("network:" + network);
    return facts;
  });
}

outcome<lock_state> sqlite_reader::name_lock(const std::string& name_key) {
  return guarded(connection_, [&]() -> outcome<lock_state> { return lock("name:" + name_key); });
}

outcome<std::vector<location_record>> sqlite_reader::locations(const account_id& account) {
  return guarded(connection_, [&]() -> outcome<std::vector<location_record>> {
    std::vector<location_record> found;
    rows row = locations_.run(account);
    while (row.next()) {
      found.push_back({row.octets(0), row.octets(1), row.number(2), row.number(3)});
    }
    return found;
  });
}

outcome<std::vector<outbox_row>> sqlite_reader::due_mails(std::uint64_t now_ms,
                                                          std::uint32_t limit) {
  return guarded(connection_, [&]() -> outcome<std::vector<outbox_row>> {
    const read_transaction together(connection_);
    std::vector<outbox_row> due;
    rows row = due_mails_.run(now_ms, page_rows(limit));
    while (row.next()) {
      due.push_back(mail_of(row));
      fill_fields(row.integer(0), due.back().mail);
    }
    return due;
  });
}

outcome<std::optional<std::uint64_t>> sqlite_reader::next_mail_due() {
  return guarded(connection_, [&]() -> outcome<std::optional<std::uint64_t>> {
    rows row = next_mail_due_.run();
    if (!row.next()) return std::nullopt;
    return row.number(0);
  });
}

outcome<outbox_counts> sqlite_reader::count_outbox() {
  return guarded(connection_, [&]() -> outcome<outbox_counts> {
    const read_transaction together(connection_);
    const auto in_state = [&](mail_state state) {
      rows row = count_outbox_.run(static_cast<std::uint32_t>(state));
      return row.next() ? row.number(0) : 0;
    };
    return outbox_counts{in_state(mail_state::waiting), in_state(mail_state::refused)};
  });
}

outcome<outbox_page> sqlite_reader::outbox(std::uint64_t after, std::uint32_t limit) {
  return guarded(connection_, [&]() -> outcome<outbox_page> {
    const read_transaction together(connection_);
    const std::uint32_t wanted = page_rows(limit);
    outbox_page page;
    std::uint64_t last_key = 0;
    rows row = outbox_.run(after, wanted + 1);
    while (row.next()) {
      if (page.mails.size() == wanted) {
        page.next = last_key;
        break;
      }
      page.mails.push_back(mail_of(row));
      last_key = row.number(0);
    }
    return page;
  });
}

outcome<account_page> sqlite_reader::accounts(const std::string& after_key, std::uint32_t limit) {
  return guarded(connection_, [&]() -> outcome<account_page> {
    const std::uint32_t wanted = page_rows(limit);
    account_page page;
    rows row = accounts_.run(text{after_key}, wanted + 1);
    while (row.next()) {
      if (page.accounts.size() == wanted) {
        page.next = page.accounts.back().name_key;
        break;
      }
      page.accounts.push_back(account_of(row));
    }
    return page;
  });
}

outcome<premium_code_page> sqlite_reader::premium_codes(const std::optional<code_id>& after,
                                                        std::uint32_t limit) {
  return guarded(connection_, [&]() -> outcome<premium_code_page> {
    const std::uint32_t wanted = page_rows(limit);
    premium_code_page page;
    rows row = premium_codes_.run(after.value_or(code_id{}), wanted + 1);
    while (row.next()) {
      if (page.codes.size() == wanted) {
        page.next = page.codes.back().id;
        break;
      }
      premium_code_record one;
      one.id = row.id<code_id>(0);
      one.stored = row.octets(1);
      one.uses_max = static_cast<std::uint32_t>(row.number(2));
      one.uses = static_cast<std::uint32_t>(row.number(3));
      one.created_at_ms = row.number(4);
      one.expires_at_ms = row.number(5);
      one.revoked = row.integer(6) != 0;
      page.codes.push_back(std::move(one));
    }
    return page;
  });
}

}  // namespace uod::storage::sqlite
