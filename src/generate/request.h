#pragma once
// RequestSource: what the clients of a made-up platform asked for, one request a line.

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "domain/slot.h"
#include "generate/distributions.h"
#include "generate/options.h"

namespace tidemark {

enum class ObjectKind : std::uint8_t { page, image, script, manifest, segment, film };

enum class PingEvent : std::uint8_t { play, ad_impression, ad_complete, tick, setup, other_path };

// One request, before it is written down in any format.
struct Request {
    std::int64_t time_s = 0;  // the event's time, since 1970
    std::int64_t line_s = 0;  // when the line was written: never earlier than its event, unless
                              // the event's clock is ahead
    std::uint32_t nanoseconds = 0;
    std::uint32_t subject = 0;
    std::uint64_t media = 0;  // bits that name the object
    std::uint64_t bits = 0;   // for what only has to look real: addresses, agents, referrers
    ObjectKind kind = ObjectKind::page;
    PingEvent event = PingEvent::play;
    std::uint16_t status = 200;
    bool head = false;
    std::int64_t bytes = 0;

    // What spoils the line; each names something that a reader must refuse or not count.
    std::string_view bytes_text;  // written instead of `bytes` when it is not empty
    bool bad_status = false;
    bool bad_time = false;
    bool without_subject = false;
    bool unknown_version = false;
};

// The place of every line in the days: line i of n, along the shape of the day.
class DayShape {
 public:
    DayShape(const GenerateOptions& options, std::int64_t lines);

    // The second at which line `index` is written; index in [0, lines).
    [[nodiscard]] std::int64_t second_of(std::int64_t index) const;
    // Of the same index: half-open bounds of the lines of a slot, counted from the first day's.
    [[nodiscard]] std::int64_t first_line_of(std::int64_t slot) const;

 private:
    std::int64_t begin_s_;
    std::int64_t lines_;
    std::uint64_t step_ = 0;  // weight a line, 10 fractional bits
    std::uint64_t days_;
    std::array<std::uint64_t, Slot::per_day + 1> sums_{};  // weights before each slot of a day
    std::array<std::uint64_t, Slot::per_day> seconds_a_weight_{};  // 64 fractional bits
};

// Immutable; draw() may be called from several threads with a stream each.
class RequestSource {
 public:
    explicit RequestSource(const GenerateOptions& options);

    // The request of a line written at `line_s`.
    [[nodiscard]] Request draw(std::int64_t line_s, RandomStream& random) const;

 private:
    [[nodiscard]] std::int64_t draw_lag(RandomStream& random) const;
    void draw_object(Request& request, RandomStream& random) const;

    GenerateOptions options_;
    WeightedChoice subjects_;
    WeightedChoice objects_;
    WeightedChoice kinds_;
    WeightedChoice page_statuses_;
    WeightedChoice segment_statuses_;
    WeightedChoice events_;
    LogNormalSize page_size_;
    LogNormalSize segment_size_;
};

}  // namespace tidemark
