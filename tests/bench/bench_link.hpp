#pragma once

#include "tests/bench/measure.hpp"
#include "tests/bench/report.hpp"

namespace uod::bench {

/// Frames and handshakes in memory, beside bare OpenSSL.
void bench_link(report& out, double seconds);

/// What bare OpenSSL carries of 128-byte frames, so many a record.
sample bare_frames(double seconds, int frames_a_record);

}  // namespace uod::bench
