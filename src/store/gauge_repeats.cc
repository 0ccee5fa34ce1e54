#include "store/gauge_repeats.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tidemark {

namespace {

constexpr unsigned bits_per_byte = 7;
constexpr unsigned more_follows = 0x80;

void append_number(std::string& to, std::uint64_t number) {
    while (number >= more_follows) {
        to += static_cast<char>(number | more_follows);
        number >>= bits_per_byte;
    }
    to += static_cast<char>(number);
}

// Small differences of either sign become small numbers: 0, -1, 1, -2 as 0, 1, 2, 3.
std::uint64_t zigzag(std::int64_t number) {
    return (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
}

std::int64_t unzigzag(std::uint64_t number) {
    return static_cast<std::int64_t>((number >> 1U) ^ (~(number & 1U) + 1));
}

std::size_t shared_length(std::string_view left, std::string_view right) {
    const auto [end, ignored] = std::ranges::mismatch(left, right);
    return static_cast<std::size_t>(end - left.begin());
}

class Unpacker {
 public:
    explicit Unpacker(std::string_view packed) : rest_(packed) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }

    std::optional<GaugeEvent> next() {
        const std::optional<std::uint64_t> shared = number();
        const std::optional<std::uint64_t> length = number();
        if (!shared || !length || *shared > subject_.size() || *length > rest_.size()) {
            return std::nullopt;
        }
        subject_.resize(*shared);
        subject_ += rest_.substr(0, *length);
        rest_.remove_prefix(*length);
        const std::optional<std::uint64_t> metric = number();
        const std::optional<std::uint64_t> difference = number();
        const std::optional<std::uint64_t> value = number();
        if (!metric || !difference || !value) {
            return std::nullopt;
        }
        instant_us_ += static_cast<std::uint64_t>(unzigzag(*difference));
        return GaugeEvent{.subject = subject_,
                          .metric = *metric,
                          .value = static_cast<std::int64_t>(*value),
                          .observed_at = Timestamp(
                              std::chrono::microseconds(static_cast<std::int64_t>(instant_us_))),
                          .event_id = {}};
    }

 private:
    std::optional<std::uint64_t> number() {
        std::uint64_t result = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += bits_per_byte) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            result |= static_cast<std::uint64_t>(byte & (more_follows - 1)) << shift;
            if (byte < more_follows) {
                return result;
            }
        }
        return std::nullopt;
    }

    std::string_view rest_;
    std::string subject_;
    std::uint64_t instant_us_ = 0;
};

}  // namespace

std::string pack_repeats(std::span<const GaugeEvent* const> events) {
    std::string packed;
    std::string_view subject;
    std::uint64_t instant_us = 0;
    for (const GaugeEvent* event : events) {
        const std::size_t shared = shared_length(subject, event->subject);
        append_number(packed, shared);
        append_number(packed, event->subject.size() - shared);
        packed.append(event->subject, shared);
        append_number(packed, event->metric);
        const auto observed_us =
            static_cast<std::uint64_t>(event->observed_at.time_since_epoch().count());
        append_number(packed, zigzag(static_cast<std::int64_t>(observed_us - instant_us)));
        append_number(packed, static_cast<std::uint64_t>(event->value));
        subject = event->subject;
        instant_us = observed_us;
    }
    return packed;
}

Result<std::vector<GaugeEvent>> unpack_repeats(std::string_view packed) {
    std::vector<GaugeEvent> events;
    for (Unpacker unpacker(packed); !unpacker.done();) {
        std::optional<GaugeEvent> event = unpacker.next();
        if (!event.has_value()) {
            return Error{ErrorKind::corrupt, "repeated events of a batch cannot be read"};
        }
        events.push_back(*std::move(event));
    }
    return events;
}

}  // namespace tidemark
