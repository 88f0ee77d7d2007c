#include "protocol/wire.hpp"

#include <algorithm>

namespace uod {
namespace {

// The label's form is RFC 8446's, 7.5, for exporters without registration.
constexpr std::string_view client_frames_label = "EXPORTER-uod/1 client frames";
constexpr std::string_view server_frames_label = "EXPORTER-uod/1 server frames";

frame_prefix prefix_from(const tls_link& link, std::string_view label) {
  frame_prefix prefix{};
  const bytes secret = link.export_secret(label, prefix.size());
  std::copy(secret.begin(), secret.end(), prefix.begin());
  return prefix;
}

}  // namespace

wire::wire(const tls_context& context, link_side side, std::size_t frame_bytes_max,
           bytes_view session)
    : link_(context, session), side_(side), frame_bytes_max_(frame_bytes_max) {}

void wire::begin_framing() {
  const frame_prefix from_client = prefix_from(link_, client_frames_label);
  const frame_prefix from_server = prefix_from(link_, server_frames_label);
  const bool client = side_ == link_side::client;
  framing_.emplace(framing{segment_writer(client ? from_client : from_server),
                           segment_reader(client ? from_server : from_client, frame_bytes_max_)});
  for (auto& [in, payload] : early_) framing_->writer.enqueue(in, std::move(payload));
  early_.clear();
}

outcome<void> wire::receive(bytes_view ciphertext, frame_sink& sink, bytes& output) {
  // Shared by all links of a thread, and emptied after each use: an idle link holds no buffer.
  thread_local bytes plaintext;
  plaintext.clear();
  const auto received = link_.receive(ciphertext, plaintext, output);
  if (!received) return received;
  if (!framing_ && link_.established()) begin_framing();
  if (plaintext.empty()) return {};
  // The sink may lead to another link's receive in this thread (in a simulation).
  bytes taken = std::move(plaintext);
  auto read = framing_->reader.receive(taken, sink);
  plaintext = std::move(taken);
  plaintext.clear();
  return read;
}

void wire::enqueue(lane in, bytes payload) {
  if (framing_) {
    framing_->writer.enqueue(in, std::move(payload));
  } else {
    early_.emplace_back(in, std::move(payload));
  }
}

outcome<void> wire::pump(bytes& output, std::size_t output_bytes) {
  if (!framing_) return {};
  thread_local bytes record;
  while (output.size() < output_bytes) {
    record.clear();
    if (framing_->writer.write(record, record_plaintext_bytes_max) == 0) break;
    if (auto sent = link_.send(record, output); !sent) return sent;
  }
  return {};
}

void wire::set_frame_bytes_max(std::size_t frame_bytes_max) {
  frame_bytes_max_ = frame_bytes_max;
  if (framing_) framing_->reader.set_frame_bytes_max(frame_bytes_max);
}

std::size_t wire::queued_bytes() const {
  if (framing_) return framing_->writer.queued_bytes();
  std::size_t total = 0;
  for (const auto& [in, payload] : early_) total += payload.size() + frame_header_bytes;
  return total;
}

}  // namespace uod
