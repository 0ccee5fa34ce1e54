#include "generate/request.h"

#include <algorithm>

#include "generate/names.h"

namespace tidemark {

namespace {

__extension__ using Wide = unsigned __int128;

// A day of a video platform by half hours: lowest before dawn, highest in the evening.
constexpr std::array<std::uint64_t, Slot::per_day> diurnal_weights = {
    62, 56, 50, 45,  41,  37,  34,  31,  29,  28,  28,  29,  32,  36,  41, 47,
    53, 59, 64, 68,  72,  75,  78,  81,  84,  86,  87,  87,  86,  85,  85, 86,
    89, 93, 98, 104, 111, 119, 127, 134, 139, 141, 140, 135, 126, 112, 95, 78};

// Statuses by thousandths of a percent. Pages: a public web log; segments: nothing public was
// found, so an assumption (docs name it).
constexpr std::array<std::uint16_t, 8> page_status_texts = {200, 304, 404, 301, 206, 500, 503, 499};
constexpr std::array<std::uint64_t, 8> page_status_weights = {
    91250, 4450, 2130, 1640, 450, 20, 10, 50};
constexpr std::array<std::uint16_t, 8> segment_status_texts = {
    200, 206, 304, 404, 403, 416, 499, 502};
constexpr std::array<std::uint64_t, 8> segment_status_weights = {
    77500, 18500, 2000, 1000, 500, 150, 250, 100};

constexpr std::array<std::uint64_t, 6> event_weights = {180, 90, 60, 560, 100, 10};

WeightedChoice kind_choice(const GenerateOptions& options) {
    constexpr double scale = 1'000'000.0;
    const double rest = 1.0 - options.segment_share - options.film_share;
    const auto weight = [](double share) { return static_cast<std::uint64_t>(share * scale); };
    const std::array<std::uint64_t, 6> weights = {weight(rest * 0.10),
                                                  weight(rest * 0.45),
                                                  weight(rest * 0.15),
                                                  weight(rest * 0.30) + 1,
                                                  weight(options.segment_share),
                                                  weight(options.film_share)};
    return WeightedChoice(weights);
}

// Seconds are drawn in a range of at most three days.
constexpr std::int64_t minute_s = 60;
constexpr std::int64_t half_hour_s = 1800;
constexpr std::int64_t day_s = 86400;

}  // namespace

DayShape::DayShape(const GenerateOptions& options, std::int64_t lines)
    : begin_s_(options.from.begin().time_since_epoch().count()),
      lines_(lines),
      days_(static_cast<std::uint64_t>(options.to.days_since_epoch() -
                                       options.from.days_since_epoch())) {
    for (std::size_t slot = 0; slot < Slot::per_day; ++slot) {
        const std::uint64_t weight = (options.diurnal ? diurnal_weights[slot] : 75U) << 32U;
        sums_[slot + 1] = sums_[slot] + weight;
        seconds_a_weight_[slot] =
            static_cast<std::uint64_t>((static_cast<Wide>(Slot::seconds) << 64U) / weight);
    }
    if (lines > 0) {
        // Rounded down: rounded up, the last line would leave the last day.
        const Wide whole = static_cast<Wide>(days_) * sums_.back();
        step_ = static_cast<std::uint64_t>((whole << 10U) / static_cast<Wide>(lines));
    }
}

std::int64_t DayShape::second_of(std::int64_t index) const {
    const auto weight =
        static_cast<std::uint64_t>((static_cast<Wide>(index) * static_cast<Wide>(step_)) >> 10U);
    const std::uint64_t day = weight / sums_.back();
    const std::uint64_t within = weight % sums_.back();
    const auto after = std::upper_bound(sums_.begin(), sums_.end(), within);
    const auto slot = static_cast<std::size_t>(after - sums_.begin()) - 1;
    const auto second = static_cast<std::uint64_t>(
        (static_cast<Wide>(within - sums_[slot]) * seconds_a_weight_[slot]) >> 64U);
    return begin_s_ + static_cast<std::int64_t>(day) * day_s +
           static_cast<std::int64_t>(slot) * Slot::seconds + static_cast<std::int64_t>(second);
}

std::int64_t DayShape::first_line_of(std::int64_t slot) const {
    const std::int64_t second = begin_s_ + slot * Slot::seconds;
    std::int64_t low = 0;
    std::int64_t high = lines_;
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        if (second_of(middle) < second) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

RequestSource::RequestSource(const GenerateOptions& options)
    : options_(options),
      subjects_(WeightedChoice::zipf(options.subjects, options.subject_skew)),
      objects_(WeightedChoice::zipf(options.objects, options.object_skew)),
      kinds_(kind_choice(options)),
      page_statuses_(page_status_weights),
      segment_statuses_(segment_status_weights),
      events_(event_weights),
      page_size_(9.33, 1.77),
      segment_size_(13.8, 0.6) {}

std::int64_t RequestSource::draw_lag(RandomStream& random) const {
    const Disorder& disorder = options_.disorder;
    const double place = random.unit();
    if (place < disorder.within_minute) {
        return static_cast<std::int64_t>(random.below(minute_s));
    }
    if (place < disorder.within_minute + disorder.within_half_hour) {
        return minute_s + static_cast<std::int64_t>(random.below(half_hour_s - minute_s));
    }
    if (place < disorder.within_minute + disorder.within_half_hour + disorder.within_day) {
        return half_hour_s + static_cast<std::int64_t>(random.below(day_s - half_hour_s));
    }
    return day_s + static_cast<std::int64_t>(random.below(2 * day_s));
}

void RequestSource::draw_object(Request& request, RandomStream& random) const {
    const std::uint64_t object = objects_.draw(random.next());
    request.media = mix((static_cast<std::uint64_t>(request.subject) << 32U) | object);
    if (options_.format == GeneratedFormat::ping) {
        request.event = static_cast<PingEvent>(events_.draw(random.next()));
        request.bytes = 43;  // the beacon's picture
        return;
    }
    request.kind = static_cast<ObjectKind>(kinds_.draw(random.next()));
    const bool video = request.kind == ObjectKind::segment || request.kind == ObjectKind::film;
    request.status = video ? segment_status_texts[segment_statuses_.draw(random.next())]
                           : page_status_texts[page_statuses_.draw(random.next())];
    if (request.kind == ObjectKind::film) {
        constexpr std::uint64_t film_least = 10'000'000;
        constexpr std::uint64_t film_most = 2'000'000'000;
        request.bytes =
            static_cast<std::int64_t>(film_least + random.below(film_most - film_least));
    } else {
        const std::uint64_t first = random.next();
        request.bytes = (video ? segment_size_ : page_size_).draw(first, random.next());
    }
    if (request.status == 304 || request.head) {
        request.bytes = 0;
    } else if (request.status >= 400 && request.status != 499) {
        request.bytes = 150 + static_cast<std::int64_t>(request.bits & 0xFFU);
    } else if (request.status == 206) {
        request.bytes = request.bytes / 3 + 1;
    }
}

Request RequestSource::draw(std::int64_t line_s, RandomStream& random) const {
    Request request;
    request.line_s = line_s;
    request.bits = random.next();
    request.nanoseconds = static_cast<std::uint32_t>(random.below(1'000'000'000));
    request.time_s = line_s;
    if (options_.disordered) {
        request.time_s -= draw_lag(random);
    }
    if (random.chance(options_.ahead_share)) {
        constexpr std::uint64_t eight_hours_s = 28800;
        request.time_s = line_s + 1 + static_cast<std::int64_t>(random.below(eight_hours_s));
    }
    request.subject = static_cast<std::uint32_t>(subjects_.draw(random.next()));
    request.head = (request.bits >> 56U) == 0;  // 0.4 %
    draw_object(request, random);
    return request;
}

}  // namespace tidemark
