#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "server/administration/execute.hpp"
#include "storage/sqlite_maintenance.hpp"

namespace uod::administration {

/// Where administration prints and asks. Rows go to `out` and are flushed at once, everything else
/// to `messages`.
class console {
 public:
  struct ends {
    std::ostream& out;
    std::ostream& messages;
    std::istream& in;
    bool answers = false;   ///< somebody sits there who can answer a question
    bool animates = false;  ///< `messages` is a terminal that can be drawn on
  };

  /// On the process's own streams.
  static console of_process(bool json);
  console(const ends& where, bool json) : ends_(where), json_(json) {}
  ~console();
  console(const console&) = delete;
  console& operator=(const console&) = delete;

  /// False when nobody reads any more.
  bool tell(const row& told);
  /// As JSON, whatever was asked for: for what only programs read.
  bool tell_json(const row& told);
  void warn(const std::string& text);
  /// Draws how far work is, a few times a second.
  void show(const storage::work_progress& now);

  [[nodiscard]] bool can_ask() const { return ends_.answers; }
  /// What somebody answers, without the line feed; empty at the end of the input.
  std::string ask(const std::string& question);

 private:
  void clear_progress();

  ends ends_;
  bool json_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point drawn_at_{};
};

}  // namespace uod::administration
