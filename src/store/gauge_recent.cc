#include "store/gauge_recent.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/random.h"

namespace tidemark {

namespace {

// So far ahead a bucket is fetched into the processor's caches, where it mostly is not.
constexpr std::size_t fetched_ahead = 8;

void append(std::string& bytes, std::int64_t number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

}  // namespace

RecentEvents::RecentEvents() : seed_(unpredictable_seed()) {}

std::vector<EventFingerprint> RecentEvents::fingerprints_of(
    std::span<const GaugeEvent> events) const {
    std::vector<EventFingerprint> fingerprints;
    fingerprints.reserve(events.size());
    std::string bytes;
    for (const GaugeEvent& event : events) {
        bytes.clear();
        append(bytes, static_cast<std::int64_t>(event.metric));
        append(bytes, event.value);
        append(bytes, event.observed_at.time_since_epoch().count());
        bytes += event.subject;
        fingerprints.push_back(hash_of(bytes, seed_));
    }
    return fingerprints;
}

std::size_t RecentEvents::bucket_of(const EventFingerprint& fingerprint) {
    static_assert(std::has_single_bit(bucket_count));
    return fingerprint.low & (bucket_count - 1);
}

std::vector<bool> RecentEvents::known(std::span<const EventFingerprint> fingerprints) const {
    std::vector<bool> known(fingerprints.size(), false);
    if (empty()) {
        return known;
    }
    for (std::size_t place = 0; place < fingerprints.size(); ++place) {
        const std::size_t ahead = std::min(place + fetched_ahead, fingerprints.size() - 1);
        __builtin_prefetch(&buckets_[bucket_of(fingerprints[ahead])]);
        const auto& bucket = buckets_[bucket_of(fingerprints[place])].fingerprints;
        known[place] = std::ranges::find(bucket, fingerprints[place]) != bucket.end();
    }
    return known;
}

void RecentEvents::note(std::span<const EventFingerprint> fingerprints) {
    if (fingerprints.empty()) {
        return;
    }
    buckets_.resize(bucket_count);
    for (const EventFingerprint& fingerprint : fingerprints) {
        auto& bucket = buckets_[bucket_of(fingerprint)].fingerprints;
        // What was there already moves to the front, else the oldest makes room.
        const auto place = std::ranges::find(bucket, fingerprint);
        std::move_backward(bucket.begin(),
                           place == bucket.end() ? bucket.end() - 1 : place,
                           place == bucket.end() ? bucket.end() : place + 1);
        bucket.front() = fingerprint;
    }
}

}  // namespace tidemark
