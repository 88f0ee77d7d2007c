#include "actors/mail/maildir_transport.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "actors/mail/composer.hpp"
#include "config/private_file.hpp"
#include "protocol/ids.hpp"

namespace uod::mail {
namespace {

namespace fs = std::filesystem;

tl::unexpected<error> fail_errno(const fs::path& file, int number) {
  return tl::unexpected(system_error_at(number, file));
}

outcome<void> sync_directory(const fs::path& directory) {
  const descriptor entries(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entries.get() < 0 || ::fsync(entries.get()) != 0) return fail_errno(directory, errno);
  return {};
}

outcome<void> make_directories(const fs::path& maildir) {
  for (const auto& directory : {maildir, maildir / "tmp", maildir / "new", maildir / "cur"}) {
    if (::mkdir(directory.c_str(), 0700) == 0) continue;
    const int problem = errno;
    std::error_code ignored;
    if (problem != EEXIST) return fail_errno(directory, problem);
    if (!fs::is_directory(directory, ignored)) return fail_errno(directory, ENOTDIR);
  }
  return {};
}

/// Writes a file that was not there, and has it on disk before it returns.
outcome<void> write_file(const fs::path& file, std::string_view octets) {
  // One that an attempt before a crash left behind; only we use this name.
  ::unlink(file.c_str());
  descriptor to(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (to.get() < 0) return fail_errno(file, errno);
  while (!octets.empty()) {
    const ssize_t written = ::write(to.get(), octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(file, errno);
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(to.get()) != 0 || !to.close()) return fail_errno(file, errno);
  return {};
}

class maildir_transport : public transport {
 public:
  maildir_transport(fs::path path, composer writer)
      : path_(std::move(path)), composer_(std::move(writer)) {}

  delivery deliver(const letter& what) override {
    const auto octets = composer_.compose(what);
    if (!octets) return {verdict::refused, one_line(to_text(octets.error()), why_octets_max)};
    // As `compose` takes it, the id holds nothing that could lead out of the directory.
    const std::string name = to_text(*uuid_from_text(what.id)) + ".eml";
    if (auto kept = keep(name, *octets); !kept) {
      return {verdict::try_again, one_line(to_text(kept.error()), why_octets_max),
              kept.error().code == errc::permission_denied};
    }
    return {verdict::delivered, one_line((path_ / "new" / name).string(), why_octets_max)};
  }

 private:
  outcome<void> keep(const std::string& name, std::string_view octets) const {
    if (auto made = make_directories(path_); !made) return made;
    const auto unfinished = path_ / "tmp" / name;
    const auto finished = path_ / "new" / name;
    if (auto written = write_file(unfinished, octets); !written) {
      ::unlink(unfinished.c_str());
      return written;
    }
    if (::rename(unfinished.c_str(), finished.c_str()) != 0) {
      const int problem = errno;
      ::unlink(unfinished.c_str());
      return fail_errno(finished, problem);
    }
    return sync_directory(path_ / "new");
  }

  const fs::path path_;
  const composer composer_;
};

}  // namespace

outcome<std::unique_ptr<transport>> make_maildir_transport(const fs::path& path,
                                                           std::string_view from_address,
                                                           std::string_view from_name) {
  auto writer = composer::make(from_address, from_name);
  if (!writer) return tl::unexpected<error>(writer.error());
  if (auto made = make_directories(path); !made) return tl::unexpected<error>(made.error());
  return std::make_unique<maildir_transport>(path, std::move(*writer));
}

}  // namespace uod::mail
