#include "server/administration/interruption.hpp"

namespace uod::administration {
namespace {

volatile std::sig_atomic_t noted = 0;

}  // namespace

interruption::interruption() {
  noted = 0;
  struct sigaction act {};
  act.sa_handler = [](int) { noted = 1; };
  act.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &act, &int_before_);
  ::sigaction(SIGTERM, &act, &term_before_);
}

interruption::~interruption() {
  ::sigaction(SIGINT, &int_before_, nullptr);
  ::sigaction(SIGTERM, &term_before_, nullptr);
}

bool interruption::came() const { return noted != 0; }

}  // namespace uod::administration
