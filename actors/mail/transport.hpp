#pragma once

#include <string>

#include "actors/mail/letter.hpp"

/// The way out for mails, whatever it is: a directory or an SMTP server.
namespace uod::mail {

enum class verdict {
  delivered,  ///< somebody else is responsible for it now
  try_again,  ///< not now
  refused,    ///< never: trying again would bring the same answer
};

inline constexpr std::size_t why_octets_max = 200;  ///< one line of a log or a list

/// What became of one attempt.
struct delivery {
  verdict how = verdict::try_again;
  std::string why;  ///< one line, safe to print, at most `why_octets_max`
  /// The administrator must do something: log-in refused, certificate not trusted, no such host.
  /// Always with `try_again`: the recipient is not to blame.
  bool misconfigured = false;

  bool operator==(const delivery&) const = default;
};

/// Takes letters away. One thread at a time.
class transport {
 public:
  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Tries once, and blocks meanwhile: for a thread of its own. Never throws. A letter that was
  /// delivered already may come again after a crash; its id tells.
  virtual delivery deliver(const letter& what) = 0;
};

}  // namespace uod::mail
