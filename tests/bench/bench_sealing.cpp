// Method. One thread seals, or opens, a text of 128 octets over and over; what was opened is
// compared with what was sealed. Ours, libsodium's crypto_box_seal (X25519, XSalsa20-Poly1305) and
// OpenSSL's CMS (RSA-3072 with OAEP, AES-256-GCM) take turns. Keys are made before the clock
// starts.
//
// The three do not give the same. A box and a CMS message have a key of their own each, need no
// state and name no sender; ours share a chat key, which is made once an epoch (10,000 messages or
// a week), and bind chat, sender, id and place in the count. So the chat key stands below in rows
// of its own, for two members: making it is one signature and two wrappings, taking it is parsing
// the record, verifying that signature and unwrapping. Whoever writes one message an epoch pays
// both.
//
// Ratios compare CPU time with the box and with CMS: 1.00 means as cheap, 2.00 half as dear.
#include "tests/bench/bench_sealing.hpp"

#include "protocol/sealing/sealed_message.hpp"
#include "tests/bench/bare_sealing.hpp"
#include "tests/bench/measure.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t text_octets = 128;
constexpr int batch = 16;  // between two looks at the clock

template <class Id>
Id numbered(std::uint8_t number) {
  Id id;
  id.octets[15] = number;
  return id;
}

const account_id alice = numbered<account_id>(1);
const account_id bob = numbered<account_id>(2);
const message_id first = numbered<message_id>(4);

void expect(bool same) {
  if (!same) throw std::runtime_error("what was opened is not what was sealed");
}

/// Two people and what they have from each other.
struct chat {
  identity_private alices = must(make_identity(), "a key");
  identity_private bobs = must(make_identity(), "a key");
  chat_key_about about{
      numbered<chat_id>(3), numbered<epoch_id>(5), alice, 1'700'000'000'000, {}, 0};
  std::vector<chat_member> members{{alice, alices.public_half()}, {bob, bobs.public_half()}};

  [[nodiscard]] made_chat_key make_key() const {
    return must(make_chat_key(about, members, alices), "a chat key");
  }
  [[nodiscard]] chat_key take_key(bytes_view octets) const {
    const auto record = must(parse_chat_key(octets), "a record");
    must(verify_chat_key(record, alices.public_half()), "a signature");
    return must(open_chat_key(record, bob, bobs), "a chat key");
  }
};

template <class Step>
work repeated(double seconds, Step step) {
  return [seconds, step] {
    return run_for(seconds, [&] {
      for (int at = 0; at < batch; ++at) step();
      return batch;
    });
  };
}

void add(report& out, const std::string& name, const sample& measured, std::size_t octets,
         const sample& box, const sample& cms) {
  out.add(name, {{"messages_per_s", measured.per_s, 0},
                 {"cpu_us_per_message", measured.cpu_us, 2},
                 {"octets_on_the_wire", static_cast<double>(octets), 0},
                 {"ratio_to_box", box.cpu_us / measured.cpu_us, 2},
                 {"ratio_to_cms", cms.cpu_us / measured.cpu_us, 2}});
}

void bench_messages(report& out, double seconds, const chat& with) {
  const bytes text(text_octets, 'x');
  const content what = text_content{text};
  const auto made = with.make_key();
  const auto bobs = with.take_key(made.record);
  const message_origin said{with.about.chat, alice, first};
  const sodium_box box;
  const openssl_cms cms;
  std::uint32_t counter = 0;
  const auto seal = [&] {
    counter = counter % messages_per_epoch_max + 1;
    return must(seal_message(made.key, first, counter, what), "sealing");
  };
  const bytes ours = seal();
  const bytes boxed = box.seal(text);
  const bytes enveloped = cms.seal(text);
  const auto results = compare({
      repeated(seconds, [&] { expect(box.seal(text).size() == boxed.size()); }),
      repeated(seconds, [&] { expect(cms.seal(text).size() == enveloped.size()); }),
      repeated(seconds, [&] { expect(seal().size() == ours.size()); }),
      repeated(seconds, [&] { expect(box.open(boxed) == text); }),
      repeated(seconds, [&] { expect(cms.open(enveloped) == text); }),
      repeated(seconds,
               [&] {
                 const auto opened = must(open_message(bobs, said, ours), "opening");
                 expect(std::get<text_content>(opened).text == text);
               }),
  });
  add(out, "libsodium crypto_box_seal", results[0], boxed.size(), results[0], results[1]);
  add(out, "OpenSSL CMS_encrypt", results[1], enveloped.size(), results[0], results[1]);
  add(out, "seal_message", results[2], ours.size(), results[0], results[1]);
  add(out, "libsodium crypto_box_seal_open", results[3], boxed.size(), results[3], results[4]);
  add(out, "OpenSSL CMS_decrypt", results[4], enveloped.size(), results[3], results[4]);
  add(out, "open_message", results[5], ours.size(), results[3], results[4]);
}

void bench_chat_keys(report& out, double seconds, const chat& with) {
  const auto made = with.make_key();
  const auto results = compare({
      repeated(seconds, [&] { expect(with.make_key().record.size() == made.record.size()); }),
      repeated(seconds, [&] { expect(with.take_key(made.record).octets() == made.key.octets()); }),
  });
  const auto row = [&](const char* name, const sample& measured) {
    out.add(name, {{"chat_keys_per_s", measured.per_s, 0},
                   {"cpu_us_per_key", measured.cpu_us, 0},
                   {"octets_on_the_wire", static_cast<double>(made.record.size()), 0}});
  };
  row("chat key for two, made", results[0]);
  row("chat key for two, verified and opened", results[1]);
}

}  // namespace

void bench_sealing(report& out, double seconds) {
  out.begin_part("sealing",
                 "a text of 128 octets, one thread, no socket; medians of three runs; ratios of "
                 "CPU time.");
  progress("sealing: making keys");
  const chat with;
  progress("sealing: messages");
  bench_messages(out, seconds, with);
  progress("sealing: chat keys");
  bench_chat_keys(out, seconds, with);
}

}  // namespace uod::bench
