#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace uod::client {

/// A directory of its own for a test, gone afterwards.
struct fresh_directory {
  std::filesystem::path path;

  fresh_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "uod-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path = name;
  }
  ~fresh_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  fresh_directory(const fresh_directory&) = delete;
  fresh_directory& operator=(const fresh_directory&) = delete;
};

inline unsigned mode_of(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) throw std::runtime_error("stat " + file.string());
  return found.st_mode & 07777;
}

inline void put_file(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
  ::chmod(file.c_str(), 0600);
}

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream opened(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(opened), {}};
}

}  // namespace uod::client
