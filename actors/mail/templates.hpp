#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/mail/letter.hpp"
#include "protocol/errors.hpp"

/// From a mail's name and fields to its texts. A mail NAME is two plain files: `NAME.txt` (a line
/// `Subject: …`, an empty line, the text) and `NAME.html`; `{{field}}` stands for a value.
namespace uod::mail {

/// A kind of mail, and what its templates may name.
struct mail_kind {
  std::string_view name;
  std::vector<std::string_view> fields;
};

/// All kinds there are, with their fields.
const std::vector<mail_kind>& mail_kinds();

inline constexpr std::size_t field_octets_max = 320;  ///< the longest is an e-mail address

/// A mail's texts, filled in.
struct rendered {
  std::string subject;  ///< one line
  std::string text;     ///< lines end with LF
  std::string html;     ///< values escaped

  bool operator==(const rendered&) const = default;
};

/// The templates, checked. Does not change once loaded: any thread may render.
class templates {
 public:
  /// Takes the built-in files, and over them those of `directory`. Reads files: at the start of a
  /// program. Error: `config_invalid` with everything that is wrong, a line each, `FILE:LINE: …`.
  static outcome<templates> load(const std::optional<std::filesystem::path>& directory);

  /// Fills in `values`, each made one safe line of at most `field_octets_max`: a warning must
  /// reach its reader whatever somebody called their device. Values that no template names are
  /// passed over. Errors: `internal` for a name that no mail has, or a value that is missing.
  [[nodiscard]] outcome<rendered> render(std::string_view name, const fields& values) const;

 private:
  /// Text, or the name of a field.
  struct piece {
    bool is_field = false;
    std::string text;
  };
  using pieces = std::vector<piece>;
  struct mail_template {
    pieces subject;
    pieces text;
    pieces html;
  };
  class reader;

  std::map<std::string, mail_template, std::less<>> mails_;
};

}  // namespace uod::mail
