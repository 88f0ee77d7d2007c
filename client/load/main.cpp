#include "client/load/program.hpp"

int main(int argc, char** argv) {
  return uod::load::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
