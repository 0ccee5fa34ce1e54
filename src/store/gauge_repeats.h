#pragma once
// Repeats: the events of a batch that another one had brought before, packed.
//
// A source that is asked every 30 s says mostly what it said before. Such an event needs no second
// row, but that this batch brought it as well must be known when the other one is voided. Packed,
// an event takes about 20 bytes where a row takes 100.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/gauge.h"

namespace tidemark {

// Events in the order of sort_events(); without their ids. One event after the other, its numbers
// as LEB128: how many bytes the subject shares with the one before, how many follow, those bytes,
// metric, instant (microseconds, difference to the one before, zigzag), value.
std::string pack_repeats(std::span<const GaugeEvent* const> events);

// What pack_repeats() wrote. Fails with corrupt for anything else.
Result<std::vector<GaugeEvent>> unpack_repeats(std::string_view packed);

}  // namespace tidemark
