#include "actors/mail/maildir_transport.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/actors/mail/post.hpp"

namespace {

using namespace uod;
using namespace uod::mail;
namespace fs = std::filesystem;
using process::fresh_directory;

std::unique_ptr<transport> maildir_at(const fs::path& path) {
  auto made = make_maildir_transport(path, "noreply@chat.example.org", "UOD Messenger");
  BOOST_REQUIRE_MESSAGE(made, (made ? "" : to_text(made.error())));
  return std::move(*made);
}

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  return files;
}

mode_t mode_of(const fs::path& file) {
  struct stat about {};
  BOOST_REQUIRE_EQUAL(::stat(file.c_str(), &about), 0);
  return about.st_mode & 07777;
}

/// Files of this process may be only so long: what a full disk is, wherever the test runs.
class small_disk {
 public:
  explicit small_disk(rlim_t octets) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{octets, before_.rlim_max};
    BOOST_REQUIRE_EQUAL(::setrlimit(RLIMIT_FSIZE, &small), 0);
  }
  ~small_disk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_maildir)

BOOST_AUTO_TEST_CASE(gets_a_letter_as_one_whole_file) {
  const fresh_directory home;
  const auto path = home.path() / "outbox";
  const auto result = maildir_at(path)->deliver(letter_to_bob());
  BOOST_TEST((result.how == verdict::delivered), result.why);
  const auto file = path / "new" / "01890a5d-ac96-774b-bcce-b302099a8057.eml";
  BOOST_TEST(result.why == file.string());
  BOOST_REQUIRE(files_in(path / "new") == std::vector{file});
  BOOST_TEST(files_in(path / "tmp").empty());
  const auto mail = read_mail(process::content_of(file));
  BOOST_TEST(mail["text"] == letter_to_bob().text);
  BOOST_TEST(header_of(mail, "Subject") == letter_to_bob().subject);
}

BOOST_AUTO_TEST_CASE(is_its_owners_alone) {
  const auto umask_before = ::umask(0);
  const fresh_directory home;
  const auto path = home.path() / "outbox";
  maildir_at(path)->deliver(letter_to_bob());
  ::umask(umask_before);
  for (const auto& directory : {path, path / "tmp", path / "new", path / "cur"}) {
    BOOST_TEST(mode_of(directory) == mode_t{0700});
  }
  BOOST_TEST(mode_of(files_in(path / "new").front()) == mode_t{0600});
}

BOOST_AUTO_TEST_CASE(has_one_file_when_a_letter_comes_again) {
  const fresh_directory home;
  maildir_at(home)->deliver(letter_to_bob());
  // A crash left an unfinished one, too.
  process::put_file(home.path() / "tmp" / "01890a5d-ac96-774b-bcce-b302099a8057.eml", "half");
  auto again = letter_to_bob();
  again.id = "01890A5D-AC96-774B-BCCE-B302099A8057";
  BOOST_TEST((maildir_at(home)->deliver(again).how == verdict::delivered));
  BOOST_TEST(files_in(home.path() / "new").size() == 1U);
  BOOST_TEST(files_in(home.path() / "tmp").empty());
  again.id = "01890a5d-ac96-774b-bcce-b302099a8058";
  maildir_at(home)->deliver(again);
  BOOST_TEST(files_in(home.path() / "new").size() == 2U);
}

BOOST_AUTO_TEST_CASE(comes_back_when_somebody_removes_it) {
  const fresh_directory home;
  const auto box = maildir_at(home.path() / "outbox");
  fs::remove_all(home.path() / "outbox");
  BOOST_TEST((box->deliver(letter_to_bob()).how == verdict::delivered));
}

BOOST_AUTO_TEST_CASE(keeps_nothing_when_the_disk_is_full) {
  const fresh_directory home;
  const auto box = maildir_at(home);
  {
    const small_disk disk(100);
    const auto result = box->deliver(letter_to_bob());
    BOOST_TEST((result.how == verdict::try_again), result.why);
    BOOST_TEST(!result.misconfigured);
  }
  BOOST_TEST(files_in(home.path() / "new").empty());
  BOOST_TEST(files_in(home.path() / "tmp").empty());
  BOOST_TEST((box->deliver(letter_to_bob()).how == verdict::delivered));
}

BOOST_AUTO_TEST_CASE(refuses_a_letter_that_cannot_be_composed) {
  const fresh_directory home;
  const auto box = maildir_at(home);
  auto bad = letter_to_bob();
  bad.id = "../../etc/passwd";
  BOOST_TEST((box->deliver(bad).how == verdict::refused));
  bad = letter_to_bob();
  bad.to = "bob@example.org\r\nBcc: eve@example.org";
  const auto result = box->deliver(bad);
  BOOST_TEST((result.how == verdict::refused));
  BOOST_TEST(one_line(result.why, why_octets_max) == result.why);
  BOOST_TEST(files_in(home.path() / "new").empty());
}

BOOST_AUTO_TEST_CASE(says_why_it_cannot_be_made) {
  const auto made = make_maildir_transport("/nowhere/outbox", "noreply@chat.example.org", "");
  BOOST_REQUIRE(!made);
  BOOST_TEST((made.error().code == errc::io_failed));
  const fresh_directory home;
  process::put_file(home.path() / "file", "");
  BOOST_TEST(!make_maildir_transport(home.path() / "file", "noreply@chat.example.org", ""));
  BOOST_TEST(!make_maildir_transport(home, "no address", ""));
}

BOOST_AUTO_TEST_SUITE_END()
