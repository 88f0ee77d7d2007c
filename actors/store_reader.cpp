#include "actors/store_reader.hpp"

#include "actors/log.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace {

outcome<device_and_owner> device_with_owner(storage::reader& from,
                                            const read_device_and_owner& asked) {
  device_and_owner found;
  auto device = from.device(asked.id);
  if (!device) return tl::unexpected(device.error());
  const bytes expected = *device ? (*device)->stored_token : bytes(asked.stored_token.size(), '\0');
  if (!equal_in_constant_time(expected, asked.stored_token) || !*device) return found;
  found.device = std::move(*device);
  auto owner = from.account_by_id(found.device->account);
  if (!owner) return tl::unexpected(owner.error());
  found.owner = std::move(*owner);
  return found;
}

}  // namespace

store_reader_actor::behavior_type store_reader(
    store_reader_actor::stateful_pointer<store_reader_state> self,
    std::shared_ptr<storage::store> store) {
  auto reader = store->make_reader();
  if (!reader) {
    log::error("store.reader_failed", {{"detail", to_text(reader.error())}});
    self->quit(caf::exit_reason::unhandled_exception);
    return store_reader_actor::behavior_type::make_empty_behavior();
  }
  self->state.reader = std::move(*reader);
  storage::reader* const from = self->state.reader.get();

  return {
      [from](const read_account_by_name& asked) {
        return account_found{from->account_by_name(asked.name_key)};
      },
      [from](const read_account_by_id& asked) {
        return account_found{from->account_by_id(asked.id)};
      },
      [from](const read_device& asked) { return device_found{from->device(asked.id)}; },
      [from](const read_device_and_owner& asked) {
        return device_and_owner_found{device_with_owner(*from, asked)};
      },
      [from](const read_devices& asked) { return devices_read{from->devices(asked.account)}; },
      [from](const read_locations& asked) {
        return locations_read{from->locations(asked.account)};
      },
      [from](const read_facts& asked) {
        return facts_read{from->facts_for(asked.name_key, asked.network)};
      },
      [from](const read_home& asked) {
        return home_read{from->home(asked.query, asked.page_bytes_max)};
      },
      [from](const read_home_behind& asked) {
        return home_read{from->home_behind(asked.after_seq, asked.limit, asked.page_bytes_max)};
      },
      [from](const read_search& asked) {
        return names_read{from->search(asked.part, asked.after, asked.limit)};
      },
      [from](const read_contacts& asked) {
        return contacts_read{from->contacts(asked.owner, asked.after, asked.limit)};
      },
      [from](const read_mutual_contacts& asked) {
        return mutual_contacts_read{from->mutual_contacts(asked.owner)};
      },
      [from](const read_chat& asked) { return chat_read{from->chat(asked.chat, asked.viewer)}; },
      [from](const read_chats& asked) {
        return chats_read{from->chats(asked.viewer, asked.after, asked.limit)};
      },
      [from](const read_history& asked) {
        return history_read{from->history(asked.viewer, asked.query, asked.page_bytes_max)};
      },
      [from](const read_feed& asked) {
        return feed_read{
            from->feed(asked.account, asked.after_position, asked.limit, asked.page_bytes_max)};
      },
      [from](const read_undelivered_position& asked) {
        return position_read{from->undelivered_position(asked.account)};
      },
      [from](read_store_end) {
        const auto position = from->last_position();
        if (!position) return store_end_read{tl::unexpected(position.error())};
        const auto broadcast = from->last_broadcast();
        if (!broadcast) return store_end_read{tl::unexpected(broadcast.error())};
        return store_end_read{store_end{*position, *broadcast}};
      },
      [from](const read_own_identity& asked) {
        return own_identity_read{from->own_identity(asked.account)};
      },
      [from](const read_public_key& asked) { return public_key_read{from->identity(asked.query)}; },
      [from](const read_chat_keys& asked) {
        return chat_keys_read{from->chat_keys(asked.viewer, asked.query)};
      },
  };
}

}  // namespace uod
