#include "actors/authenticator_parts.hpp"
#include "protocol/crypto_identity.hpp"
#include "protocol/sealing/sealed_identity.hpp"

/// Identities.
namespace uod::authenticator_parts {

void store_identity(self_pointer self, done_promise promise, const put_identity_at& asked) {
  with_password(
      self, promise, asked.owner, asked.request.auth_key,
      [self, promise, asked](const storage::account_record& account, const scene& at) mutable {
        // Read only now: it costs something, and passwords are counted.
        const auto key = identity_public::parse(asked.request.public_key);
        if (!key) return refuse(promise, error{errc::malformed, "public_key"});
        if (asked.request.sealed_by_password.empty()) {
          return refuse(promise, error{errc::malformed, "sealed_by_password"});
        }
        if (asked.request.sealed_by_password.size() > sealed_identity_octets_max ||
            asked.request.sealed_by_recovery.size() > sealed_identity_octets_max) {
          return refuse(promise, error{errc::too_large, "a sealed identity"});
        }
        storage::set_identity wanted;
        wanted.account = account.id;
        wanted.expected_auth_key = account.stored_auth_key;
        wanted.fingerprint = bytes{key->fingerprint().view()};
        wanted.public_key = asked.request.public_key;
        wanted.sealed_by_password = asked.request.sealed_by_password;
        wanted.sealed_by_recovery = asked.request.sealed_by_recovery;
        wanted.now_ms = at.now_ms;
        wanted.mails.push_back(identity_replaced_mail(account, at));
        change(self, promise, std::move(wanted),
               [promise, owner = asked.owner](const storage::change_result& told) mutable {
                 if (told.identity_replaced) {
                   note("account.identity_replaced", owner.account, owner.from);
                 }
                 promise.deliver(answered<nothing>{nothing{}});
               });
      });
}

}  // namespace uod::authenticator_parts
