#pragma once
// Instants and durations as people read them.

#include <chrono>
#include <string>

#include "base/clock.h"

namespace tidemark {

// "2026-11-01T12:30:05Z", cut to the second.
std::string instant_text(Timestamp instant);

// The two largest units that say something: "0.25 s", "7.1 s", "3 min 12 s", "5 h 2 min", "3 d 4
// h".
std::string duration_text(std::chrono::microseconds duration);

}  // namespace tidemark
