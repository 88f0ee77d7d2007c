#include "config/server_rates.hpp"

namespace uod {

const std::vector<rate_setting>& rate_settings() {
  static const std::vector<rate_setting> table = {
      {"rates.register_network", &server_rates::register_network,
       "New accounts from one network: 256 IPv4 addresses that belong together, or an IPv6 /48."},
      {"rates.log_in_account", &server_rates::log_in_account,
       "Log-ins to one account, right or wrong, from anywhere."},
      {"rates.log_in_network", &server_rates::log_in_network,
       "Log-ins from one network, to whichever account."},
      {"rates.search_account", &server_rates::search_account,
       "Searches for people by one account; slower than anybody types, and slow for who collects "
       "names."},
      {"rates.search_network", &server_rates::search_network,
       "Searches for people by everybody in one network."},
      {"rates.contact_account", &server_rates::contact_account,
       "Contacts that one account adds or removes, and chats that it opens for the first time."},
      {"rates.contact_network", &server_rates::contact_network,
       "The same by everybody in one network."},
      {"rates.send_account", &server_rates::send_account, "Messages that one account sends."},
      {"rates.send_network", &server_rates::send_network,
       "Messages that everybody in one network sends."},
      {"rates.chat_key_account", &server_rates::chat_key_account,
       "Keys of chats that one account stores; a device makes one a week in each chat it writes "
       "to."},
      {"rates.chat_key_network", &server_rates::chat_key_network,
       "Keys of chats that everybody in one network stores."},
      {"rates.broadcast_account", &server_rates::broadcast_account,
       "Messages that one account sends to many people at once."},
      {"rates.broadcast_network", &server_rates::broadcast_network,
       "Messages to many people at once by everybody in one network."},
      {"rates.code_account", &server_rates::code_account,
       "Codes tried for one account: to unlock it, to confirm an address, to reset a password, for "
       "premium."},
      {"rates.code_network", &server_rates::code_network,
       "Codes tried from one network, for whichever account."},
      {"rates.mail_network", &server_rates::mail_network,
       "Mails with codes that one network asks for, to whomever."},
      {"rates.file_account", &server_rates::file_account,
       "Files that one account begins to send, or goes on with."},
      {"rates.file_network", &server_rates::file_network, "The same by everybody in one network."},
      {"rates.request_account", &server_rates::request_account,
       "Everything else that one account asks for: its chats, lists, history, marks."},
      {"rates.request_network", &server_rates::request_network,
       "Everything else that everybody in one network asks for."},
  };
  return table;
}

}  // namespace uod
