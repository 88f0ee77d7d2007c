#pragma once

#include <string_view>

namespace uod::terminal {

/// Where finished lines go. Tests bring a string.
class output {
 public:
  virtual ~output() = default;
  /// Writes all of it before it returns. False when it is not sure that everything was written:
  /// the reader has gone, or the wait for it was broken off. Nothing can be written from then on.
  virtual bool write(std::string_view text) = 0;
  [[nodiscard]] virtual bool closed() const = 0;
};

/// A file descriptor, in either mode: waits for slow readers, but not past a wish to end.
class descriptor_output final : public output {
 public:
  /// `interrupt` becomes readable when the program shall end; -1 for none. Neither is closed
  /// here. SIGPIPE must be ignored by the process.
  explicit descriptor_output(int descriptor, int interrupt = -1)
      : descriptor_(descriptor), interrupt_(interrupt) {}

  bool write(std::string_view text) override;
  [[nodiscard]] bool closed() const override { return closed_; }

 private:
  bool wait_for_room() const;

  int descriptor_;
  int interrupt_;
  bool closed_ = false;
};

/// Whether to colour what goes to this descriptor: a terminal that is not dumb (TERM), and
/// neither NO_COLOR nor a flag or setting against it.
bool wants_color(int descriptor, bool forbidden);

/// Whether a line may be drawn over: as `wants_color`, but colour does not matter.
bool can_animate(int descriptor);

}  // namespace uod::terminal
