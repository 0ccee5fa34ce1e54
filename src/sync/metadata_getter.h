#pragma once
// MetadataGetter: where observations come from.

#include <chrono>

#include "sync/observed.h"

namespace tidemark {

// One thread at a time; several getters may be read at once.
class MetadataGetter {
 public:
    MetadataGetter() = default;
    MetadataGetter(const MetadataGetter&) = delete;
    MetadataGetter& operator=(const MetadataGetter&) = delete;
    virtual ~MetadataGetter() = default;

    // Observes every dataset it knows of. A dataset that cannot be read by the deadline is there
    // with its error, so that one bad source never blocks the rest.
    virtual Observed read(std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace tidemark
