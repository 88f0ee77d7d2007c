#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace uod::test {

/// Somebody who speaks to a port of this machine by hand. What goes wrong with the connection
/// itself is thrown; no wait is longer than a minute.
class plain_client {
 public:
  explicit plain_client(std::uint16_t port);
  plain_client(plain_client&& other) noexcept;
  plain_client& operator=(plain_client&&) = delete;
  ~plain_client();

  /// As much as the other side takes; it may have closed.
  void says(std::string_view text) const;
  /// All that it is told until the other side closes.
  [[nodiscard]] std::string hears() const;

 private:
  int link_;
};

struct http_answer {
  int status = 0;       ///< 0: nothing that looks like HTTP came
  std::string headers;  ///< with the first line
  std::string body;
};

http_answer parse_answer(const std::string& text);

/// `GET path`, once.
http_answer http_get(std::uint16_t port, const std::string& path);

/// The port of `127.0.0.1:9401`.
std::uint16_t port_of(std::string_view address);

}  // namespace uod::test
