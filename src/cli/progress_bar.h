#pragma once
// A progress bar on a terminal; nothing at all elsewhere.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "logs/aggregation.h"

namespace tidemark {

// Shows how much of the files is read, lines and bytes a second and the time left, on standard
// error, at most ten times a second. One thread at a time. The line is wiped when it goes.
class ProgressBar {
 public:
    // total_bytes: of the files as stored; 0 when not known.
    explicit ProgressBar(std::uint64_t total_bytes);
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    ~ProgressBar();

    void show(const std::string& file, const ReadingProgress& progress);

    // Takes the bar off the terminal's line, so that something else can be written there.
    void wipe();

 private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    const bool on_terminal_;
    const std::uint64_t total_bytes_;
    const SteadyTime started_;
    SteadyTime shown_{};
    std::map<std::string, ReadingProgress> files_;
};

}  // namespace tidemark
