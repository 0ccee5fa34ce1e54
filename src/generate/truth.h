#pragma once
// GeneratedTruth: what a reader must find in generated lines, known without reading them.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/slot.h"
#include "generate/flaw.h"
#include "generate/line_pieces.h"

namespace tidemark {

inline constexpr std::size_t generated_metrics_max = 3;
using GeneratedValues = std::array<std::int64_t, generated_metrics_max>;

// One line that counts.
struct CountedLine {
    std::uint32_t subject = 0;
    std::int32_t slot = 0;
    GeneratedValues values{};
};

struct TruthRow {
    std::string subject;
    Slot slot = Slot::from_index(0);
    GeneratedValues values{};  // as many as metrics() names; the rest is 0
};

// For a reader that takes the subject from `path:1` (pings: `query:aid`), counts every status and
// method, and whose clock is past every line. Memory follows the distinct (subject, slot).
class GeneratedTruth {
 public:
    // accepted + rejected + ignored + comments = lines
    std::int64_t lines = 0;
    std::int64_t comments = 0;
    std::int64_t accepted = 0;
    std::int64_t rejected = 0;
    std::int64_t ignored = 0;
    std::map<std::string, std::int64_t, std::less<>> rejected_by_reason;
    std::map<std::string, std::int64_t, std::less<>> ignored_by_reason;
    GeneratedValues totals{};

    void add(const CountedLine& line);
    void add(const Expectation& expectation, std::int64_t times);

    // Adds what another truth of the same options knows.
    void add(const GeneratedTruth& other);

    // By subject (as bytes), then slot.
    [[nodiscard]] std::vector<TruthRow> rows(const LinePieces& pieces) const;

    // The names of a row's values: {bytes_streamed, requests} or {plays, ad_impressions,
    // ad_completes}.
    static std::vector<std::string_view> metrics(GeneratedFormat format);

 private:
    std::unordered_map<std::uint64_t, GeneratedValues> usage_;  // by subject << 32 | slot
};

}  // namespace tidemark
