#pragma once
// Coverage: the slots for which a feed declares "this is all there is". Declared by a committed
// run, never inferred from rows.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/slot.h"

namespace tidemark {

// A half-open run of slots, [begin, end); never empty.
struct SlotRange {
    Slot begin;
    Slot end;

    // "FROM/TO", each a day ("2026-11-01", its first slot) or an instant on a slot's edge
    // ("2026-11-01T10:30Z"); or one day alone, which covers that day. Fails with invalid_input
    // for other texts, for instants off the edge and for empty or backward ranges.
    static Result<SlotRange> parse(std::string_view text);

    // "2026-11-01T00:00Z/2026-11-02T00:00Z".
    [[nodiscard]] std::string to_string() const;

    auto operator<=>(const SlotRange&) const = default;
};

// A set of slots, kept as ranges in order that neither touch nor overlap.
class Coverage {
 public:
    void add(SlotRange range);

    [[nodiscard]] const std::vector<SlotRange>& ranges() const { return ranges_; }
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    [[nodiscard]] bool covers(Slot slot) const;

    bool operator==(const Coverage&) const = default;

 private:
    std::vector<SlotRange> ranges_;
};

}  // namespace tidemark
