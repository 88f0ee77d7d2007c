#include "server/audit_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>

#include "config/private_file.hpp"
#include "server/times.hpp"

namespace uod {
namespace {

constexpr std::chrono::seconds between_tries{1};
constexpr std::string_view cut_mark = " [cut]";

/// Opens the log for one batch; made with mode 0600 where it is not there.
int open_log(const std::filesystem::path& file) {
  constexpr int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  const int present = ::open(file.c_str(), flags);
  if (present >= 0 || errno != ENOENT) return present;
  const int made = ::open(file.c_str(), flags | O_CREAT, 0600);
  // What an administrator makes as root, the node must still be able to write.
  struct stat owner {};
  if (made >= 0 && ::geteuid() == 0 && ::stat(file.parent_path().c_str(), &owner) == 0 &&
      ::fchown(made, owner.st_uid, owner.st_gid) != 0) {
    ::close(made);
    return -1;
  }
  return made;
}

}  // namespace

std::string audit_line(std::uint64_t unix_ms, std::string_view event,
                       std::span<const audit::field> fields) {
  nlohmann::ordered_json line;
  line["time"] = utc_text(unix_ms);
  line["event"] = event;
  for (const auto& field : fields) {
    std::string name(field.name);
    while (line.contains(name)) name.append("_");
    std::string value = field.value.substr(0, audit_value_octets_max);
    if (value.size() < field.value.size()) value.append(cut_mark);
    line[name] = std::move(value);
  }
  return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

audit_log::audit_log(std::filesystem::path file, std::function<void(const error&)> on_failure)
    : file_(std::move(file)), on_failure_(std::move(on_failure)), thread_([this] { work(); }) {}

audit_log::~audit_log() {
  {
    const std::lock_guard guard(mutex_);
    over_ = true;
  }
  called_.notify_one();
  thread_.join();
}

void audit_log::write(std::string_view event, std::span<const audit::field> fields) {
  std::string line = audit_line(now_unix_ms(), event, fields);
  line.push_back('\n');
  {
    const std::lock_guard guard(mutex_);
    if (waiting_.size() + batch_lines_ >= audit_lines_max ||
        octets_ + line.size() > audit_octets_max) {
      ++dropped_;
      return;
    }
    octets_ += line.size();
    waiting_.push_back(std::move(line));
  }
  called_.notify_one();
}

bool audit_log::flush() {
  std::unique_lock guard(mutex_);
  const std::uint64_t mine = ++flushes_wanted_;
  called_.notify_one();
  tried_.wait(guard, [&] { return flushes_made_ >= mine; });
  return last_try_good_;
}

/// With the mutex held. False when there is nothing to write.
bool audit_log::take_batch() {
  if (!batch_.empty()) return true;  // what could not be written before
  for (const std::string& line : waiting_) batch_.append(line);
  batch_lines_ = waiting_.size();
  waiting_.clear();
  if (dropped_ != 0) {
    const audit::field count{"count", dropped_};
    batch_.append(audit_line(now_unix_ms(), "audit.dropped", {&count, 1})).push_back('\n');
    dropped_ = 0;
  }
  return !batch_.empty();
}

outcome<void> audit_log::append_batch() {
  const int file = open_log(file_);
  if (file < 0) return tl::unexpected(system_error_at(errno, file_));
  if (torn_) batch_.insert(0, 1, '\n');
  std::size_t written = 0;
  int why = 0;
  while (written < batch_.size() && why == 0) {
    const ssize_t got = ::write(file, batch_.data() + written, batch_.size() - written);
    if (got >= 0) {
      written += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      why = errno;
    }
  }
  ::close(file);
  if (why == 0) {
    torn_ = false;
    return {};
  }
  // What is whole is there; a line that was cut is written again, on a line of its own.
  const auto end = batch_.substr(0, written).rfind('\n');
  const std::size_t whole = end == std::string::npos ? 0 : end + 1;
  if (written > 0) torn_ = whole < written;
  batch_.erase(0, whole);
  return tl::unexpected(system_error_at(why, file_));
}

void audit_log::work() {
  std::unique_lock guard(mutex_);
  const auto asked = [this] { return over_ || flushes_wanted_ != flushes_made_; };
  for (;;) {
    if (last_try_good_) {
      called_.wait(guard, [&] { return asked() || !waiting_.empty(); });
    } else {
      called_.wait_for(guard, between_tries, asked);
    }
    const std::uint64_t flushes = flushes_wanted_;
    const bool last = over_;
    last_try_good_ = true;
    while (last_try_good_ && take_batch()) {
      guard.unlock();
      const auto written = append_batch();
      if (!written && on_failure_) on_failure_(written.error());
      guard.lock();
      last_try_good_ = written.has_value();
      if (!written) break;
      batch_.clear();
      batch_lines_ = 0;
      octets_ = 0;
      for (const std::string& line : waiting_) octets_ += line.size();
    }
    flushes_made_ = flushes;
    tried_.notify_all();
    if (last) return;
  }
}

}  // namespace uod
