#pragma once
// A set of whole numbers (slots since 1970, days since 1970), kept as spans, so that 400 days of
// unbroken coverage cost as much as one slot of it.

#include <cstdint>
#include <optional>
#include <vector>

namespace tidemark {

// Half-open: [begin, end). Backward ones are empty.
struct Span {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    bool operator==(const Span&) const = default;
};

// Every operation is linear in the spans of what it is given.
class SpanSet {
 public:
    SpanSet() = default;

    // Of spans in any order, which may overlap, touch and be empty. Linear when they are in order.
    static SpanSet of(std::vector<Span> spans);

    // In order; none is empty, no two overlap or touch.
    [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }
    [[nodiscard]] bool empty() const { return spans_.empty(); }

    // How many numbers there are.
    [[nodiscard]] std::int64_t size() const;

    // One past the largest number; nothing for an empty set.
    [[nodiscard]] std::optional<std::int64_t> end() const;

    // The smallest number at or after `from` that is not in the set.
    [[nodiscard]] std::int64_t first_absent(std::int64_t from) const;

    [[nodiscard]] bool contains(std::int64_t number) const { return first_absent(number) > number; }

    [[nodiscard]] SpanSet united(const SpanSet& other) const;
    [[nodiscard]] SpanSet intersected(const SpanSet& other) const;
    [[nodiscard]] SpanSet without(const SpanSet& other) const;
    [[nodiscard]] SpanSet within(Span bounds) const;

    bool operator==(const SpanSet&) const = default;

 private:
    std::vector<Span> spans_;
};

}  // namespace tidemark
