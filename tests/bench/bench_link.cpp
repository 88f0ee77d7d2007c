// Method. Both ends of a connection live in this thread; octets go from one end's output to the
// other end's input, so only computing is measured: no socket, no kernel, no second thread.
//
// Frames: 128 octets of payload, client to server. A batch is queued, pumped (one TLS record as
// long as it fits), received, and counted by the sink. Bare OpenSSL carries as many octets as the
// link's plaintext has (payload, frame header, segment header), through SSL_write, a memory BIO
// pair and SSL_read: one record a batch or one record a frame. What the link adds over it is
// segments, frame ids, the replay window and one allocation a frame; the row with the codec adds
// Protobuf there and back.
//
// Handshakes: both sides in this thread, key shares and signatures included, up to and with the
// client's ticket. The server's share is timed apart, because servers are what many meet at once.
// Its figure includes what the link does at a handshake's end (two exporter secrets).
//
// Ratios compare CPU time: 1.00 means as cheap as bare, 0.50 twice as dear.
#include "tests/bench/bench_link.hpp"

#include <ctime>

#include "protocol/codec.hpp"
#include "protocol/password.hpp"
#include "protocol/wire.hpp"
#include "tests/bench/bare_tls.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t payload_bytes = 128;
constexpr std::size_t frame_bytes = payload_bytes + frame_header_bytes + segment_header_bytes;
constexpr int batch_frames = 64;  // 9.4 kB: fills most of a record
constexpr std::size_t frame_bytes_max = 64 * 1024;
constexpr std::size_t pump_bytes_max = 64 * 1024;

tls_identity identity_of(key_kind kind) {
  return must(make_tls_identity(kind, "uod-bench", std::time(nullptr)), "making a key");
}

/// Counts frames; with the codec it also reads each.
class counting_sink final : public frame_sink {
 public:
  explicit counting_sink(bool decode) : decode_(decode) {}

  void on_frame(bytes_view payload) override {
    ++frames;
    if (decode_) must(decode_client_message(payload), "decoding");
  }
  void on_replay(const frame_id& id) override {
    throw std::runtime_error("a replay where none was: " + to_text(id));
  }
  int frames = 0;

 private:
  bool decode_;
};

/// Both sides' contexts of our link.
class our_tls {
 public:
  explicit our_tls(const tls_identity& identity)
      : server_(must(tls_context::server(identity, random_bytes(ticket_key_octets)), "server")),
        client_(must(tls_context::client({}), "client")) {}

  struct connection {
    wire client;
    wire server;
    double server_cpu_s = 0;
  };
  connection connect(bool resume) {
    connection made{wire(client_, link_side::client, frame_bytes_max, resume ? session_ : bytes{}),
                    wire(server_, link_side::server, frame_bytes_max), 0};
    counting_sink nothing(false);
    bytes to_server;
    bytes to_client;
    must(made.client.start(to_server), "start");
    while (!to_server.empty()) {
      to_client.clear();
      const double from = cpu_s();
      must(made.server.receive(to_server, nothing, to_client), "server's handshake");
      made.server_cpu_s += cpu_s() - from;
      to_server.clear();
      if (!to_client.empty()) {
        must(made.client.receive(to_client, nothing, to_server), "client's handshake");
      }
    }
    if (!made.client.established() || !made.server.established()) {
      throw std::runtime_error("the handshake did not end");
    }
    bytes offered = made.client.link().take_session();
    if (session_.empty()) session_ = std::move(offered);
    return made;
  }

 private:
  tls_context server_;
  tls_context client_;
  bytes session_;
};

/// `frames` frames through the link, pumped `frames_a_pump` at a time.
void carry(our_tls::connection& over, int frames, int frames_a_pump, bool with_codec) {
  static const bytes body(payload_bytes, 'x');
  counting_sink sink(with_codec);
  bytes ciphertext;
  bytes back;
  for (int done = 0; done < frames; done += frames_a_pump) {
    ciphertext.clear();
    for (int at = 0; at < frames_a_pump; ++at) {
      over.client.enqueue(
          lane::chat,
          with_codec ? encode(client_message{1, send_message{{}, {}, content_type::text, body}})
                     : body);
    }
    must(over.client.pump(ciphertext, pump_bytes_max), "pump");
    must(over.server.receive(ciphertext, sink, back), "receive");
  }
  if (sink.frames != frames) throw std::runtime_error("frames were lost in the link");
}

