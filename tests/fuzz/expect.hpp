#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the fuzzer with a finding where a promise does not hold; also in builds without asserts.
#define UOD_EXPECT(promise)                                                             \
  do {                                                                                  \
    if (!(promise)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #promise); \
      std::abort();                                                                     \
    }                                                                                   \
  } while (false)
