#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Where the templates' texts come from: built in, and over them an administrator's directory.
namespace uod::mail {

inline constexpr std::size_t template_octets_max = 64 * 1024;  ///< a person wrote it

/// A template as somebody wrote it.
struct template_file {
  std::string name;   ///< `locked.txt`
  std::string shown;  ///< what messages call it: its path, or `built-in locked.txt`
  std::string content;
};

/// The files of config/mail, as they were when this was built.
const std::vector<template_file>& embedded_template_files();

/// The built-in files; those that `directory` has too are replaced by its. Only .txt and .html
/// files of the directory count. What cannot be read (no such directory, no permission, larger
/// than `template_octets_max`) and names that no mail has go to `problems`, one line each.
std::vector<template_file> gather_template_files(
    const std::optional<std::filesystem::path>& directory, std::vector<std::string>& problems);

}  // namespace uod::mail
