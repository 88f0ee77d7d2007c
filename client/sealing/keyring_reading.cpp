#include <algorithm>
#include <cctype>

#include "client/sealing/keyring.hpp"
#include "protocol/names.hpp"

/// Opening what others, and one's other devices, have sealed.
namespace uod::client {
namespace {

std::string key_label(const epoch_id& epoch) { return "chat key " + to_text(epoch); }

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
  if (*known == trust::pinned || *known == trust::verified) return true;
  if (account == account_) return false;
  return archive_->was_pinned(account, bytes(fingerprint));
}

outcome<keyring::opened_key*> keyring::find_key(const epoch_id& epoch) {
  const auto there = keys_.find(epoch);
  if (there != keys_.end()) return &there->second;
  const auto kept = archive_->chat_key(epoch);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return nullptr;
  auto octets = open_local(key_label(epoch), (*kept)->sealed_key);
  if (!octets) return tl::unexpected(octets.error());
  auto key = chat_key::from((*kept)->chat, epoch, (*kept)->maker, std::move(*octets));
  if (!key) return tl::unexpected(key.error());
  const auto trusted = trusts((*kept)->maker, (*kept)->maker_fingerprint);
  if (!trusted) return tl::unexpected(trusted.error());
  return &keys_.insert_or_assign(epoch, opened_key{std::move(*key), *trusted}).first->second;
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

outcome<std::optional<chat_key_member>> keyring::lacking_maker(bytes_view record) {
  const auto parsed = parse_chat_key(record);
  if (!parsed) return tl::unexpected(parsed.error());
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
  if (about.chat != chat) return fail(errc::sealed_damaged, "a chat key of another chat");
  auto signer = pinned(about.maker);
  if (!signer) return tl::unexpected(signer.error());
  const auto* named = parsed->find(about.maker);
  if (!*signer || (*signer)->fingerprint() != named->fingerprint) *signer = maker;
  if (!*signer) return fail(errc::identity_missing, "whoever made a chat key");
  if (auto good = verify_chat_key(*parsed, **signer); !good) return good;
  auto key = open_chat_key(*parsed, account_, *identity_);
  if (!key) return tl::unexpected(key.error());
  const auto sealed = seal_local(key_label(about.epoch), key->octets());
  if (!sealed) return tl::unexpected(sealed.error());
  return archive_->put_chat_key({about.epoch, chat, about.maker,
                                 bytes((*signer)->fingerprint().view()), about.previous_epoch,
                                 about.previous_count, *sealed});
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
          .sealed_content = {}};
  const auto sealed = seal_local(message_label(read), plain->view());
  if (!sealed) return refuse(sealed.error());
  read.sealed_content = *sealed;
  told.what = std::move(*what);
  told.is_key_trusted = (*key)->is_trusted;
  return told;
}

outcome<std::vector<opened_message>> keyring::open_messages(std::span<const message> messages) {
  std::vector<opened_message> opened;
  std::vector<storage::read_message> readable;
  std::vector<std::size_t> places;
  opened.reserve(messages.size());
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
