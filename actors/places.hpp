#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/errors.hpp"

struct MMDB_s;

namespace uod {

inline constexpr std::size_t place_octets_max = 100;  ///< a line of a mail or a list

/// Where addresses are, from a MaxMind database (GeoLite2 City or Country, or another of that
/// layout; format 2.0, https://maxmind.github.io/MaxMind-DB/): the only door to libmaxminddb.
/// Any thread may ask, any number at a time; the file is mapped, not read, so it must not be
/// changed in place while it is open, only replaced by another (`mv`).
class place_finder {
 public:
  /// Errors, each with the path: `io_failed`, `permission_denied`, `config_invalid` (not a
  /// MaxMind database, or a damaged one).
  static outcome<place_finder> open(const std::filesystem::path& file);

  /// In English: `Berlin, Germany`, `Germany`, `Singapore` (not twice); empty where it is not
  /// known, for what is no address, and where the file turns out to be damaged. One line as
  /// `clean_line` makes it, at most `place_octets_max` octets.
  [[nodiscard]] std::string place_of(std::string_view address) const;

 private:
  struct closer {
    void operator()(MMDB_s* database) const;
  };
  using handle = std::unique_ptr<MMDB_s, closer>;

  explicit place_finder(handle database) : database_(std::move(database)) {}

  handle database_;
};

}  // namespace uod
