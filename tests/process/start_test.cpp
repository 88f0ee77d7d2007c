#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/process/house.hpp"
#include "tests/process/raw_client.hpp"

/// A server that cannot start says why in one line that names the thing, and one that ends does so
/// in order.
namespace uod::process {
namespace {

namespace fs = std::filesystem;
namespace utf = boost::unit_test;

/// What is given to `uod-server run`; the rest is usual.
struct given {
  fs::path home;  ///< with the data directory, unless `data` says where
  std::string listen = "127.0.0.1:0";
  fs::path data = {};
  words more = {};
};

ended runs(const given& what) {
  const auto data = what.data.empty() ? what.home / "data" : what.data;
  words all = {"run", "--listen", what.listen, "--data-dir", data};
  all.insert(all.end(), what.more.begin(), what.more.end());
  return run(server_launch(all, what.home));
}

/// It never said that it listens, said this on stderr, and ended so.
void check_fails(const ended& done, int exit_code, const words& said) {
  BOOST_TEST(done.exit_code == exit_code, done.err);
  BOOST_TEST(done.out == "");
  BOOST_TEST(lines_with(done.err, "uod-server: ") == 1, done.err);
  for (const auto& part : said) {
    BOOST_TEST(done.err.find(part) != std::string::npos, part << " is not in: " << done.err);
  }
}

/// Whether this machine lets us mount something where nobody else sees it.
struct mounts_permitted {
  boost::test_tools::assertion_result operator()(utf::test_unit_id) const {
    const fresh_directory place;
    launch what;
    what.command = with_mount({"mount", "-t", "tmpfs", "tmpfs", place.path()}, {"/bin/true"});
    what.environment = quiet_environment(place);
    return run(std::move(what)).exit_code == 0;
  }

