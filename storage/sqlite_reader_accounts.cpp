#include "storage/sqlite_reader.hpp"

namespace uod::storage::sqlite {

account_record account_of(const rows& row) {
  account_record account;
  account.id = row.id<account_id>(0);
  account.name = row.octets(1);
  account.name_key = row.octets(2);
  account.name_skeleton = row.octets(3);
  account.email = row.octets(4);
  account.email_key = row.octets(5);
  account.salt = row.octets(6);
  account.argon2.memory_kib = static_cast<std::uint32_t>(row.number(7));
  account.argon2.passes = static_cast<std::uint32_t>(row.number(8));
  account.stored_auth_key = row.octets(9);
  account.premium = row.integer(10) != 0;
  account.created_at_ms = row.number(11);
  account.last_seen_ms = row.number(12);
  account.email_confirmed = row.integer(13) != 0;
  account.closed = row.integer(14) != 0;
  account.deleted_at_ms = row.number(15);
  account.identity = row.octets(16);
  return account;
}

namespace {

device_record device_of(const rows& row) {
  device_record device;
  device.id = row.id<device_id>(0);
  device.account = row.id<account_id>(1);
  device.name = row.octets(2);
  device.address = row.octets(3);
  device.stored_token = row.octets(4);
  device.created_at_ms = row.number(5);
  device.last_seen_ms = row.number(6);
  device.home_seq = row.number(7);
  return device;
}

contact_row contact_of(const rows& row) {
  return {row.id<account_id>(0), row.octets(1), row.number(2), row.integer(3) != 0, row.octets(5)};
}

}  // namespace

outcome<std::optional<account_record>> sqlite_reader::account_by_name(const std::string& name_key) {
  return guarded(connection_, [&]() -> outcome<std::optional<account_record>> {
    rows row = account_by_name_.run(text{name_key});
    if (!row.next()) return std::nullopt;
    return account_of(row);
  });
}

outcome<std::optional<account_record>> sqlite_reader::account_by_id(const account_id& id) {
  return guarded(connection_, [&]() -> outcome<std::optional<account_record>> {
    rows row = account_by_id_.run(id);
    if (!row.next()) return std::nullopt;
    return account_of(row);
  });
}

outcome<std::optional<device_record>> sqlite_reader::device(const device_id& id) {
  return guarded(connection_, [&]() -> outcome<std::optional<device_record>> {
    rows row = device_.run(id);
    if (!row.next()) return std::nullopt;
    return device_of(row);
  });
}

outcome<std::vector<device_record>> sqlite_reader::devices(const account_id& account) {
  return guarded(connection_, [&]() -> outcome<std::vector<device_record>> {
    std::vector<device_record> found;
    rows row = devices_.run(account);
    while (row.next()) found.push_back(device_of(row));
    return found;
  });
}

// A walk along the index of the keys: 100,000 accounts take some 10 ms. What replaces it when
// there are millions is a trigram index over the keys (FTS5's trigram tokenizer), which cannot
// find parts shorter than three characters; those would then have to match a key's beginning.
outcome<name_page> sqlite_reader::search(const std::string& part, const std::string& after_key,
                                         std::uint32_t limit) {
  return guarded(connection_, [&]() -> outcome<name_page> {
    const std::uint32_t wanted = page_rows(limit);
    name_page page;
    std::string last_key;
    rows row = search_.run(text{after_key}, text{part}, wanted + 1);
    while (row.next()) {
      if (page.names.size() == wanted) {
        page.next = last_key;
        break;
      }
      page.names.push_back(row.octets(0));
      last_key = row.octets(1);
    }
    return page;
  });
}

outcome<contact_page> sqlite_reader::contacts(const account_id& owner, const std::string& after_key,
                                              std::uint32_t limit) {
  return guarded(connection_, [&]() -> outcome<contact_page> {
    const std::uint32_t wanted = page_rows(limit);
    contact_page page;
    std::string last_key;
    rows row = contacts_.run(owner, text{after_key}, wanted + 1);
    while (row.next()) {
      if (page.contacts.size() == wanted) {
        page.next = last_key;
        break;
      }
      page.contacts.push_back(contact_of(row));
      last_key = row.octets(4);
    }
    return page;
  });
}

outcome<std::vector<contact_row>> sqlite_reader::mutual_contacts(const account_id& owner) {
  return guarded(connection_, [&]() -> outcome<std::vector<contact_row>> {
    std::vector<contact_row> found;
    rows row = mutual_contacts_.run(owner);
    while (row.next()) found.push_back(contact_of(row));
    return found;
  });
}

}  // namespace uod::storage::sqlite
