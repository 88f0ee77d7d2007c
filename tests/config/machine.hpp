#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include "config/places.hpp"
#include "protocol/errors.hpp"

namespace uod::test {

/// A made-up machine: a directory of its own that goes away again, with a home, and only the
/// environment variables that the story sets.
class machine {
 public:
  machine() {
    std::string name = (std::filesystem::temp_directory_path() / "uod-config-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    root = name;
    variables["HOME"] = (root / "home").string();
  }
  ~machine() {
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;

  [[nodiscard]] surroundings around() const {
    return {[this](const std::string& name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            root / "etc"};
  }

  /// Writes a file below the machine's root, directories included.
  std::filesystem::path write(const std::filesystem::path& name, const std::string& text) const {
    auto file = root / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  std::filesystem::path root;
  std::map<std::string, std::string> variables;
};

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Why there is no value, for a test's message.
template <class T>
std::string why(const outcome<T>& result) {
  return result ? std::string() : to_text(result.error());
}

}  // namespace uod::test
