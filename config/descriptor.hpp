#pragma once

#include <unistd.h>

#include <utility>

namespace uod {

/// Owns a file descriptor of the system and closes it at its end. Moved from, it has none.
class descriptor {
 public:
  /// A negative number is none, so what open(2) and its like give can be handed over as it is.
  explicit descriptor(int number = -1) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() { close(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  /// False when what was written could not be kept after all; errno says why.
  bool close() { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

}  // namespace uod
