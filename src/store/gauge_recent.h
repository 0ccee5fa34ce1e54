#pragma once
// Recent events: which events a writer stored itself a short while ago.
//
// A source that is asked every 30 s says mostly what it said before. Who stored it knows that it is
// stored, for as long as nobody takes it back, and need not search for it.
//
// Remembered are fingerprints, 128 bits with a seed of this object's own, so that nobody can make
// two events alike. They lie in buckets of a cache line each, where the new replace the old: memory
// is bounded, and what was forgotten is only searched for again.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/content_hash.h"
#include "domain/gauge.h"

namespace tidemark {

// Of a whole event, but for its id.
using EventFingerprint = ContentHash;

// One thread at a time.
class RecentEvents {
 public:
    // 2 MiB, of which nothing is there before the first note().
    static constexpr std::size_t events_max = 131'072;

    RecentEvents();

    // In the events' order.
    [[nodiscard]] std::vector<EventFingerprint> fingerprints_of(
        std::span<const GaugeEvent> events) const;

    // Which of them are remembered.
    [[nodiscard]] std::vector<bool> known(std::span<const EventFingerprint> fingerprints) const;

    void note(std::span<const EventFingerprint> fingerprints);

    [[nodiscard]] bool empty() const { return buckets_.empty(); }
    void clear() { buckets_.clear(); }

 private:
    static constexpr std::size_t bucket_size = 4;
    static constexpr std::size_t bucket_count = events_max / bucket_size;
    struct alignas(64) Bucket {
        std::array<EventFingerprint, bucket_size> fingerprints;  // the newest first
    };
    [[nodiscard]] static std::size_t bucket_of(const EventFingerprint& fingerprint);

    std::uint64_t seed_;
    std::vector<Bucket> buckets_;
};

}  // namespace tidemark
