#pragma once
// How often a private server checkpoints and vacuums while time is compressed.

#include <cstdint>
#include <map>
#include <string>

#include "simulate/plan/plan.h"

namespace tidemark::simulate {

struct Rhythm {
    std::map<std::string, std::string> settings;  // the plan's, with the spans divided by the speed
    // Microseconds of the machine between checkpoints that the simulator asks for itself; 0: the
    // server does it. Its least checkpoint_timeout is 30 s.
    std::int64_t checkpoint_every_us = 0;
};

// A private server's own rhythm in the run's time; what the plan sets, it sets in simulated time.
Rhythm rhythm_of(const Plan& plan, double speed);

}  // namespace tidemark::simulate
