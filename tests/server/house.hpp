#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/message_trace.hpp"
#include "config/server_config.hpp"
#include "server/administration/execute.hpp"
#include "storage/store.hpp"

/// What the stories about administration need: a data directory with people in it, and ways to
/// command. A real store, in a directory that is gone afterwards.
namespace uod::test {

using administration::command;
using administration::row;

class fresh_directory {
 public:
  fresh_directory();
  ~fresh_directory();
  fresh_directory(const fresh_directory&) = delete;
  fresh_directory& operator=(const fresh_directory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string content_of(const std::filesystem::path& file);
std::vector<std::string> lines_of(const std::string& text);
std::vector<row> rows_of(const std::string& text);

/// The configuration of a node whose data lies here.
server_config config_at(const std::filesystem::path& data_dir);

/// Takes the value out, or fails the test with the error.
template <class T>
T must(outcome<T> result) {
  if (!result) BOOST_FAIL(to_text(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <class T>
errc code_of(const outcome<T>& result) {
  if (result) BOOST_FAIL("expected an error");
  return result.error().code;
}

/// An event that was noted: its name and fields.
struct noted_event {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;

  [[nodiscard]] std::string field(std::string_view name) const;
};

/// A host made of a store, as a running node is one: it remembers what it was asked for.
class store_host final : public administration_host {
 public:
  explicit store_host(const std::filesystem::path& file);

  outcome<storage::change_result> change(storage::account_change wanted) override;
  storage::reader& reads() override { return *reads_; }
  void end_sessions(const account_id& whose, const error& why) override;
  std::uint64_t now_ms() override { return now; }
  outcome<std::unique_ptr<trace_watch>> trace(const trace_wanted& wanted) override {
    return traces.arm(wanted);
  }
  void audit(std::string_view event, std::span<const audit::field> fields) override;

  /// The same host for another thread: a reader of its own, everything else in turns.
  outcome<std::unique_ptr<administration_host>> for_another_thread();

  // What people do, as a node would do it for them.
  account_id registers(const std::string& name);
  void says(const account_id& from, const account_id& to, const std::string& text);
  void broadcasts(const account_id& from, const std::string& text);
  void change_or_fail(storage::account_change wanted) { must(change(std::move(wanted))); }
  storage::account_record account(const std::string& name);

  std::uint64_t now = 1'800'000'000'000;  ///< 2027-01-15T08:00:00Z
  std::optional<error> broken;            ///< what every change fails with
  std::vector<std::pair<account_id, error>> ended;
  std::vector<noted_event> noted;
  trace_board traces;

 private:
  class guest;

  std::mutex turn_;
  std::unique_ptr<storage::store> store_;
  std::unique_ptr<storage::account_writer> accounts_;
  std::unique_ptr<storage::message_writer> messages_;
  std::unique_ptr<storage::reader> reads_;
  std::uint64_t people_ = 0;
  std::uint64_t said_ = 0;
};

/// What is never to be seen outside the store: in the fields of `store_host::registers`.
extern const std::vector<std::string> secrets;

/// Carries a command out; its rows.
outcome<std::vector<row>> rows_from(administration_host& host, const command& wanted);

/// Ids that count.
uuid counted_id(std::uint8_t kind, std::uint64_t number);

}  // namespace uod::test

namespace uod {

// For Boost.Test's messages.
inline std::ostream& operator<<(std::ostream& out, errc code) { return out << code_name(code); }
inline std::ostream& operator<<(std::ostream& out, const uuid& id) { return out << to_text(id); }

}  // namespace uod
