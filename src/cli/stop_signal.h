#pragma once
// Ctrl-C and SIGTERM as a flag that long work looks at.

#include <atomic>

namespace tidemark {

// From the first call on, SIGINT and SIGTERM set the flag instead of ending the process; a second
// one ends it. The flag lives as long as the process: signal handlers have no other place.
const std::atomic<bool>& stop_on_signal();

}  // namespace tidemark
