// Writes the seeds of the fuzzers, one file each: for codec, names, segments and sealing from the
// published vectors, for wires a play for each kind of step:
//   make_fuzz_corpus tests/fuzz/corpus

#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/protocol/hex.hpp"
#include "tests/protocol/vectors.hpp"

namespace {

using uod::tests::from_hex;
using uod::tests::read_vectors;

class seeds {
 public:
  explicit seeds(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  void add(const std::string& subject, const std::string& octets) {
    const auto number = std::to_string(1000 + ++count_).substr(1);
    std::ofstream file{folder_ / (number + "-" + subject), std::ios::binary};
    file << octets;
    if (!file.flush()) throw std::runtime_error("cannot write into " + folder_.string());
  }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

std::string bytes_of(std::initializer_list<int> octets) {
  std::string text;
  for (const int octet : octets) text += static_cast<char>(octet);
  return text;
}

void write_codec(const std::filesystem::path& folder, const std::string& direction) {
  seeds out{folder / ("fuzz_codec_" + direction)};
  const auto vectors = read_vectors("codec.json");
  for (const auto* kind : {"legal", "malformed"}) {
    for (const auto& vector : vectors.at(kind)) {
      if (vector.at("direction") != direction) continue;
      out.add(vector.value("message", "malformed"),
              from_hex(vector.at("payload").get<std::string>()));
    }
  }
}

void write_names(const std::filesystem::path& folder) {
  seeds out{folder / "fuzz_names"};
  const auto vectors = read_vectors("names.json");
  for (const auto* kind : {"accepted", "refused"}) {
    for (const auto& vector : vectors.at(kind)) out.add(kind, vector.at("text").get<std::string>());
  }
  for (const auto* address : {"alice@example.org", "zo\u00eb@b\u00fccher.example", "a.b+c@d-e.f",
                              "alice@example.org\r\nBcc: bob@example.org"}) {
    out.add("email", address);
  }
}

void write_segments(const std::filesystem::path& folder) {
  seeds out{folder / "fuzz_segments"};
  const auto vectors = read_vectors("segments.json");
  for (const auto* kind : {"written", "received"}) {
    for (const auto& vector : vectors.at(kind)) {
      if (!vector.contains("wire")) continue;
      out.add(kind, bytes_of({0, 6}) + from_hex(vector.at("wire").get<std::string>()));
    }
  }
  // Frames by their lane and size; then segment and deed: dropped, doubled, exchanged, changed.
  out.add("untouched", bytes_of({1, 99, 4, 10, 21, 200, 3}));
  out.add("doubled", bytes_of({1, 99, 3, 10, 21, 5, 1, 1}));
  out.add("dropped-exchanged", bytes_of({1, 9, 5, 10, 21, 5, 8, 9, 1, 0, 2, 2}));
  out.add("changed", bytes_of({1, 9, 3, 10, 21, 200, 1, 3, 2, 7}));
}

void write_all(seeds& out, const nlohmann::json& vectors, const char* field, const char* subject) {
  for (const auto& vector : vectors) {
    out.add(subject, from_hex(vector.at(field).get<std::string>()));
  }
}

void write_sealing(const std::filesystem::path& folder) {
  const auto good = read_vectors("sealing.json");
  const auto refused = read_vectors("sealing_refused.json");
  seeds keys{folder / "fuzz_identity_public"};
  write_all(keys, good.at("identities"), "public", "identity");
  const auto key = from_hex(good.at("identities").at(0).at("public").get<std::string>());
  keys.add("cut", key.substr(0, 100));
  keys.add("one-octet-more", key + '\0');
  keys.add("exponent-65539", key.substr(0, key.size() - 1) + '\3');
  keys.add("even", key.substr(0, key.size() - 6) + '\2' + key.substr(key.size() - 5));
  seeds records{folder / "fuzz_chat_key"};
  write_all(records, good.at("chat_keys"), "record", "legal");
  write_all(records, refused.at("chat_keys"), "record", "refused");
  seeds messages{folder / "fuzz_sealed_message"};
  write_all(messages, good.at("messages"), "content", "content");
  write_all(messages, good.at("messages"), "sealed", "sealed");
  write_all(messages, refused.at("contents"), "content", "refused");
  seeds identities{folder / "fuzz_sealed_identity"};
  write_all(identities, good.at("sealed_identities"), "sealed", "sealed");
  write_all(identities, good.at("identities"), "private", "private");
  write_all(identities, good.at("blobs"), "sealed", "blob");
  seeds codes{folder / "fuzz_recovery_code"};
  for (const auto& vector : good.at("recovery_codes")) {
    codes.add("shown", vector.at("shown").get<std::string>());
  }
  for (const auto& vector : refused.at("recovery_codes")) {
    codes.add("refused", vector.at("typed").get<std::string>());
  }
}

void write_wire(const std::filesystem::path& folder, const std::string& side) {
  seeds out{folder / ("fuzz_wire_" + side)};
  const std::string http = "GET / HTTP/1.1\r\nHost: bob\r\n\r\n";
  const auto frame = [](int head, int counter, const std::string& payload) {
    return bytes_of({head, counter, 0, 0, static_cast<int>(payload.size())}) + payload;
  };
  out.add("http", bytes_of({1, 0, static_cast<int>(http.size())}) + http);
  out.add("half-a-record", bytes_of({1, 0, 7, 0x16, 3, 1, 2, 0, 1, 0}));
  out.add("raw-behind-the-handshake", bytes_of({0, 0, 7, 0x17, 3, 3, 0, 2, 1, 2}));
  out.add("plaintext", bytes_of({0, 1, 4, 0xc0, 0, 1, 'x'}));
  out.add("frames", bytes_of({0}) + frame(0x12, 1, "hello") + frame(0x22, 2, "page") +
                        frame(0x12, 1, "hello"));
  out.add("full-handshake", bytes_of({0x80}) + frame(0x12, 1, "hello"));
  out.add("octet-by-octet", bytes_of({2}) + frame(0x12, 1, "hello") + bytes_of({4, 200, 6}));
  out.add("unfinished", bytes_of({0, 0x12, 1, 0, 3, 2, 'h', 'e', 1, 5, 0x41, 0, 2, 'l', 'l'}));
  out.add("bound", bytes_of({0, 5, 3}) + frame(0x12, 1, "this is longer than 24 octets"));
  out.add("own", bytes_of({0, 4, 255, 0x14, 3, 0x24, 255, 4, 0, 6}));
  out.add("damage", bytes_of({0, 7, 9, 5, 'h', 'e', 'l', 'l', 'o'}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_fuzz_corpus DIR\n";
    return 2;
  }
  try {
    write_codec(argv[1], "client");
    write_codec(argv[1], "server");
    write_names(argv[1]);
    write_segments(argv[1]);
    write_sealing(argv[1]);
    write_wire(argv[1], "client");
    write_wire(argv[1], "server");
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
