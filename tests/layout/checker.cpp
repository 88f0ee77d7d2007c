#include "tests/layout/checker.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace uod::layout {
namespace {

constexpr std::array<std::string_view, 5> code_endings = {".hpp", ".cpp", ".h", ".proto", ".sql"};

bool begins_with_any(std::string_view text, const std::vector<std::string_view>& beginnings) {
  return std::ranges::any_of(beginnings, [&](auto start) { return text.starts_with(start); });
}

std::string joined(const std::vector<std::string_view>& items) {
  std::string text;
  for (const auto item : items) text += (text.empty() ? "" : ", ") + std::string(item);
  return text.empty() ? "nothing" : text;
}

struct include_line {
  std::string header;
  bool in_quotes = false;
};

/// Reads `#include <x>` and `#include "x"`, with whatever blanks the language allows.
std::optional<include_line> as_include(std::string_view line) {
  const auto skip_blanks = [&] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  const auto skip_word = [&](std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    skip_blanks();
    return true;
  };
  skip_blanks();
  if (!skip_word("#") || !skip_word("include") || line.empty()) return std::nullopt;
  const char opening = line.front();
  if (opening != '<' && opening != '"') return std::nullopt;
  line.remove_prefix(1);
  const auto end = line.find(opening == '<' ? '>' : '"');
  if (end == std::string_view::npos) return std::nullopt;
  return include_line{std::string(line.substr(0, end)), opening == '"'};
}

class file_check {
 public:
  file_check(const source_file& file, const rule_book& book)
      : file_(file), book_(book), is_test_(file.path.starts_with("tests/")) {}

  std::vector<std::string> run() {
    std::istringstream lines(file_.text);
    for (std::string line; std::getline(lines, line);) {
      ++line_number_;
      check_line(line);
    }
    check_whole();
    return std::move(problems_);
  }

 private:
  void add(std::size_t line, const std::string& text) {
    problems_.push_back(file_.path + ":" + std::to_string(line) + ": " + text);
  }

  void check_line(const std::string& line) {
    if (line.find('\t') != std::string::npos) add(line_number_, "a tab; blanks indent here");
    if (line.ends_with('\r')) add(line_number_, "a carriage return; lines end with LF");
    for (const auto& [word, why] : book_.banned) {
      if (line.find(word) != std::string::npos) {
        add(line_number_, "holds " + std::string(word) + ": " + std::string(why));
      }
    }
    if (line.starts_with("#pragma once")) has_pragma_ = true;
    if (line.find("///") != std::string::npos) has_docstring_ = true;
    if (const auto include = as_include(line)) {
      check_direction(*include);
      check_doors(*include);
    }
  }

  void check_direction(const include_line& include) {
    if (include.header.find("..") != std::string::npos) {
      add(line_number_, "includes " + include.header + "; name files from the tree's root");
    }
    const auto own = std::ranges::find_if(
        book_.directions, [&](const auto& row) { return file_.path.starts_with(row.folder); });
    const auto other = std::ranges::find_if(
        book_.directions, [&](const auto& row) { return include.header.starts_with(row.folder); });
    if (own == book_.directions.end() || own == other) return;
    if (other == book_.directions.end()) return;
    if (begins_with_any(include.header, own->may_include)) return;
    add(line_number_, "includes " + include.header + "; " + std::string(own->folder) +
                          " may include " + joined(own->may_include));
  }

  void check_doors(const include_line& include) {
    if (is_test_) return;
    for (const auto& door : book_.doors) {
      if (!begins_with_any(include.header, door.headers)) continue;
      if (begins_with_any(file_.path, door.files)) continue;
      add(line_number_, "includes " + include.header + "; the doors of " +
                            std::string(door.library) + " are " + joined(door.files));
    }
  }

  void check_whole() {
    if (line_number_ > book_.lines_max) {
      add(line_number_, "longer than " + std::to_string(book_.lines_max) +
                            " lines; split it where its second subject begins");
    }
    if (!file_.text.empty() && !file_.text.ends_with('\n')) {
      add(line_number_, "does not end with a line feed");
    }
    if (!file_.path.ends_with(".hpp") && !file_.path.ends_with(".h")) return;
    if (!has_pragma_) add(1, "a header without #pragma once");
    if (!has_docstring_ && begins_with_any(file_.path, book_.documented)) {
      add(1, "a header without a docstring (///) on its types or at its top");
    }
  }

  const source_file& file_;
  const rule_book& book_;
  const bool is_test_;
  std::size_t line_number_ = 0;
  bool has_pragma_ = false;
  bool has_docstring_ = false;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> check_file(const source_file& file, const rule_book& book) {
  return file_check(file, book).run();
}

std::vector<source_file> read_tree(const std::filesystem::path& root, const rule_book& book) {
  namespace fs = std::filesystem;
  std::vector<source_file> files;
  for (const auto& row : book.directions) {
    if (!fs::is_directory(root / row.folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / row.folder)) {
      const auto path = entry.path().lexically_relative(root).generic_string();
      const bool is_code = std::ranges::any_of(
          code_endings, [&](std::string_view ending) { return path.ends_with(ending); });
      if (!entry.is_regular_file() || !is_code) continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      files.push_back({path, {std::istreambuf_iterator<char>(stream), {}}});
    }
  }
  std::ranges::sort(files, {}, &source_file::path);
  return files;
}

}  // namespace uod::layout
