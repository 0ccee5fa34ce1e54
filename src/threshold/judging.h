#pragma once
// Judges thresholds by what is synchronised.

#include <chrono>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "store/threshold_store.h"
#include "threshold/threshold.h"

namespace tidemark {

// One window.
struct WindowDays {
    UtcDay from;  // inclusive
    UtcDay to;    // exclusive

    bool operator==(const WindowDays&) const = default;
};

// The windows that the time between the two instants touches, in order: what was not judged yet or
// was still going on. Without `since` only the one that `through` ends or lies in: nobody is told
// of what was long before he asked.
std::vector<WindowDays> windows_to_judge(ThresholdWindow window,
                                         std::optional<std::chrono::sys_seconds> since,
                                         std::chrono::sys_seconds through);

// An event for each subject whose usage in one of these windows has reached the limit by `through`,
// up to which all is complete; fired before or not. A day that is cut there, and whose usage is
// known by the day alone, counts once it is over. Of a gauge whole days count, with what was
// carried into the window. Fails as the store's reading does.
Result<std::vector<ThresholdEvent>> judge(Store& store,
                                          const Threshold& threshold,
                                          std::optional<std::chrono::sys_seconds> since,
                                          std::chrono::sys_seconds through);

}  // namespace tidemark
