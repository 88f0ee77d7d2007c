#include "tests/server/house.hpp"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

#include "storage/sqlite_store.hpp"

namespace uod::test {

const std::vector<std::string> secrets = {"CANARY-salt", "CANARY-key", "CANARY-token",
                                          "CANARY-code", "CANARY-mailed"};

fresh_directory::fresh_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "uod-admin-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

fresh_directory::~fresh_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream from(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(from), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream from(text);
  for (std::string line; std::getline(from, line);) lines.push_back(line);
  return lines;
}

std::vector<row> rows_of(const std::string& text) {
  std::vector<row> rows;
  for (const auto& line : lines_of(text)) {
    rows.push_back(row::parse(line, nullptr, false));
    BOOST_TEST_REQUIRE(rows.back().is_object(), line);
  }
  return rows;
}

server_config config_at(const std::filesystem::path& data_dir) {
  server_config config;
  config.data_dir = data_dir;
  return config;
}

uuid counted_id(std::uint8_t kind, std::uint64_t number) {
  uuid id;
  id.octets[0] = kind;
  for (std::size_t i = 0; i < 8; ++i) {
    id.octets[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return id;
}

std::string noted_event::field(std::string_view wanted) const {
  const auto found = std::ranges::find(fields, wanted, [](const auto& one) { return one.first; });
  return found == fields.end() ? "" : found->second;
}

store_host::store_host(const std::filesystem::path& file)
    : store_(must(storage::open_sqlite({file, storage::durability::process_crash}))),
      accounts_(must(store_->make_account_writer())),
      messages_(must(store_->make_message_writer())),
      reads_(must(store_->make_reader())) {
  people_ = must(reads_->accounts({}, 0)).accounts.size();
}

outcome<storage::change_result> store_host::change(storage::account_change wanted) {
  if (broken) return tl::unexpected(*broken);
  const std::array changes{std::move(wanted)};
  auto results = accounts_->commit(changes);
  if (!results) return tl::unexpected(results.error());
  return results->front();
}

/// Changes, ends and notes through the host that made it.
class store_host::guest final : public administration_host {
 public:
  guest(store_host& home, std::unique_ptr<storage::reader> reads)
      : home_(home), reads_(std::move(reads)) {}

  outcome<storage::change_result> change(storage::account_change wanted) override {
    const std::lock_guard turn(home_.turn_);
    return home_.change(std::move(wanted));
  }
  storage::reader& reads() override { return *reads_; }
  void end_sessions(const account_id& whose, const error& why) override {
    const std::lock_guard turn(home_.turn_);
    home_.end_sessions(whose, why);
  }
  std::uint64_t now_ms() override { return home_.now; }
  outcome<std::unique_ptr<trace_watch>> trace(const trace_wanted& wanted) override {
    return home_.trace(wanted);
  }
  void audit(std::string_view event, std::span<const audit::field> fields) override {
    const std::lock_guard turn(home_.turn_);
    home_.audit(event, fields);
  }

 private:
  store_host& home_;
  std::unique_ptr<storage::reader> reads_;
};

outcome<std::unique_ptr<administration_host>> store_host::for_another_thread() {
  auto reads = store_->make_reader();
  if (!reads) return tl::unexpected(reads.error());
  return std::make_unique<guest>(*this, std::move(*reads));
}

void store_host::end_sessions(const account_id& whose, const error& why) {
  ended.emplace_back(whose, why);
}

void store_host::audit(std::string_view event, std::span<const audit::field> fields) {
  noted_event one{std::string(event), {}};
  for (const auto& field : fields) one.fields.emplace_back(field.name, field.value);
  noted.push_back(std::move(one));
}

account_id store_host::registers(const std::string& name) {
  storage::create_account made;
  made.account.id = account_id(counted_id(1, ++people_));
  made.account.name = name;
  made.account.name_key = name;
  made.account.name_skeleton = name;
  made.account.email = name + "@example.org";
  made.account.email_key = made.account.email;
  made.account.salt = "CANARY-salt";
  made.account.argon2 = {8192, 1};
  made.account.stored_auth_key = "CANARY-key";
  made.account.created_at_ms = now;
  made.device.id = device_id(counted_id(2, people_));
  made.device.account = made.account.id;
  made.device.name = name + "'s laptop";
  made.device.address = "192.0.2.1";
  made.device.stored_token = "CANARY-token";
  made.device.created_at_ms = now;
  made.seen = {"192.0.2.0/24", name + "'s laptop", now};
  made.code = storage::account_code{
      storage::code_purpose::confirm_email, "CANARY-code", now + 86'400'000, {}, {}};
  storage::outbox_mail mail;
  mail.id = storage::mail_id(counted_id(5, people_));
  mail.to = made.account.email;
  mail.kind = "confirm_email";
  mail.fields = {{"code", "CANARY-mailed"}};
  mail.written_at_ms = now;
  made.mails.push_back(mail);
  must(change(made));
  return made.account.id;
}

void store_host::says(const account_id& from, const account_id& to, const std::string& text) {
  const chat_id chat = direct_chat_id(from, to);
  std::vector<storage::message_change> changes;
  changes.emplace_back(storage::create_chat{chat, {from, to}});
  changes.emplace_back(storage::new_message{message_id(counted_id(4, ++said_)), chat, from,
                                            content_type::text, text});
  for (const auto& result : must(messages_->commit(std::move(changes), now))) must(result);
}

void store_host::broadcasts(const account_id& from, const std::string& text) {
  std::vector<storage::message_change> changes;
  changes.emplace_back(storage::new_broadcast{message_id(counted_id(6, ++said_)), from, text});
  for (const auto& result : must(messages_->commit(std::move(changes), now))) must(result);
}

storage::account_record store_host::account(const std::string& name) {
  const auto found = must(reads_->account_by_name(name));
  BOOST_REQUIRE(found);
  return *found;
}

outcome<std::vector<row>> rows_from(administration_host& host, const command& wanted) {
  std::vector<row> rows;
  const auto done = administration::execute(host, wanted, {1000, "test"}, [&](const row& told) {
    rows.push_back(told);
    return true;
  });
  if (!done) return tl::unexpected(done.error());
  return rows;
}

}  // namespace uod::test
