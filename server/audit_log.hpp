#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "actors/audit.hpp"
#include "protocol/errors.hpp"

namespace uod {

/// Events that wait to be written; beyond these bounds new ones are dropped and counted. A disk
/// that is full for a while loses nothing yet, and a node never grows or waits for its log.
inline constexpr std::size_t audit_lines_max = 65'536;
inline constexpr std::size_t audit_octets_max = 32 * 1024 * 1024;
/// Of one value; what a stranger can make longer is cut, so that no event fills the disk.
inline constexpr std::size_t audit_value_octets_max = 1'024;

/// The audit log: a file of mode 0600 that is only appended to, one JSON object a line, all ASCII:
///
///     {"time":"2026-01-31T12:00:00.123Z","event":"account.locked","account":"…"}
///
/// Whatever stands in a value, it cannot end the line, forge a field or reach a terminal. Written
/// by a thread of its own, which opens the file anew for each batch, so that whoever moves it away
/// (logrotate) need not tell. Several processes may write to one file. For any threads.
class audit_log final : public audit::sink {
 public:
  /// `on_failure` hears, on the log's thread, each time the file could not be written; what waits
  /// is tried again every second.
  explicit audit_log(std::filesystem::path file, std::function<void(const error&)> on_failure = {});
  /// Writes what waits, if it can be written now.
  ~audit_log() override;
  audit_log(const audit_log&) = delete;
  audit_log& operator=(const audit_log&) = delete;

  void write(std::string_view event, std::span<const audit::field> fields) override;
  /// Waits until what was written before stands in the file. False: it could not be written.
  bool flush();

 private:
  void work();
  bool take_batch();
  outcome<void> append_batch();

  const std::filesystem::path file_;
  const std::function<void(const error&)> on_failure_;

  std::mutex mutex_;
  std::condition_variable called_;
  std::condition_variable tried_;
  std::deque<std::string> waiting_;
  std::size_t octets_ = 0;       ///< of those that wait and of the batch
  std::size_t batch_lines_ = 0;  ///< taken from those that wait, and not in the file yet
  std::uint64_t dropped_ = 0;
  std::uint64_t flushes_wanted_ = 0;
  std::uint64_t flushes_made_ = 0;
  bool last_try_good_ = true;
  bool over_ = false;

  // Of the thread
  std::string batch_;
  bool torn_ = false;  ///< the file ends in the middle of a line

  std::thread thread_;
};

/// An event as its line, without the line feed.
std::string audit_line(std::uint64_t unix_ms, std::string_view event,
                       std::span<const audit::field> fields);

}  // namespace uod
