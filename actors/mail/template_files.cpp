#include "actors/mail/template_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "actors/mail/letter.hpp"

namespace uod::mail {
namespace {

namespace fs = std::filesystem;

/// Reads one file of the directory; what hinders goes to `problems`.
std::optional<std::string> read_file(const fs::path& file, std::vector<std::string>& problems) {
  std::error_code problem;
  if (!fs::is_regular_file(file, problem)) {
    problems.push_back(file.string() + ": " + (problem ? problem.message() : "is no file"));
    return std::nullopt;
  }
  errno = 0;
  std::ifstream from(file, std::ios::binary);
  std::string content(template_octets_max + 1, '\0');
  from.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!from.is_open() || from.bad()) {
    problems.push_back(file.string() + ": cannot be read: " + std::strerror(errno));
    return std::nullopt;
  }
  content.resize(static_cast<std::size_t>(from.gcount()));
  if (content.size() > template_octets_max) {
    problems.push_back(file.string() + ": is larger than " + std::to_string(template_octets_max) +
                       " octets");
    return std::nullopt;
  }
  return content;
}

std::string names_of(const std::vector<template_file>& files) {
  std::string names;
  for (const auto& file : files) names += (names.empty() ? "" : ", ") + file.name;
  return names;
}

}  // namespace

std::vector<template_file> gather_template_files(const std::optional<fs::path>& directory,
                                                 std::vector<std::string>& problems) {
  auto files = embedded_template_files();
  if (!directory) return files;
  std::error_code problem;
  std::vector<fs::path> present;
  for (fs::directory_iterator at(*directory, problem), end; !problem && at != end;
       at.increment(problem)) {
    const auto ending = at->path().extension();
    if (ending == ".txt" || ending == ".html") present.push_back(at->path());
  }
  if (problem) {
    problems.push_back(directory->string() + ": " + problem.message());
    return files;
  }
  std::ranges::sort(present);
  for (const auto& path : present) {
    const auto own = std::ranges::find(files, path.filename().string(), &template_file::name);
    if (own == files.end()) {
      // One that is spelled wrong would else be passed over, and nobody would know why.
      problems.push_back(one_line(path.string(), 1024) +
                         ": no mail is called so; there are: " + names_of(files));
      continue;
    }
    if (auto content = read_file(path, problems)) {
      own->shown = path.string();
      own->content = std::move(*content);
    }
  }
  return files;
}

}  // namespace uod::mail
