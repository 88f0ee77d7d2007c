#include "actors/places.hpp"

#include <maxminddb.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "protocol/names.hpp"
#include "protocol/network.hpp"

namespace uod {
namespace {

tl::unexpected<error> system_refusal(const std::filesystem::path& file, std::error_code why) {
  const bool forbidden = why == std::errc::permission_denied;
  return fail(forbidden ? errc::permission_denied : errc::io_failed,
              file.string() + ": " + why.message() + "; name a readable file");
}

tl::unexpected<error> no_database(const std::filesystem::path& file, std::string_view why) {
  return fail(errc::config_invalid,
              file.string() + ": is not a MaxMind database (" + std::string(why) + ")");
}

/// The text at `outer`.names.en; empty where there is none.
std::string english_name(MMDB_entry_s& entry, const char* outer) {
  MMDB_entry_data_s found{};
  if (MMDB_get_value(&entry, &found, outer, "names", "en", nullptr) != MMDB_SUCCESS) return {};
  if (!found.has_data || found.type != MMDB_DATA_TYPE_UTF8_STRING) return {};
  return clean_line({found.utf8_string, found.data_size}, place_octets_max);
}

MMDB_lookup_result_s look_up(const MMDB_s& database, const ip_address& address, int& problem) {
  if (address.is_ipv4) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    std::memcpy(&ipv4.sin_addr, address.octets.data(), sizeof(ipv4.sin_addr));
    return MMDB_lookup_sockaddr(&database, reinterpret_cast<const sockaddr*>(&ipv4), &problem);
  }
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  std::memcpy(&ipv6.sin6_addr, address.octets.data(), sizeof(ipv6.sin6_addr));
  return MMDB_lookup_sockaddr(&database, reinterpret_cast<const sockaddr*>(&ipv6), &problem);
}

}  // namespace

void place_finder::closer::operator()(MMDB_s* database) const {
  MMDB_close(database);
  delete database;
}

outcome<place_finder> place_finder::open(const std::filesystem::path& file) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);  // a directory has none
  if (problem) return system_refusal(file, problem);
  if (size == 0) return no_database(file, "it is empty");

  auto opened = std::make_unique<MMDB_s>();
  errno = 0;
  const int status = MMDB_open(file.c_str(), MMDB_MODE_MMAP, opened.get());
  if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR) {
    return system_refusal(file, {errno, std::generic_category()});
  }
  if (status != MMDB_SUCCESS) return no_database(file, MMDB_strerror(status));
  return place_finder(handle(opened.release()));
}

std::string place_finder::place_of(std::string_view address) const {
  const auto parsed = parse_ip_address(address);
  if (!parsed) return {};
  int problem = MMDB_SUCCESS;
  auto found = look_up(*database_, *parsed, problem);
  if (problem != MMDB_SUCCESS || !found.found_entry) return {};
  auto city = english_name(found.entry, "city");
  auto country = english_name(found.entry, "country");
  if (city.empty() || city == country) return country;
  if (country.empty()) return city;
  auto place = clean_line(city + ", " + country, place_octets_max);
  if (place.ends_with(',')) place.pop_back();  // the cut left nothing of the country
  return place;
}

}  // namespace uod
