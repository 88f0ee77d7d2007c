#include "server/times.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>

namespace uod {
namespace {

constexpr std::uint64_t year_9999_ms = 253'402'300'799'999;

/// Reads over a text from its beginning; each step says whether it fitted.
class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {}

  /// This many digits.
  bool number(std::size_t digits, int& value) {
    if (text_.size() < digits) return false;
    value = 0;
    for (const char each : text_.substr(0, digits)) {
      if (each < '0' || each > '9') return false;
      value = value * 10 + (each - '0');
    }
    text_.remove_prefix(digits);
    return true;
  }
  bool one_of(std::string_view characters, char& found) {
    if (text_.empty() || characters.find(text_.front()) == std::string_view::npos) return false;
    found = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  bool sign(char wanted) {
    char found = 0;
    return one_of({&wanted, 1}, found);
  }
  /// Fractions of a second, to milliseconds; what is finer is cut off.
  bool milliseconds(int& value) {
    int digits = 0;
    for (value = 0; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; ++digits) {
      if (digits < 3) value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    for (int more = digits; more < 3; ++more) value *= 10;
    return digits > 0;
  }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

std::optional<std::uint64_t> scan(std::string_view text) {
  namespace chrono = std::chrono;
  scanner from(text);
  int year = 0;
  int month = 0;
  int day = 0;
  const bool dated = from.number(4, year) && from.sign('-') && from.number(2, month) &&
                     from.sign('-') && from.number(2, day);
  const auto date = chrono::year(year) / month / day;
  if (!dated || !date.ok() || year < 1970) return std::nullopt;
  const chrono::milliseconds midnight = chrono::sys_days(date).time_since_epoch();
  if (from.at_end()) return (midnight + chrono::hours(24)).count();

  char mark = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int ms = 0;
  if (!from.one_of("Tt ", mark) || !from.number(2, hour) || !from.sign(':') ||
      !from.number(2, minute) || !from.sign(':') || !from.number(2, second)) {
    return std::nullopt;
  }
  if (from.sign('.') && !from.milliseconds(ms)) return std::nullopt;
  int offset_minutes = 0;
  if (!from.one_of("Zz+-", mark)) return std::nullopt;
  if (mark == '+' || mark == '-') {
    int hours = 0;
    int minutes = 0;
    if (!from.number(2, hours) || !from.sign(':') || !from.number(2, minutes)) return std::nullopt;
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset_minutes = (mark == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  if (!from.at_end() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto moment = midnight + chrono::hours(hour) + chrono::minutes(minute - offset_minutes) +
                      chrono::seconds(second) + chrono::milliseconds(ms);
  if (moment.count() < 0) return std::nullopt;
  return moment.count();
}

}  // namespace

std::string utc_text(std::uint64_t unix_ms) {
  unix_ms = std::min(unix_ms, year_9999_ms);
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char day[32];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  char whole[48];
  std::snprintf(whole, sizeof whole, "%s.%03uZ", day, static_cast<unsigned>(unix_ms % 1000));
  return whole;
}

outcome<std::uint64_t> parse_end(std::string_view text) {
  if (const auto moment = scan(text)) return *moment;
  return fail(errc::usage, "\"" + std::string(text) +
                               "\" is no time; give a day such as 2027-01-31, or a time such as "
                               "2027-01-31T12:00:00Z");
}

std::uint64_t now_unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace uod
