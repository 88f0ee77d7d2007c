#pragma once

#include <string>

#include "protocol/codes.hpp"
#include "tests/actors/household.hpp"

namespace uod::tests {

inline constexpr std::uint64_t minute_ms = 60'000;
inline constexpr std::uint64_t hour_ms = 60 * minute_ms;
inline constexpr std::uint64_t day_ms = 24 * hour_ms;

inline const std::string strangers_host = "203.0.113.9";

/// A household with people around it: strangers who guess, owners who come back.
struct street {
  household house;

  explicit street(server_config config = without_rates()) : house(std::move(config)) {}

  static server_config without_rates() {
    server_config config;
    for (const auto& each : rate_settings()) config.rates.*each.member = rate{};
    return config;
  }

  /// A stranger guesses, from a new connection each time.
  std::optional<errc> guess(const std::string& name, const std::string& host = strangers_host) {
    auto stranger = house.greet(host);
    return stranger.out->refusal(house.log_in_as(stranger, name, false));
  }

  std::optional<errc> log_in_from(const std::string& name, const std::string& host,
                                  const std::string& device = "phone") {
    auto who = house.greet(host);
    return who.out->refusal(house.log_in_as(who, name, true, device));
  }

  /// Comes back with a token, from anywhere.
  std::optional<errc> resume_from(const household::visitor& earlier, const std::string& host) {
    const auto& in = *earlier.out->answer<logged_in>(2);
    auto again = house.greet(host);
    return again.out->refusal(house.ask(again, resume{in.device, in.token}));
  }

  /// Confirms the address with the code of the welcome mail.
  void confirm(household::visitor& who, const std::string& name) {
    const auto code = code_in(house.letters(name, "Welcome").at(0).text);
    BOOST_REQUIRE(who.out->answer<account_shown>(house.ask(who, confirm_email{code})) != nullptr);
  }

  reset_password reset_with(const std::string& name, const std::string& code) {
    return {name,
            code,
            bytes(salt_octets, 'r'),
            argon2_default,
            bytes(auth_key_octets, 'N'),
            {device_id(numbered(++house.ids)), "laptop"}};
  }

  std::string new_premium_code(std::uint32_t uses = 1) {
    const auto shown = make_premium_code();
    storage::premium_code_record code;
    code.id = storage::code_id(numbered(++house.ids));
    code.stored = stored_premium_code(*parse_code(shown, premium_code_characters, errc::internal));
    code.uses_max = uses;
    caf::anon_send(house.node->account_store, change_account{storage::add_premium_codes{{code}}});
    house.run();
    return shown;
  }
};

}  // namespace uod::tests
