#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/layout/rules.hpp"

namespace uod::layout {

/// A file of code: its path from the tree's root, with slashes, and its text.
struct source_file {
  std::string path;
  std::string text;
};

/// What is wrong with one file, a line each: `PATH:LINE: what, and what the rule says`. Tests
/// include every library and folder freely; the other rules hold for them too.
std::vector<std::string> check_file(const source_file& file, const rule_book& book);

/// The files of code (.hpp, .cpp, .h, .proto, .sql) in the folders of `book.directions` below
/// `root`, in the order of their paths.
std::vector<source_file> read_tree(const std::filesystem::path& root, const rule_book& book);

}  // namespace uod::layout