figure ratio(const sample& bare, const sample& ours) {
  return {"ratio_to_bare", bare.cpu_us / ours.cpu_us, 2};
}

void add_frames(report& out, const std::string& name, const sample& measured, const sample& bare) {
  out.add(name, {{"frames_per_s", measured.per_s, 0},
                 {"cpu_us_per_frame", measured.cpu_us, 2},
                 ratio(bare, measured)});
}

void bench_frames(report& out, double seconds) {
  const auto identity = identity_of(key_kind::ec_p256);
  our_tls ours(identity);
  bare_tls bare(identity);
  auto link = ours.connect(false);
  auto raw = bare.connect(false);
  const bytes batch_record(frame_bytes * batch_frames, 'x');
  const bytes frame_record(frame_bytes, 'x');
  const auto measure = [&](auto step) {
    return [=] {
      return run_for(seconds, [&] {
        step();
        return batch_frames;
      });
    };
  };
  const auto results = compare({measure([&] { bare_tls::carry(raw, batch_record, 1); }),
                                measure([&] { carry(link, batch_frames, batch_frames, false); }),
                                measure([&] { carry(link, batch_frames, batch_frames, true); }),
                                measure([&] { bare_tls::carry(raw, frame_record, batch_frames); }),
                                measure([&] { carry(link, batch_frames, 1, false); })});
  add_frames(out, "bare OpenSSL, 64 frames a record", results[0], results[0]);
  add_frames(out, "link, 64 frames a record", results[1], results[0]);
  add_frames(out, "link and codec, 64 frames a record", results[2], results[0]);
  add_frames(out, "bare OpenSSL, a record a frame", results[3], results[3]);
  add_frames(out, "link, a record a frame", results[4], results[3]);
}

template <class Tls, class Check>
work handshakes(Tls& tls, bool resume, double seconds, Check is_resumed) {
  return [&tls, resume, seconds, is_resumed] {
    double server_cpu_s = 0;
    double count = 0;
    sample measured = run_for(seconds, [&] {
      auto made = tls.connect(resume);
      if (is_resumed(made) != resume) throw std::runtime_error("resumption went otherwise");
      server_cpu_s += made.server_cpu_s;
      ++count;
      return 1;
    });
    measured.server_cpu_us = server_cpu_s / count * 1e6;
    return measured;
  };
}

void bench_handshakes(report& out, double seconds, key_kind kind, const std::string& key_name) {
  const auto identity = identity_of(kind);
  our_tls ours(identity);
  bare_tls bare(identity);
  ours.connect(false);  // the first tickets
  bare.connect(false);
  const auto our_check = [](auto& made) { return made.server.link().resumed(); };
  const auto bare_check = [](auto& made) { return made.resumed; };
  for (const bool resume : {false, true}) {
    const auto results = compare({handshakes(bare, resume, seconds, bare_check),
                                  handshakes(ours, resume, seconds, our_check)});
    const std::string what = key_name + (resume ? ", resumed" : ", full");
    for (std::size_t at = 0; at < results.size(); ++at) {
      out.add((at == 0 ? "bare OpenSSL handshake, " : "link's handshake, ") + what,
              {{"handshakes_per_s", results[at].per_s, 0},
               {"cpu_us_both_sides", results[at].cpu_us, 0},
               {"cpu_us_server", results[at].server_cpu_us, 0},
               {"ratio_to_bare", results[0].server_cpu_us / results[at].server_cpu_us, 2}});
    }
  }
}

}  // namespace

void bench_link(report& out, double seconds) {
  out.begin_part("link",
                 "128-byte frames, client to server, both ends in one thread, no socket; medians "
                 "of three runs; ratios of CPU time (handshakes: of the server's side).");
  progress("link: frames");
  bench_frames(out, seconds);
  progress("link: handshakes");
  bench_handshakes(out, seconds, key_kind::rsa_3072, "RSA-3072");
  bench_handshakes(out, seconds, key_kind::ec_p256, "P-256");
}

sample bare_frames(double seconds, int frames_a_record) {
  bare_tls bare(identity_of(key_kind::ec_p256));
  auto raw = bare.connect(false);
  const bytes record(frame_bytes * static_cast<std::size_t>(frames_a_record), 'x');
  return run_for(seconds, [&] {
    bare_tls::carry(raw, record, 1);
    return frames_a_record;
  });
}

}  // namespace uod::bench
