#pragma once

#include <string_view>
#include <vector>

#include "config/rate.hpp"

namespace uod {

/// How often an account and a network (`protocol/network`) may do something. A network holds many
/// people, so it may do more; whoever makes accounts by the dozen still shares its bounds.
struct server_rates {
  // Creating accounts and asking for mails are done by somebody without an account.
  rate register_network = per_hour(100, 60);
  rate log_in_account = per_minute(20, 10);
  rate log_in_network = per_minute(100, 60);
  rate search_account = per_second(60, 2);
  rate search_network = per_second(600, 20);
  rate contact_account = per_minute(200, 30);
  rate contact_network = per_minute(2'000, 300);
  rate send_account = per_second(50'000, 1'000);
  rate send_network = per_second(500'000, 10'000);
  // Each costs a signature to make; a device makes one a week in each of its chats.
  rate chat_key_account = per_minute(200, 30);
  rate chat_key_network = per_minute(2'000, 300);
  rate broadcast_account = per_minute(5, 1);
  rate broadcast_network = per_minute(50, 10);
  rate code_account = per_minute(10, 2);
  rate code_network = per_minute(30, 6);
  rate mail_network = per_minute(20, 1);
  rate file_account = per_minute(100, 20);
  rate file_network = per_minute(1'000, 200);
  rate request_account = per_second(20'000, 500);
  rate request_network = per_second(500'000, 10'000);
};

/// A row of the table of `rates.*`.
struct rate_setting {
  std::string_view key;  ///< `rates.search_account`
  rate server_rates::*member;
  std::string_view description;  ///< one sentence
};

/// All of them, in the order of the example file.
const std::vector<rate_setting>& rate_settings();

}  // namespace uod
