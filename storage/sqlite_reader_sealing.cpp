#include "storage/sqlite_reader.hpp"

namespace uod::storage::sqlite {

outcome<identity_shown> sqlite_reader::own_identity(const account_id& account) {
  return guarded(connection_, [&]() -> outcome<identity_shown> {
    rows row = own_identity_.run(account);
    if (!row.next()) return identity_shown{};
    return identity_shown{row.octets(0), row.octets(1), row.octets(2)};
  });
}

outcome<identity_found> sqlite_reader::identity(const find_identity& query) {
  return guarded(connection_, [&]() -> outcome<identity_found> {
    rows row = identity_.run(query.account, query.fingerprint);
    if (!row.next()) return fail(errc::no_such_account);
    identity_found found{query.account, row.octets(0), row.octets(1)};
    if (found.public_key.empty()) return fail(errc::identity_missing, found.name);
    return found;
  });
}

outcome<std::vector<bytes>> sqlite_reader::chat_keys(const account_id& viewer,
                                                     const fetch_chat_keys& query) {
  return guarded(connection_, [&]() -> outcome<std::vector<bytes>> {
    const read_transaction together(connection_);
    const auto chat = find_chat(query.chat, viewer);
    if (!chat) return fail(errc::no_such_chat);
    std::vector<bytes> records;
    for (const epoch_id& epoch : query.epochs) {
      rows row = chat_key_.run(epoch, chat->key);
      if (row.next()) records.push_back(row.octets(0));
    }
    return records;
  });
}

}  // namespace uod::storage::sqlite
