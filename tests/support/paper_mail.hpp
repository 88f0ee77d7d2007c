#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/mailer.hpp"

namespace uod::tests {

/// A way out for mails that keeps them, or answers as the story wants.
class paper_transport final : public mail::transport {
 public:
  mail::delivery deliver(const mail::letter& what) override {
    ++attempts;
    const auto answer = answers ? answers(what) : mail::delivery{mail::verdict::delivered, {}};
    if (answer.how == mail::verdict::delivered) letters.push_back(what);
    return answer;
  }

  /// Those that went to an address, in order.
  [[nodiscard]] std::vector<mail::letter> to(const std::string& address) const {
    std::vector<mail::letter> found;
    for (const auto& each : letters) {
      if (each.to == address) found.push_back(each);
    }
    return found;
  }

  std::function<mail::delivery(const mail::letter&)> answers;
  std::vector<mail::letter> letters;
  int attempts = 0;
};

/// The built-in templates over this way out.
inline mail_equipment paper_mail(std::shared_ptr<paper_transport> out) {
  auto loaded = mail::templates::load(std::nullopt);
  if (!loaded) throw std::runtime_error(to_text(loaded.error()));
  return {std::move(out), std::make_shared<const mail::templates>(std::move(*loaded))};
}

/// The code in a mail's text: ten characters in two groups.
inline std::string code_in(const std::string& text) {
  const std::string alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (std::size_t at = 0; at + 11 <= text.size(); ++at) {
    bool is_code = true;
    for (std::size_t i = 0; i < 11 && is_code; ++i) {
      const char each = text[at + i];
      is_code = i == 5 ? each == '-' : alphabet.find(each) != std::string::npos;
    }
    if (is_code) return text.substr(at, 11);
  }
  return {};
}

}  // namespace uod::tests
