#include "protocol/crypto_aead.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <new>

namespace uod {
namespace {

const unsigned char* raw(bytes_view octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

unsigned char* raw(char* octets) { return reinterpret_cast<unsigned char*>(octets); }

int length_of(bytes_view octets) { return static_cast<int>(octets.size()); }

const EVP_CIPHER* cipher() {
  // Looked up once a process and kept until its end.
  static const EVP_CIPHER* const found = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  if (found == nullptr) throw std::bad_alloc();
  return found;
}

tl::unexpected<error> damaged() {
  // TLS, on the same thread, takes what is left in the queue for its own.
  ERR_clear_error();
  return fail(errc::sealed_damaged);
}

}  // namespace

void aead_key::release::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);  // wipes the key schedule
}

outcome<aead_key> aead_key::from(bytes_view key) {
  if (key.size() != aead_key_octets) return fail(errc::internal, "a key of another length");
  context_ptr sealing(EVP_CIPHER_CTX_new());
  context_ptr opening(EVP_CIPHER_CTX_new());
  if (!sealing || !opening ||
      EVP_EncryptInit_ex2(sealing.get(), cipher(), raw(key), nullptr, nullptr) != 1 ||
      EVP_DecryptInit_ex2(opening.get(), cipher(), raw(key), nullptr, nullptr) != 1) {
    throw std::bad_alloc();
  }
  return aead_key(std::move(sealing), std::move(opening));
}

outcome<bytes> aead_key::seal(bytes head, bytes_view nonce, bytes_view bound,
                              bytes_view plaintext) const {
  if (nonce.size() != aead_nonce_octets) return fail(errc::internal, "a nonce of another length");
  if (plaintext.size() > aead_plaintext_octets_max) return fail(errc::too_large);
  head.reserve(head.size() + aead_overhead_octets + plaintext.size());
  head.append(nonce);
  const std::size_t at = head.size();
  head.resize(at + plaintext.size() + aead_tag_octets);

  EVP_CIPHER_CTX* const context = sealing_.get();
  char* const ciphertext = head.data() + at;
  char* const tag = ciphertext + plaintext.size();
  int written = 0;
  if (EVP_EncryptInit_ex2(context, nullptr, nullptr, raw(nonce), nullptr) != 1 ||
      EVP_EncryptUpdate(context, nullptr, &written, raw(bound), length_of(bound)) != 1 ||
      EVP_EncryptUpdate(context, raw(ciphertext), &written, raw(plaintext), length_of(plaintext)) !=
          1 ||
      EVP_EncryptFinal_ex(context, raw(tag), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, aead_tag_octets, tag) != 1) {
    ERR_clear_error();
    return fail(errc::internal, "AES-GCM");
  }
  return head;
}

outcome<secret_bytes> aead_key::open(bytes_view sealed, bytes_view bound) const {
  if (sealed.size() < aead_overhead_octets ||
      sealed.size() > aead_plaintext_octets_max + aead_overhead_octets) {
    return damaged();
  }
  const bytes_view nonce = sealed.substr(0, aead_nonce_octets);
  const bytes_view ciphertext =
      sealed.substr(aead_nonce_octets, sealed.size() - aead_overhead_octets);
  // It is only read; the interface is older than const.
  auto* const tag = const_cast<char*>(sealed.data() + sealed.size() - aead_tag_octets);

  EVP_CIPHER_CTX* const context = opening_.get();
  // One octet more, so that there is a place to point to when there is no plaintext.
  auto plaintext = secret_bytes::zeros(ciphertext.size() + 1);
  int written = 0;
  if (EVP_DecryptInit_ex2(context, nullptr, nullptr, raw(nonce), nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, aead_tag_octets, tag) != 1 ||
      EVP_DecryptUpdate(context, nullptr, &written, raw(bound), length_of(bound)) != 1 ||
      EVP_DecryptUpdate(context, raw(plaintext.data()), &written, raw(ciphertext),
                        length_of(ciphertext)) != 1 ||
      EVP_DecryptFinal_ex(context, raw(plaintext.data() + ciphertext.size()), &written) != 1) {
    return damaged();
  }
  plaintext.cut(ciphertext.size());
  return plaintext;
}

}  // namespace uod
