#include "storage/sqlite_file.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "config/descriptor.hpp"
#include "storage/sqlite_connection.hpp"
#include "storage/sqlite_migrations.hpp"

namespace uod::storage::sqlite {
namespace {

namespace fs = std::filesystem;

/// https://www.sqlite.org/fileformat2.html#the_database_header
constexpr std::size_t header_octets = 100;
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t at_page_size = 16;
constexpr std::size_t at_change_counter = 24;
constexpr std::size_t at_page_count = 28;
constexpr std::size_t at_user_version = 60;
constexpr std::size_t at_application_id = 68;
constexpr std::size_t at_version_valid_for = 92;

using header = std::array<unsigned char, header_octets>;

std::uint32_t read_u32(const header& from, std::size_t at) {
  return std::uint32_t{from[at]} << 24 | std::uint32_t{from[at + 1]} << 16 |
         std::uint32_t{from[at + 2]} << 8 | from[at + 3];
}

/// In octets; 0 for one that cannot be.
std::uint32_t page_octets(const header& from) {
  const std::uint32_t raw = std::uint32_t{from[at_page_size]} << 8 | from[at_page_size + 1];
  if (raw == 1) return 65'536;
  const bool power_of_two = (raw & (raw - 1)) == 0;
  return raw >= 512 && power_of_two ? raw : 0;
}

tl::unexpected<error> fail_corrupt(const fs::path& file, const char* what) {
  return fail(errc::database_corrupt,
              file.string() + ": " + what + "; it was left as it is; restore it from a backup");
}

fs::path wal_of(const fs::path& file) { return fs::path(file.string() + "-wal"); }

/// The log, and the map of it, stand beside the database, so its directory must take files.
outcome<void> check_directory(const fs::path& file) {
  const fs::path directory = directory_of(file);
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return fail_errno(directory, errno);
  }
  return {};
}

outcome<void> check_header(const fs::path& file, const header& head, std::uint64_t file_octets) {
  if (std::memcmp(head.data(), magic.data(), magic.size()) != 0) {
    return fail_corrupt(file, "this is no SQLite database");
  }
  // With commits in the log, what stands in the file itself may be old or half written back:
  // then only SQLite can tell (see open_sqlite).
  if (has_wal(file)) return {};
  const std::uint32_t page = page_octets(head);
  if (page == 0) return fail_corrupt(file, "its header is damaged");
  if (read_u32(head, at_application_id) != application_id) {
    return fail_corrupt(file, "this is no database of this program");
  }
  const std::uint32_t version = read_u32(head, at_user_version);
  if (version > newest_version()) {
    return fail(errc::database_newer, file.string() + ": version " + std::to_string(version) +
                                          "; this program knows up to " +
                                          std::to_string(newest_version()));
  }
  const std::uint64_t expected = std::uint64_t{page} * read_u32(head, at_page_count);
  const bool count_holds =
      read_u32(head, at_change_counter) == read_u32(head, at_version_valid_for);
  if (count_holds && file_octets < expected) return fail_corrupt(file, "it is cut short");
  return {};
}

/// Reads through SQLite's own handle: closing a descriptor of our own would drop the locks that
/// other connections of this process hold on the file (fcntl(2), POSIX record locks). Opening
/// alone neither locks nor writes.
outcome<void> read_header(const fs::path& file, header& head) {
  try {
    SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
    sqlite3_file* handle = nullptr;
    sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &handle);
    if (handle == nullptr || handle->pMethods == nullptr ||
        handle->pMethods->xRead(handle, head.data(), static_cast<int>(head.size()), 0) !=
            SQLITE_OK) {
      return fail(errc::storage_failed, file.string() + ": cannot be read");
    }
    return {};
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected<error>(explain(file.string(), exception, errno));
  }
}

/// Puts a finished file on disk and gives it its name; never replaces one that is there.
outcome<void> publish(const fs::path& made, const fs::path& file) {
  if (auto synced = sync_path(made, O_RDONLY); !synced) return synced;
  if (::link(made.c_str(), file.c_str()) != 0 && errno != EEXIST) return fail_errno(file, errno);
  return sync_path(directory_of(file), O_RDONLY | O_DIRECTORY);
}

outcome<void> fill(const sqlite_options& options) {
  try {
    connection database(options, access::read_write);
    return guarded(database, [&]() -> outcome<void> {
      migrate(database);
      // Stays in the file's header: whoever opens it later, also by hand, uses the log.
      database.execute("PRAGMA journal_mode = WAL");
      return {};
    });
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected<error>(explain(options.file.string(), exception, errno));
  }
}

}  // namespace

tl::unexpected<error> fail_errno(const fs::path& file, int system_errno) {
  errc code = errc::storage_failed;
  if (system_errno == EACCES || system_errno == EPERM || system_errno == EROFS) {
    code = errc::permission_denied;
  }
  if (system_errno == ENOSPC || system_errno == EDQUOT) code = errc::storage_full;
  return fail(code, file.string() + ": " + std::strerror(system_errno));
}

fs::path directory_of(const fs::path& file) {
  const fs::path parent = file.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

outcome<void> sync_path(const fs::path& path, int flags) {
  const descriptor opened(::open(path.c_str(), flags | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return fail_errno(path, errno);
  return {};
}

outcome<void> must_be_there(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0) return {};
  if (errno != ENOENT) return fail_errno(file, errno);
  return fail(errc::storage_failed, file.string() + " is not there yet; `uod-server run` makes it");
}

bool has_wal(const fs::path& file) {
  struct stat about {};
  return ::stat(wal_of(file).c_str(), &about) == 0 && about.st_size > 0;
}

outcome<bool> inspect_file(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) {
    if (errno != ENOENT) return fail_errno(file, errno);
    return false;
  }
  if (!S_ISREG(about.st_mode)) return fail(errc::storage_failed, file.string() + ": is no file");
  // A file that can only be read is told at once, not at the first commit.
  if (::faccessat(AT_FDCWD, file.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
    return fail_errno(file, errno);
  }
  const auto octets = static_cast<std::uint64_t>(about.st_size);
  if (octets < header_octets) {
    return fail_corrupt(file, octets == 0 ? "it is empty" : "it is cut short");
  }
  header head{};
  if (auto got = read_header(file, head); !got) return tl::unexpected<error>(got.error());
  if (auto good = check_header(file, head, octets); !good) {
    return tl::unexpected<error>(good.error());
  }
  if (auto good = check_directory(file); !good) return tl::unexpected<error>(good.error());
  return true;
}

outcome<void> create_file(const sqlite_options& options) {
  std::string made = options.file.string() + ".new-XXXXXX";
  {
    // mkostemp makes it with mode 0600, whatever the umask.
    const descriptor content(::mkostemp(made.data(), O_CLOEXEC));
    if (content.get() < 0) return fail_errno(options.file, errno);
  }
  outcome<void> result = fill({made, options.durable});
  if (result) result = publish(made, options.file);
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    ::unlink((made + suffix).c_str());
  }
  return result;
}

}  // namespace uod::storage::sqlite
