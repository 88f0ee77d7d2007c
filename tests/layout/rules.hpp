#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

/// What the tree promises about itself. The tables are in rules.cpp, to be read and changed there;
/// checker.hpp holds the tree to them.
namespace uod::layout {

/// A top-level folder, and what its files may include from the tree. A trailing slash means the
/// folder, anything else is the beginning of a path: `protocol/tls_` allows the TLS headers.
struct direction {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

/// A library, recognised by how its headers' names begin, and the doors: beginnings of paths of
/// the only files that may include it.
struct door {
  std::string_view library;
  std::vector<std::string_view> headers;
  std::vector<std::string_view> files;
};

/// A word that no file of code may hold, and why.
struct banned_word {
  std::string_view word;
  std::string_view why;
};

struct rule_book {
  std::vector<direction> directions;
  std::vector<door> doors;
  std::vector<banned_word> banned;
  std::vector<std::string_view> documented;  ///< folders whose headers must explain themselves
  std::size_t lines_max = 600;               ///< past it a second subject has moved in
};

/// The rules of this tree.
const rule_book& rules();

}  // namespace uod::layout
