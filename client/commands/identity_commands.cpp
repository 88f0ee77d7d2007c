#include "client/commands/commands.hpp"
#include "client/commands/names.hpp"
#include "client/commands/own_account.hpp"
#include "client/commands/own_identity.hpp"
#include "client/commands/sealed_talk.hpp"
#include "client/commands/secrets.hpp"
#include "protocol/sealing/recovery_code.hpp"

/// One's own identity key, and whose are verified.
namespace uod::client {
namespace {

/// Stretches the password of whoever is logged in.
outcome<password_keys> keys_from(context& with, conversation& talk, std::string password) {
  say_deriving(with);
  const auto learnt = std::make_shared<password_keys>();
  const auto derived = talk.await<done>([&](answer<done> then) {
    talk.talk().derive_keys(std::move(password), std::move(then), learnt);
  });
  if (!derived) return tl::unexpected(derived.error());
  return std::move(*learnt);
}

/// The number that a person was shown last for somebody: that one is compared, so that one alone is
/// confirmed, and not what the server says by then.
class shown_number {
 public:
  shown_number(keyring& ring, const account_id& peer, const key_fingerprint& fingerprint)
      : ring_(ring), name_("number shown of " + to_text(peer)), now_(fingerprint.view()) {}

  [[nodiscard]] outcome<void> keep() const { return ring_.keep_note(name_, now_); }
  [[nodiscard]] outcome<void> forget() const { return ring_.keep_note(name_, {}); }
  /// Whether it is the number of another key. Where none was shown, a person may have compared it
  /// on another screen.
  [[nodiscard]] outcome<bool> is_another() const {
    const auto before = ring_.note(name_);
    if (!before) return tl::unexpected(before.error());
    return !before->view().empty() && before->view() != now_;
  }

 private:
  keyring& ring_;
  std::string name_;
  bytes now_;
};

outcome<void> confirm(keyring& ring, const member& peer, const identity_public& key,
                      const shown_number& shown) {
  const auto another = shown.is_another();
  if (!another) return tl::unexpected(another.error());
  if (*another) {
    return fail(errc::identity_changed,
                peer.name +
                    ": this is another key than the one whose number was shown here; "
                    "compare it first: uod contacts verify " +
                    peer.name);
  }
  if (auto pinned = ring.pin(peer.id, peer.name, key, true); !pinned) return pinned;
  return shown.forget();
}

}  // namespace

outcome<void> run(context& with, const identity_recover_arguments& what) {
  const auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  auto code = get_recovery_code(with, what.code_stdin);
  if (!code) return tl::unexpected(code.error());
  auto password = get_password(with, "Password for " + kept->user + ": ", what.password_stdin);
  if (!password) return tl::unexpected(password.error());
  auto result = as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto keys = keys_from(with, talk, std::move(*password));
    if (!keys) return tl::unexpected(keys.error());
    auto ring = fresh_keyring(with, me);
    if (!ring) return tl::unexpected(ring.error());
    if (auto done = recover_own_identity(talk, *ring, code->view(), *keys); !done) return done;
    with.status.say("the identity key is back: stored messages can be read here again");
    return {};
  });
  wipe(*password);
  return result;
}

outcome<void> run(context& with, const identity_renew_arguments& what) {
  const auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  if (!what.yes) {
    return fail(errc::usage,
                "with a new identity key nobody, not even you, can open what was sealed for the "
                "old one, and your contacts are warned; if that is what you want: "
                "uod identity renew --yes");
  }
  auto password = get_password(with, "Password for " + kept->user + ": ", what.password_stdin);
  if (!password) return tl::unexpected(password.error());
  auto result = as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto keys = keys_from(with, talk, std::move(*password));
    if (!keys) return tl::unexpected(keys.error());
    auto ring = fresh_keyring(with, me);
    if (!ring) return tl::unexpected(ring.error());
    if (auto made = make_own_identity(with, talk, *ring, me.user, *keys); !made) return made;
    with.status.say("the identity key is a new one; your contacts have to confirm it");
    return {};
  });
  wipe(*password);
  return result;
}

outcome<void> run(context& with, const contacts_verify_arguments& what) {
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    auto ring = open_keyring(with, me);
    if (!ring) return tl::unexpected(ring.error());
    const auto chat = open_chat_with(talk, me.secret.account, what.name);
    if (!chat) return tl::unexpected(chat.error());
    for (const auto& each : chat->members) {
      if (each.id == me.secret.account) continue;
      if (each.identity.empty()) return fail(errc::identity_missing, each.name);
      const auto key = find_key(talk, each.id, each.identity);
      if (!key) return tl::unexpected(key.error());
      const auto shown = shown_number(*ring, each.id, key->fingerprint());
      if (what.confirm) {
        if (auto done = confirm(*ring, each, *key, shown); !done) return done;
      } else if (auto noted = shown.keep(); !noted) {
        return noted;
      }
      const auto state = ring->trust_of(each);
      if (!state) return tl::unexpected(state.error());
      const auto number = ring->safety_number_with(each.id, key->fingerprint());
      if (!number) return tl::unexpected(number.error());
      with.rows.show(terminal::safety_number_row{
          each.name, show_safety_number(*number), safety_number_for_scanning(*number),
          *state == trust::verified, *state == trust::changed});
      if (!what.confirm)
        with.status.say("if " + each.name + " sees the same number: uod contacts verify " +
                        each.name + " --confirm");
      return {};
    }
    return fail(errc::not_allowed, "there is nothing to verify with oneself");
  });
}

}  // namespace uod::client
