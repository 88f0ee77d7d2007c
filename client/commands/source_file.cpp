#include "client/commands/source_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "config/private_file.hpp"

namespace uod::client {
namespace {

std::uint64_t changed_at(const struct stat& about) {
  return static_cast<std::uint64_t>(about.st_mtim.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(about.st_mtim.tv_nsec);
}

tl::unexpected<error> fail_at(int number, const std::filesystem::path& path) {
  return tl::unexpected(system_error_at(number, path));
}

}  // namespace

outcome<source_file> source_file::open(const std::filesystem::path& path) {
  // Not to wait for whoever writes into a pipe.
  source_file opened(path, descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
  struct stat about {};
  if (!opened.file_.open() || ::fstat(opened.file_.get(), &about) != 0) return fail_at(errno, path);
  if (!S_ISREG(about.st_mode)) return fail(errc::io_failed, path.string() + " is no file");
  opened.size_ = static_cast<std::uint64_t>(about.st_size);
  opened.changed_at_ns_ = changed_at(about);
  return opened;
}

tl::unexpected<error> source_file::changed() const {
  return fail(
      errc::io_failed,
      path_.string() +
          " was changed while it was sent; the recipient has not been told of it: send it again");
}

outcome<void> source_file::check_unchanged() const {
  struct stat about {};
  if (::fstat(file_.get(), &about) != 0) return fail_at(errno, path_);
  const bool same =
      static_cast<std::uint64_t>(about.st_size) == size_ && changed_at(about) == changed_at_ns_;
  if (!same) return changed();
  return {};
}

outcome<secret_bytes> source_file::read(std::uint64_t at, std::size_t octets) const {
  auto piece = secret_bytes::zeros(octets);
  std::size_t got = 0;
  while (got < octets) {
    const ssize_t more =
        ::pread(file_.get(), piece.data() + got, octets - got, static_cast<off_t>(at + got));
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return fail_at(errno, path_);
    if (more == 0) return changed();
    got += static_cast<std::size_t>(more);
  }
  if (auto same = check_unchanged(); !same) return tl::unexpected(same.error());
  return piece;
}

}  // namespace uod::client