  /// A command that runs with this mount of its own, as its own process id.
  static words with_mount(const words& mount, const words& command) {
    words all = {"/usr/bin/unshare", ::geteuid() == 0 ? "-m" : "-mUr", "/bin/sh", "-c"};
    std::string script;
    for (const auto& word : mount) script += word + " ";
    all.push_back(script + "&& exec \"$0\" \"$@\"");
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(start)

BOOST_AUTO_TEST_CASE(a_free_port_and_a_key_of_the_usual_kind) {
  const fresh_directory home;
  child node(server_launch(
      {"run", "--listen", "127.0.0.1:0", "--data-dir", home.path() / "data", "--json"}, home));
  const auto ready = json::parse(node.line());
  BOOST_TEST(ready.at("type") == "listening");
  const auto address = ready.at("address").get<std::string>();
  BOOST_TEST(address.starts_with("127.0.0.1:"));
  BOOST_TEST(address != "127.0.0.1:0");
  node.await_message("kind=rsa:3072");

  const auto shown = run(server_launch({"fingerprint", "--data-dir", home.path() / "data"}, home));
  BOOST_TEST(shown.out == ready.at("fingerprint").get<std::string>() + "\n");
  node.signal(SIGINT);
  BOOST_TEST(node.end().exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_configuration_that_is_wrong) {
  const fresh_directory home;
  const auto file = home.path() / "wrong.toml";
  put_file(file, "listen = \"127.0.0.1:0\"\n[limits]\nconections_max = 5\npage_rows_max = 0\n");
  const auto done = runs({.home = home, .more = {"--config", file}});
  check_fails(done, 2,
              {file.string() + ":3: limits.conections_max",
               file.string() + ":4: ", "a whole number from 1 to 10000"});
  const auto checked = run(server_launch({"config", "check", "--config", file, "--json"}, home));
  BOOST_TEST(checked.exit_code == 2);
  BOOST_TEST(rows_of(checked.out).at(0).at("code") == "config_invalid");
  check_fails(runs({.home = home, .more = {"--config", home.path() / "missing.toml"}}), 2,
              {"missing.toml"});
  check_fails(runs({.home = home, .listen = "nowhere"}), 2, {"nowhere"});
  BOOST_TEST(!fs::exists(home.path() / "data"));
}

BOOST_AUTO_TEST_CASE(somebody_has_the_port_or_the_data) {
  server home;
  const fresh_directory other;
  check_fails(runs({.home = other, .listen = home.address()}), 1,
              {"Another program is using the address", home.address()});
  check_fails(runs({.home = other, .data = home.data_dir()}), 1,
              {"Another server is using the data directory", home.data_dir().string()});
  // The first one has noticed nothing.
  const person alice(home, "alice");
  BOOST_TEST(home.stop().exit_code == 0);
}

BOOST_AUTO_TEST_CASE(databases_that_are_none_of_ours) {
  server home;
  const person alice(home, "alice");
  BOOST_TEST(home.stop().exit_code == 0);
  const auto database = home.data_dir() / "uod.db";
  const std::string good = content_of(database);
  const auto starts_with = [&](const std::string& content) {
    put_file(database, content);
    auto done = runs({.home = home.home()});
    BOOST_TEST((content_of(database) == content), "it was left as it is");
    return done;
  };
  check_fails(starts_with(std::string(10'000, 'x')), 1, {"damaged", database.string()});
  check_fails(starts_with(good.substr(0, good.size() / 2)), 1, {"damaged", database.string()});
  // https://www.sqlite.org/fileformat2.html: the user version, four octets at 60.
  std::string newer = good;
  newer.replace(60, 4, std::string("\0\0\x03\xe7", 4));
  check_fails(starts_with(newer), 1, {"newer version", "999"});

  put_file(database, good);
  home.start();
  BOOST_TEST(alice.types({"whoami"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_second_wish_to_end_is_granted_at_once) {
  server home;
  // It answers nothing and does not close, so that the drain has somebody to wait for.
  const tcp_client mute(home.port());
  raw_client reader(home.port(), {.from = "127.0.0.1", .receive_bytes = 4096});
  reader.registers("reader");
  reader.takes_an_identity();
  const person alice(home, "alice");
  reader.ask_for<subscribed>(subscribe{});
  std::string lines;
  for (int number = 0; number < 4000; ++number) lines += std::string(2000, 'x') + "\n";
  alice.sees({"send", "reader", "-"}, lines);
  home.process().signal(SIGTERM);
  home.process().await_message("node.draining");
  home.process().signal(SIGTERM);
  BOOST_TEST(home.process().end().exit_code == 130);
}

BOOST_AUTO_TEST_CASE(a_data_directory_that_cannot_be_written,
                     *utf::precondition(mounts_permitted())) {
  server home;
  const person alice(home, "alice");
  alice.sees({"send", "alice", "a note to myself"});
  BOOST_TEST(home.stop().exit_code == 0);
  const auto data = home.data_dir().string();
  auto what = server_launch({"run", "--listen", "127.0.0.1:0", "--data-dir", data}, home.home());
  what.command = mounts_permitted::with_mount(
      {"mount", "--bind", data, data, "&&", "mount", "-o", "remount,bind,ro", data}, what.command);
  check_fails(run(std::move(what)), 1, {"The system does not permit this", data});
  home.start();
  BOOST_TEST(alice.types({"whoami"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_disk_that_gets_full, *utf::precondition(mounts_permitted())) {
  // The server sees a small disk of its own at its data directory; we reach it by way of /proc.
  const fresh_directory place;
  const auto data = place.path() / "data";
  fs::create_directory(data);
  server home("",
              mounts_permitted::with_mount(
                  {"mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs", data}, {}),
              data);
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto bob_hears = bob.listens();
  alice.sees({"send", "bob", "before"});

  const fs::path seen = "/proc/" + std::to_string(home.process().pid()) + "/root" + data.string();
  const auto ballast = seen / "ballast";
  {
    std::ofstream fills(ballast, std::ios::binary);
    while (fills.write(std::string(4096, 'x').data(), 4096).flush()) {
    }
  }
  // There may be room for a little in files that have grown already; then there is none.
  const std::string lines = [] {
    std::string many;
    for (int number = 0; number < 4000; ++number) many += std::string(2000, 'x') + "\n";
    return many;
  }();
  const auto refused = alice.types({"send", "bob", "-"}, lines);
  BOOST_TEST(refused.exit_code == 1, refused.err);
  const auto error_rows = rows_of_type(refused.out, "error");
  BOOST_REQUIRE(error_rows.size() == 1);
  BOOST_TEST(error_rows[0].at("code") == "storage_full");
  home.process().await_message("error store.commit_failed error=storage_full");
  // Who only reads is served.
  BOOST_TEST(bob.types({"chats"}).exit_code == 0);

  // Room again: it goes on without a restart, and what was acknowledged is there, no more.
  fs::remove(ballast);
  alice.sees({"send", "bob", "after"});
  const auto acknowledged = rows_of_type(refused.out, "sent").size();
  const auto all = bob.sees({"history", "alice", "--limit", "5000"});
  BOOST_TEST(all.size() == acknowledged + 2);
  BOOST_TEST(all.back().at("text") == "after");
  for (std::size_t at = 0; at < all.size(); ++at) BOOST_REQUIRE(all[at].at("seq") == at + 1);
  await_row(bob_hears, "message", {{"text", "after"}});
  BOOST_TEST(home.stop().exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
