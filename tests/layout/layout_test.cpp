#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/layout/checker.hpp"

namespace {

using namespace uod::layout;

/// What the checker says about one made-up file; without complaint: empty.
std::string complaint(const std::string& path, const std::string& text) {
  std::string all;
  for (const auto& problem : check_file({path, text}, rules())) {
    all += (all.empty() ? "" : "\n") + problem;
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(this_tree)

BOOST_AUTO_TEST_CASE(keeps_its_rules) {
  const auto files = read_tree(UOD_SOURCE_DIR, rules());
  for (const auto& file : files) {
    for (const auto& problem : check_file(file, rules())) BOOST_ERROR(problem);
  }
  // A checker that finds no files would be content with everything.
  std::set<std::string> folders;
  for (const auto& file : files) folders.insert(file.path.substr(0, file.path.find('/') + 1));
  for (const auto& row : rules().directions) {
    BOOST_TEST(folders.contains(std::string(row.folder)), "no code in " << row.folder);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_checker)

BOOST_AUTO_TEST_CASE(is_content_with_a_good_file) {
  BOOST_TEST(complaint("actors/session.hpp",
                       "#pragma once\n#include <vector>\n#include <caf/all.hpp>\n"
                       "#include \"protocol/ids.hpp\"\n#include \"actors/directory.hpp\"\n"
                       "/// Serves one person.\nstruct session {};\n") == "");
}

BOOST_AUTO_TEST_CASE(sees_an_include_against_the_direction) {
  BOOST_TEST(complaint("protocol/x.cpp", "\n#include \"storage/store.hpp\"\n") ==
             "protocol/x.cpp:2: includes storage/store.hpp; protocol/ may include nothing");
  BOOST_TEST(complaint("config/x.cpp", "#include \"storage/store.hpp\"\n") != "");
  BOOST_TEST(complaint("storage/x.cpp", "#include \"actors/session.hpp\"\n") != "");
  BOOST_TEST(complaint("actors/x.cpp", "#include \"server/composition.hpp\"\n") != "");
  BOOST_TEST(complaint("server/x.cpp", "#include \"client/engine/engine.hpp\"\n") != "");
  BOOST_TEST(complaint("client/engine/x.cpp", "#include \"server/composition.hpp\"\n") != "");
  BOOST_TEST(complaint("client/x.cpp", "#include \"storage/store.hpp\"\n") != "");
  BOOST_TEST(complaint("client/x.cpp", "#include \"actors/interfaces.hpp\"\n") != "");
  BOOST_TEST(complaint("server/x.cpp", "#include \"tests/machine.hpp\"\n") != "");
  BOOST_TEST(complaint("tests/x.cpp", "#include \"client/x.hpp\"\n#include \"server/x.hpp\"\n") ==
             "");
}

BOOST_AUTO_TEST_CASE(lets_storage_see_only_ids_types_and_errors) {
  BOOST_TEST(complaint("storage/x.cpp",
                       "#include \"protocol/ids.hpp\"\n#include \"protocol/messages.hpp\"\n") ==
             "");
  for (const std::string header : {"tls_link", "wire", "codec", "segments"}) {
    BOOST_TEST(complaint("storage/x.cpp", "#include \"protocol/" + header + ".hpp\"\n") != "",
               header);
  }
}

BOOST_AUTO_TEST_CASE(sees_a_library_beside_its_door) {
  BOOST_TEST(complaint("server/x.cpp", "#include <openssl/ssl.h>\n") ==
             "server/x.cpp:1: includes openssl/ssl.h; the doors of OpenSSL are protocol/tls_, "
             "protocol/crypto, protocol/ids.cpp, protocol/password.cpp");
  BOOST_TEST(complaint("protocol/tls_link.cpp", "#include <openssl/ssl.h>\n") == "");
  BOOST_TEST(complaint("protocol/wire.cpp", "#include \"messenger.pb.h\"\n") != "");
  BOOST_TEST(complaint("protocol/codec_requests.cpp", "#include \"messenger.pb.h\"\n") == "");
  BOOST_TEST(complaint("client/x.cpp", "#include <sodium.h>\n") != "");
  BOOST_TEST(complaint("server/x.cpp", "#include <unicode/unorm2.h>\n") != "");
  BOOST_TEST(complaint("actors/x.cpp", "#include <SQLiteCpp/Database.h>\n") != "");
  BOOST_TEST(complaint("actors/x.cpp", "#include <sqlite3.h>\n") != "");
  BOOST_TEST(complaint("protocol/x.cpp", "#include <caf/all.hpp>\n") != "");
  BOOST_TEST(complaint("actors/session.cpp", "#include <boost/asio.hpp>\n") != "");
  BOOST_TEST(complaint("actors/bridge/asio_acceptor.cpp", "#include <boost/asio/ip/tcp.hpp>\n") ==
             "");
  BOOST_TEST(complaint("server/x.cpp", "#include <toml++/toml.h>\n") != "");
  BOOST_TEST(complaint("actors/x.cpp", "#include <CLI/CLI.hpp>\n") != "");
  BOOST_TEST(complaint("actors/x.cpp", "#include <spdlog/spdlog.h>\n") != "");
  BOOST_TEST(complaint("config/x.cpp", "#include <nlohmann/json.hpp>\n") != "");
  BOOST_TEST(complaint("tests/x.cpp", "#include <openssl/ssl.h>\n") == "");
}

BOOST_AUTO_TEST_CASE(reads_includes_as_the_compiler_does) {
  BOOST_TEST(complaint("server/x.cpp", "  #  include<openssl/ssl.h>\n") != "");
  BOOST_TEST(complaint("server/x.cpp", "#include \"openssl/ssl.h\"\n") != "");
  BOOST_TEST(complaint("server/x.cpp", "#if X\n#include <openssl/ssl.h>\n#endif\n") != "");
  BOOST_TEST(complaint("protocol/x.cpp", "#include \"../storage/store.hpp\"\n") ==
             "protocol/x.cpp:1: includes ../storage/store.hpp; name files from the tree's root");
  BOOST_TEST(complaint("server/x.cpp", "// see #include <openssl/ssl.h>\n") == "");
  BOOST_TEST(complaint("server/x.cpp", "#include <vector\n#include\n#\n") == "");
}

BOOST_AUTO_TEST_CASE(sees_what_style_forbids) {
  BOOST_TEST(complaint("server/x.cpp", "int a;\n\tint b;\n") ==
             "server/x.cpp:2: a tab; blanks indent here");
  BOOST_TEST(complaint("server/x.cpp", "int a;\r\n") ==
             "server/x.cpp:1: a carriage return; lines end with LF");
  BOOST_TEST(complaint("server/x.cpp", "int a;") ==
             "server/x.cpp:1: does not end with a line feed");
  BOOST_TEST(complaint("server/x.hpp", "int a;\n") ==
             "server/x.hpp:1: a header without #pragma once");
  BOOST_TEST(complaint("server/x.hpp", "#pragma once\nint a;\n") == "");
  BOOST_TEST(complaint("protocol/x.hpp", "#pragma once\nint a;  // no docstring\n") ==
             "protocol/x.hpp:1: a header without a docstring (///) on its types or at its top");
  for (const auto& [word, why] : rules().banned) {
    BOOST_TEST(complaint("tests/x.cpp", "// " + std::string(word) + "\n") ==
               "tests/x.cpp:1: holds " + std::string(word) + ": " + std::string(why));
  }
}

BOOST_AUTO_TEST_CASE(finds_the_code_of_a_tree_and_nothing_else) {
  namespace fs = std::filesystem;
  std::string root = (fs::temp_directory_path() / "uod-layout-XXXXXX").string();
  BOOST_REQUIRE(mkdtemp(root.data()));
  for (const std::string name : {"client/engine/b.cpp", "client/a.hpp", "protocol/w.proto",
                                 "storage/1.sql", "build/x.cpp", "client/notes.md"}) {
    fs::create_directories((fs::path(root) / name).parent_path());
    std::ofstream(fs::path(root) / name) << name << '\n';
  }
  std::string found;
  for (const auto& file : read_tree(root, rules())) {
    found += file.path + " ";
    BOOST_TEST(file.text == file.path + "\n");
  }
  fs::remove_all(root);
  BOOST_TEST(found == "client/a.hpp client/engine/b.cpp protocol/w.proto storage/1.sql ");
}

BOOST_AUTO_TEST_CASE(counts_lines_to_the_last_one_allowed) {
  const auto lines = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "int a;\n";
    return text;
  };
  BOOST_TEST(complaint("server/x.cpp", lines(600)) == "");
  BOOST_TEST(complaint("server/x.cpp", lines(601)) ==
             "server/x.cpp:601: longer than 600 lines; split it where its second subject begins");
}

BOOST_AUTO_TEST_SUITE_END()
