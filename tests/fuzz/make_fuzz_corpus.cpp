// Writes the seeds of the fuzzers for codec and names from the published vectors, one file each:
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
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
