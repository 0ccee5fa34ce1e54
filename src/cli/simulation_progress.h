#pragma once
// How a simulation goes, on a terminal; log lines now and then elsewhere.

#include <chrono>
#include <string>

#include "simulate/run/simulation.h"

namespace tidemark {

// Writes to standard error. One thread at a time. The lines are wiped when it goes.
class SimulationDisplay {
 public:
    SimulationDisplay();
    SimulationDisplay(const SimulationDisplay&) = delete;
    SimulationDisplay& operator=(const SimulationDisplay&) = delete;
    ~SimulationDisplay();

    void show(const simulate::SimulationProgress& progress);
    void wipe();

 private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    void draw(const simulate::SimulationProgress& progress);
    void log(const simulate::SimulationProgress& progress);

    const bool on_terminal_;
    int lines_ = 0;  // that stand on the terminal
    std::string said_;
    SteadyTime logged_{};
};

}  // namespace tidemark
