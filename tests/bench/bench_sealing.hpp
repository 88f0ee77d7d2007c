#pragma once

#include "tests/bench/report.hpp"

namespace uod::bench {

/// Messages and chat keys, beside libsodium's sealed boxes and OpenSSL's CMS.
void bench_sealing(report& out, double seconds);

}  // namespace uod::bench
