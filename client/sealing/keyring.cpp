#include "client/sealing/keyring.hpp"

#include "protocol/names.hpp"
#include "protocol/sealing/sealed_blob.hpp"

/// One's own identity, and whom to trust. Sending is in keyring_sending.cpp, reading in
/// keyring_reading.cpp.
namespace uod::client {
namespace {

constexpr const char* account_fact = "account";
constexpr const char* identity_fact = "identity";
constexpr const char* former_fact = "former identities";  ///< fingerprints, the oldest first

}  // namespace

std::string keyring::key_label(const epoch_id& epoch) { return "chat key " + to_text(epoch); }

outcome<keyring> keyring::open(const std::filesystem::path& file, const account_id& account,
                               bytes_view key) {
  auto archive = storage::open_local_archive(file);
  if (!archive) return tl::unexpected(archive.error());
  keyring opened(account, secret_bytes::copy_of(key), std::move(*archive));
  // Something that only this key opens: a wrong one shows before anything is done with it.
  const auto known = opened.archive_->fact(account_fact);
  if (!known) return tl::unexpected(known.error());
  if (!*known) {
    const auto sealed = opened.seal_local(account_fact, account.view());
    if (!sealed) return tl::unexpected(sealed.error());
    if (auto kept = opened.archive_->put_fact(account_fact, *sealed); !kept) {
      return tl::unexpected(kept.error());
    }
    return opened;
  }
  const auto whose = opened.open_local(account_fact, **known);
  if (!whose || whose->view() != account.view()) {
    return fail(errc::sealed_damaged, file.string() + " was kept for another log-in");
  }
  const auto kept = opened.archive_->fact(identity_fact);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return opened;
  const auto octets = opened.open_local(identity_fact, **kept);
  if (!octets) return tl::unexpected(octets.error());
  auto identity = identity_private::parse(octets->view());
  if (!identity) return tl::unexpected(identity.error());
  opened.identity_ = std::move(*identity);
  return opened;
}

outcome<void> keyring::adopt(identity_private identity) {
  const auto octets = identity.octets();
  if (!octets) return tl::unexpected(octets.error());
  if (identity_ && identity_->public_half().fingerprint() != identity.public_half().fingerprint()) {
    const auto former = note(former_fact);
    if (!former) return tl::unexpected(former.error());
    bytes all(former->view());
    all.append(identity_->public_half().fingerprint().view());
    if (auto kept = keep_note(former_fact, all); !kept) return kept;
  }
  const auto sealed = seal_local(identity_fact, octets->view());
  if (!sealed) return tl::unexpected(sealed.error());
  if (auto kept = archive_->put_fact(identity_fact, *sealed); !kept) return kept;
  identity_ = std::move(identity);
  return {};
}

outcome<bool> keyring::was_own(bytes_view fingerprint) {
  const auto former = note(former_fact);
  if (!former) return tl::unexpected(former.error());
  for (auto rest = former->view(); rest.size() >= fingerprint.size() && !fingerprint.empty();
       rest.remove_prefix(fingerprint.size())) {
    if (rest.starts_with(fingerprint)) return true;
  }
  return false;
}

outcome<void> keyring::keep_note(const std::string& name, bytes_view octets) {
  if (octets.empty()) return archive_->put_fact(name, {});
  const auto sealed = seal_local(name, octets);
  if (!sealed) return tl::unexpected(sealed.error());
  return archive_->put_fact(name, *sealed);
}

outcome<secret_bytes> keyring::note(const std::string& name) {
  const auto kept = archive_->fact(name);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept || (*kept)->empty()) return secret_bytes{};
  return open_local(name, **kept);
}

outcome<trust> keyring::trust_of(const account_id& peer, bytes_view fingerprint) {
  if (peer == account_) {
    const bool own = identity_ && identity_->public_half().fingerprint().view() == fingerprint;
    return own ? trust::verified : trust::changed;
  }
  const auto known = archive_->peer(peer);
  if (!known) return tl::unexpected(known.error());
  if (!*known) return trust::unknown;
  if ((*known)->fingerprint != fingerprint) return trust::changed;
  return (*known)->verified ? trust::verified : trust::pinned;
}

outcome<trust> keyring::trust_of(const member& peer) {
  const auto known = trust_of(peer.id, peer.identity);
  const auto name = parse_name(peer.name);
  // What is left of somebody who has deleted their account goes by another name.
  if (!known || *known == trust::changed || peer.id == account_ || !name ||
      is_reserved_name(*name)) {
    return known;
  }
  const auto called = archive_->peer_called(name->key);
  if (!called) return tl::unexpected(called.error());
  if (*called && (*called)->account != peer.id) return trust::changed;
  const auto met = archive_->peer(peer.id);
  if (!met) return tl::unexpected(met.error());
  const bool renamed = *met && !(*met)->name_key.empty() && (*met)->name_key != name->key;
  return renamed ? trust::changed : *known;
}

outcome<std::optional<std::string>> keyring::known_name(const account_id& peer) {
  const auto known = archive_->peer(peer);
  if (!known) return tl::unexpected(known.error());
  if (!*known || (*known)->name_key.empty()) return std::nullopt;
  return (*known)->name;
}

outcome<std::optional<identity_public>> keyring::pinned(const account_id& peer) {
  if (peer == account_) {
    if (!identity_) return std::nullopt;
    return identity_->public_half();
  }
  const auto known = archive_->peer(peer);
  if (!known) return tl::unexpected(known.error());
  if (!*known) return std::nullopt;
  auto key = identity_public::parse((*known)->public_key);
  if (!key) return tl::unexpected(key.error());
  return std::move(*key);
}

outcome<void> keyring::pin(const account_id& peer, const std::string& name,
                           const identity_public& key, bool confirmed) {
  const auto known = trust_of(member{peer, name, 0, 0, bytes(key.fingerprint().view())});
  if (!known) return tl::unexpected(known.error());
  if (*known == trust::changed && !confirmed) return fail(errc::identity_changed, name);
  const auto parsed = parse_name(name);
  const bool is_name = parsed && !is_reserved_name(*parsed);
  return archive_->put_peer({peer, name, is_name ? parsed->key : std::string{}, key.octets(),
                             bytes(key.fingerprint().view()),
                             confirmed || *known == trust::verified});
}

outcome<std::string> keyring::safety_number_with(const account_id& peer,
                                                 const key_fingerprint& fingerprint) const {
  if (!identity_) return fail(errc::identity_missing);
  return safety_number({account_, identity_->public_half().fingerprint()}, {peer, fingerprint});
}

outcome<bytes> keyring::seal_local(const std::string& label, bytes_view plaintext) const {
  return seal_blob(key_.view(), label, plaintext);
}

outcome<secret_bytes> keyring::open_local(const std::string& label, bytes_view sealed) const {
  return open_blob(key_.view(), label, sealed);
}

}  // namespace uod::client
