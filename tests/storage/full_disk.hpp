#pragma once

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

namespace uod::storage::contract {

/// A disk that is full from a chosen write of SQLite's on, by SQLite's own door to the system
/// (`xSetSystemCall`). One at a time.
class disk_under_test {
 public:
  disk_under_test() {
    set("write", reinterpret_cast<sqlite3_syscall_ptr>(full_write));
    set("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(full_pwrite));
    set("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(full_pwrite));
  }
  ~disk_under_test() {
    writes_left = -1;
    for (const char* name : {"write", "pwrite", "pwrite64"}) set(name, nullptr);
  }
  disk_under_test(const disk_under_test&) = delete;
  disk_under_test& operator=(const disk_under_test&) = delete;

  static inline int writes_left = -1;  ///< -1: the disk has room

  /// For whoever writes by itself.
  static ssize_t full_pwrite(int file, const void* data, size_t size, off_t at) {
    if (!is_full()) return ::pwrite(file, data, size, at);
    errno = ENOSPC;
    return -1;
  }

 private:
  static bool is_full() {
    if (writes_left < 0) return false;
    if (writes_left == 0) return true;
    --writes_left;
    return false;
  }
  static ssize_t full_write(int file, const void* data, size_t size) {
    if (!is_full()) return ::write(file, data, size);
    errno = ENOSPC;
    return -1;
  }
  static void set(const char* name, sqlite3_syscall_ptr call) {
    sqlite3_vfs* files = sqlite3_vfs_find(nullptr);
    files->xSetSystemCall(files, name, call);
  }
};

}  // namespace uod::storage::contract
