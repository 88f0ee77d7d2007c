#include "client/sealing/direct_chat.hpp"
#include "client/sealing/keyring.hpp"
#include "protocol/names.hpp"

/// Opening what others, and one's other devices, have sealed.
namespace uod::client {
namespace {

std::string message_label(const storage::read_message& read) {
  return "message " + to_text(read.chat) + " " + std::to_string(read.seq);
}

std::string_view searched(const content& what) {
  if (const auto* text = std::get_if<text_content>(&what)) return text->text;
  return std::get<file_content>(what).name;
}

}  // namespace

outcome<bool> keyring::trusts(const account_id& account, bytes_view fingerprint) {
  const auto known = trust_of(account, fingerprint);
  if (!known) return tl::unexpected(known.error());
  return *known == trust::pinned || *known == trust::verified;
}

void keyring::remember(const epoch_id& epoch, opened_key key) {
  if (keys_.size() >= keys_held_max) keys_.clear();
  keys_.insert_or_assign(epoch, std::move(key));
}

outcome<keyring::opened_key*> keyring::find_key(const epoch_id& epoch) {
  if (const auto there = keys_.find(epoch); there != keys_.end()) {
    auto& known = there->second;
    if (known.judged_in == judging_) return &known;
    const auto trusted = trusts(known.key.maker(), known.maker_fingerprint);
    if (!trusted) return tl::unexpected(trusted.error());
    known.is_trusted = *trusted;
    known.judged_in = judging_;
    return &known;
  }
  const auto kept = archive_->chat_key(epoch);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return nullptr;
  auto octets = open_local(key_label(epoch), (*kept)->sealed_key);
  if (!octets) return tl::unexpected(octets.error());
  auto key = chat_key::from((*kept)->chat, epoch, (*kept)->maker, std::move(*octets));
  if (!key) return tl::unexpected(key.error());
  const auto trusted = trusts((*kept)->maker, (*kept)->maker_fingerprint);
  if (!trusted) return tl::unexpected(trusted.error());
  remember(epoch, {std::move(*key), (*kept)->maker_fingerprint, *trusted, judging_});
  return &keys_.at(epoch);
}

outcome<std::set<epoch_id>> keyring::lacking(std::span<const message> messages) {
  std::set<epoch_id> epochs;
  for (const auto& each : messages) {
    const auto head = parse_sealed_message(each.body);
    if (!head || epochs.contains(head->epoch)) continue;
    const auto key = find_key(head->epoch);
    if (!key) return tl::unexpected(key.error());
    if (*key == nullptr) epochs.insert(head->epoch);
  }
  return epochs;
}

namespace {

/// What a record must be to be of this chat.
outcome<void> check_is_of(const chat_key_record& record, const chat_id& chat,
                          const account_id& myself) {
  if (record.about.chat != chat) return fail(errc::sealed_damaged, "a chat key of another chat");
  if (record.find(myself) == nullptr) return fail(errc::sealed_for_another);
  account_id partner = myself;
  for (const auto& each : record.members) {
    if (each.account != myself) partner = each.account;
  }
  const std::size_t expected = partner == myself ? 1 : 2;
  if (record.members.size() != expected || !is_chat_between(chat, myself, partner)) {
    return fail(errc::sealed_damaged, "a chat key for others than those whose chat it is");
  }
  return {};
}

}  // namespace

outcome<std::optional<chat_key_member>> keyring::lacking_maker(const chat_id& chat,
                                                               bytes_view record) {
  const auto parsed = parse_chat_key(record);
  if (!parsed) return tl::unexpected(parsed.error());
  if (auto good = check_is_of(*parsed, chat, account_); !good) {
    return tl::unexpected(good.error());
  }
  const auto* maker = parsed->find(parsed->about.maker);
  if (maker == nullptr) return fail(errc::sealed_damaged, "a chat key without its maker");
  const auto known = pinned(maker->account);
  if (!known) return tl::unexpected(known.error());
  if (*known && (*known)->fingerprint() == maker->fingerprint) return std::nullopt;
  return *maker;
}

outcome<void> keyring::take_record(const chat_id& chat, bytes_view record,
                                   const std::optional<identity_public>& maker) {
  if (!identity_) return fail(errc::identity_missing);
  const auto parsed = parse_chat_key(record);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto& about = parsed->about;
  if (auto good = check_is_of(*parsed, chat, account_); !good) return good;
  auto signer = pinned(about.maker);
  if (!signer) return tl::unexpected(signer.error());
  const auto* named = parsed->find(about.maker);
  if (!*signer || (*signer)->fingerprint() != named->fingerprint) *signer = maker;
  if (!*signer) return fail(errc::identity_missing, "whoever made a chat key");
  if (auto good = verify_chat_key(*parsed, **signer); !good) return good;
  auto key = open_chat_key(*parsed, account_, *identity_);
  if (!key) return tl::unexpected(key.error());
  const bytes fingerprint((*signer)->fingerprint().view());
  const auto trusted = trusts(about.maker, fingerprint);
  if (!trusted) return tl::unexpected(trusted.error());
  if (*trusted) {
    const auto sealed = seal_local(key_label(about.epoch), key->octets());
    if (!sealed) return tl::unexpected(sealed.error());
    auto kept = archive_->put_chat_key({about.epoch, chat, about.maker, fingerprint,
                                        about.previous_epoch, about.previous_count, *sealed});
    if (!kept) return kept;
  }
  remember(about.epoch, {std::move(*key), fingerprint, *trusted, judging_});
  return {};
}

opened_message keyring::open_one(const message& stored, storage::read_message& read) {
  opened_message told;
  told.stored = stored;
  const auto refuse = [&](const error& why) {
    told.trouble = why;
    return std::move(told);
  };
  const auto head = parse_sealed_message(stored.body);
  if (!head) return refuse(head.error());
  const auto key = find_key(head->epoch);
  if (!key) return refuse(key.error());
  if (*key == nullptr) return refuse(error{errc::chat_key_unknown});
  auto what = open_message((*key)->key, {stored.chat, stored.sender, stored.id}, stored.body);
  if (!what) return refuse(what.error());
  const auto plain = encode_content(*what);
  if (!plain) return refuse(plain.error());
  read = {.chat = stored.chat,
          .seq = stored.seq,
          .id = stored.id,
          .sender = stored.sender,
          .epoch = head->epoch,
          .counter = head->counter,
          .sent_at_ms = stored.sent_at_ms,
          .sealed_content = {},
          .is_doubtful = !(*key)->is_trusted};
  const auto sealed = seal_local(message_label(read), plain->view());
  if (!sealed) return refuse(sealed.error());
  read.sealed_content = *sealed;
  told.what = std::move(*what);
  return told;
}

outcome<std::vector<opened_message>> keyring::open_messages(std::span<const message> messages) {
  std::vector<opened_message> opened;
  std::vector<storage::read_message> readable;
  std::vector<std::size_t> places;
  opened.reserve(messages.size());
  ++judging_;
  for (const auto& each : messages) {
    storage::read_message read;
    opened.push_back(open_one(each, read));
    if (!opened.back().what) continue;
    readable.push_back(std::move(read));
    places.push_back(opened.size() - 1);
  }
  const auto verdicts = archive_->keep(readable);
  if (!verdicts) return tl::unexpected(verdicts.error());
  for (std::size_t at = 0; at < places.size(); ++at) {
    auto& told = opened[places[at]];
    const auto& verdict = (*verdicts)[at];
    told.missing_before = verdict.missing;
    // What was read by a key that was pinned then stays what it was; what was doubtful is not any
    // more once that key is confirmed.
    told.is_key_trusted = !verdict.is_doubtful || !readable[at].is_doubtful;
    told.is_misplaced = verdict.place == storage::message_place::misplaced;
    if (told.is_misplaced || verdict.place == storage::message_place::good) continue;
    told.what.reset();
    told.trouble = error{errc::sealed_damaged,
                         verdict.place == storage::message_place::replayed
                             ? "the server shows a message again that stands elsewhere"
                             : "the server shows messages in another order than they were sent in"};
  }
  return opened;
}

outcome<void> keyring::search(
    const std::string& part,
    const std::function<bool(const storage::read_message&, const content&)>& found) {
  const std::string wanted = folded_text(part);
  return archive_->for_each([&](const storage::read_message& read) {
    const auto plain = open_local(message_label(read), read.sealed_content);
    if (!plain) return true;  // of an earlier log-in, or damaged: it is at the server still
    const auto what = parse_content(plain->view());
    if (!what) return true;
    if (folded_text(searched(*what)).find(wanted) == std::string::npos) return true;
    return found(read, *what);
  });
}

}  // namespace uod::client
