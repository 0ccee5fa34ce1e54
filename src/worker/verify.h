#pragma once
// Verifies now and then that what is stored is what it must be.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace tidemark {

struct VerifyWatch {
    std::chrono::seconds every = std::chrono::hours(24);
    std::int32_t days = 7;                // the last UTC days, today included
    std::chrono::milliseconds poll{250};  // how often it looks whether it is to stop
};

// Called after each dataset with how much differs.
using VerifiedSink = std::function<void(const std::string& dataset, std::int64_t difference_count)>;

// Verifies the last days of every dataset, each as a run of job "verify", which fails when
// something differs; the first differences are in the log. The first error ends it.
Result<void> verify_last_days(Store& store,
                              const Clock& clock,
                              std::int32_t days,
                              const VerifiedSink& verified);

// The same, `every` after the run before began, whoever made it, until `stop` is set. An
// unavailable store is tried again; other errors end it.
Result<void> watch_and_verify(Store& store,
                              const Clock& clock,
                              const VerifyWatch& watch,
                              const std::atomic<bool>& stop,
                              const VerifiedSink& verified);

}  // namespace tidemark
