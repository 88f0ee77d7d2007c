#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/simulation/person.hpp"

namespace uod::simulation {

/// One node, Alice with a phone and a tablet, Bob with a phone, and a network that does what
/// networks do. Runs a story drawn from a seed, and then says which promises were broken.
class world {
 public:
  explicit world(std::uint64_t seed);
  ~world();

  /// Lets everything happen that happens within this time.
  void run_for(std::uint64_t span_ms);
  /// Lets things happen until `reached` or until this time is over; whether it was reached.
  bool run_until(const std::function<bool()>& reached, std::uint64_t span_ms);

  /// A story: they register, talk, and meanwhile links are cut or fall silent, devices and the
  /// node are killed or drained and come back; then it gets quiet and all is well again.
  void live();

  /// What is wrong with the promises of the design; empty when all were kept.
  [[nodiscard]] std::vector<std::string> broken_promises();

 private:
  void misfortune();
  void say_something(person& who, std::uint64_t& count);
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] std::vector<message> stored_messages();
  void check_store(std::vector<std::string>& broken, const std::vector<message>& stored);
  void check_acknowledged(std::vector<std::string>& broken, const person& who,
                          const std::vector<message>& stored);
  void check_told(std::vector<std::string>& broken, const person& who,
                  const std::vector<message>& stored, bool own_too);
  void check_heard(std::vector<std::string>& broken);
  void check_marks(std::vector<std::string>& broken, const std::vector<message>& stored);

  virtual_time time_;
  std::filesystem::path directory_;
  std::shared_ptr<node> node_;
  std::unique_ptr<person> alice_;
  std::unique_ptr<person> tablet_;
  std::unique_ptr<person> bob_;
  std::uint64_t alice_said_ = 0;
  std::uint64_t bob_said_ = 0;
  std::uint64_t broadcast_ = 0;
};

}  // namespace uod::simulation
