#pragma once

#include <memory>
#include <vector>

#include "storage/sqlite_chat_positions.hpp"
#include "storage/sqlite_engine.hpp"

namespace uod::storage::sqlite {

/// Rows of a page, whatever was asked for; also what 0 stands for.
inline constexpr std::uint32_t page_rows_max = 500;
/// Unread messages are counted up to here: beyond it, nobody reads the number.
inline constexpr std::uint64_t unread_counted_max = 10'000;

/// Bounds a page: 0 and too much become the most there is.
inline std::uint32_t page_rows(std::uint32_t limit) {
  return limit == 0 || limit > page_rows_max ? page_rows_max : limit;
}

/// An account of a row of the columns that every query of accounts begins with.
account_record account_of(const rows& row);

/// The reads, on a read-only connection of their own. By subject: accounts, chats, messages, the
/// home page, what is sealed, administration (sqlite_reader_*.cpp).
class sqlite_reader final : public reader {
 public:
  explicit sqlite_reader(std::shared_ptr<engine> shared);

  outcome<std::optional<account_record>> account_by_name(const std::string& name_key) override;
  outcome<std::optional<account_record>> account_by_id(const account_id& id) override;
  outcome<std::optional<device_record>> device(const device_id& id) override;
  outcome<std::vector<device_record>> devices(const account_id& account) override;
  outcome<name_page> search(const std::string& part, const std::string& after_key,
                            std::uint32_t limit) override;
  outcome<contact_page> contacts(const account_id& owner, const std::string& after_key,
                                 std::uint32_t limit) override;
  outcome<std::vector<contact_row>> mutual_contacts(const account_id& owner) override;

  outcome<chat_info> chat(const chat_id& chat, const account_id& viewer) override;
  outcome<chat_page> chats(const account_id& viewer, const std::string& after,
                           std::uint32_t limit) override;

  outcome<message_page> history(const account_id& viewer, const fetch_history& query,
                                std::size_t page_bytes_max) override;
  outcome<feed_page> feed(const account_id& account, std::uint64_t after_position,
                          std::uint32_t limit, std::size_t page_bytes_max) override;
  outcome<std::uint64_t> undelivered_position(const account_id& account) override;
  outcome<std::uint64_t> last_position() override;

  outcome<home_page> home(const fetch_home& query, std::size_t page_bytes_max) override;
  outcome<home_page> home_behind(std::uint64_t after_seq, std::uint32_t limit,
                                 std::size_t page_bytes_max) override;
  outcome<std::uint64_t> last_broadcast() override;

  outcome<identity_shown> own_identity(const account_id& account) override;
  outcome<identity_found> identity(const find_identity& query) override;
  outcome<std::vector<bytes>> chat_keys(const account_id& viewer,
                                        const fetch_chat_keys& query) override;

  outcome<log_in_facts> facts_for(const std::string& name_key, const std::string& network) override;
  outcome<std::vector<location_record>> locations(const account_id& account) override;
  outcome<std::vector<outbox_row>> due_mails(std::uint64_t now_ms, std::uint32_t limit) override;
  outcome<std::optional<std::uint64_t>> next_mail_due() override;
  outcome<outbox_counts> count_outbox() override;
  outcome<account_page> accounts(const std::string& after_key, std::uint32_t limit) override;
  outcome<lock_state> name_lock(const std::string& name_key) override;
  outcome<premium_code_page> premium_codes(const std::optional<code_id>& after,
                                           std::uint32_t limit) override;
  outcome<outbox_page> outbox(std::uint64_t after, std::uint32_t limit) override;

 private:
  /// A chat as the rows of one of its members have it.
  struct chat_row {
    std::int64_t key = 0;
    chat_id id;
    std::int64_t viewer_key = 0;
    std::uint64_t last_seq = 0;
    std::uint64_t last_position = 0;
    std::string tail;
    std::uint64_t read_seq = 0;
    std::uint64_t others_last_seq = 0;  ///< behind it there is only what the viewer has sent
  };
  /// Where a chat stands in the merge of a feed.
  struct feed_source {
    const chat_row* chat = nullptr;
    chat_positions positions;
    std::uint64_t seq = 0;
    std::uint64_t position = 0;
  };

  lock_state lock(const std::string& subject);
  void fill_fields(std::int64_t mail_key, outbox_mail& mail);

  std::optional<std::int64_t> key_of(const account_id& account);
  std::optional<chat_row> find_chat(const chat_id& chat, const account_id& viewer);
  std::vector<chat_row> chats_behind(std::int64_t account_key, std::uint64_t position);
  std::vector<member> members_of(std::int64_t chat_key);
  chat_info info_of(const chat_row& chat);

  std::uint64_t count_unread(const chat_row& chat);
  chat_positions positions_of(const chat_row& chat);
  message message_at(std::uint64_t position, const chat_row& chat, std::uint64_t seq);
  std::int64_t sender_at(std::uint64_t position);
  std::uint64_t newest_position(const chat_row& chat, std::uint64_t snapshot);
  std::uint64_t last_position_now();
  std::vector<feed_source> feed_sources(const std::vector<chat_row>& chats, std::uint64_t position);

  std::shared_ptr<engine> shared_;
  connection connection_;

  statement account_by_name_;
  statement account_by_id_;
  statement device_;
  statement devices_;
  statement search_;
  statement contacts_;
  statement mutual_contacts_;
  statement account_key_;
  statement chat_;
  statement chats_behind_;
  statement members_;
  statement run_;
  statement message_at_;
  statement sender_at_;
  statement lagging_chats_;
  statement last_position_;
  statement newest_broadcasts_;
  statement oldest_broadcasts_;
  statement last_broadcast_;
  statement own_identity_;
  statement identity_;
  statement chat_key_;
  statement lock_;
  statement locations_;
  statement due_mails_;
  statement next_mail_due_;
  statement count_outbox_;
  statement outbox_;
  statement mail_fields_;
  statement accounts_;
  statement premium_codes_;
};

}  // namespace uod::storage::sqlite
