#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace uod::bench {

/// One value of a row. Its name is the table's heading and the JSON key, unit last.
struct figure {
  std::string name;
  double value = 0;
  int decimals = 0;
};

/// What was measured, on stdout: a table to read, or JSON Lines. Progress goes to stderr.
class report {
 public:
  explicit report(bool json) : json_(json) {}

  /// Begins a part, with a line on how it is measured.
  void begin_part(std::string_view name, std::string_view method);
  void add(std::string_view work, const std::vector<figure>& figures);

 private:
  bool json_;
  std::string part_;
  std::string heading_;
};

/// Says on stderr what is being done.
void progress(std::string_view text);

}  // namespace uod::bench
