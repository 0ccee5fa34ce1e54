#pragma once
// VerifyStore: the part of a store that proves itself right.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/utc_day.h"

namespace tidemark {

// One value that is not what the rest of the store says it must be. Which of the two is wrong is
// for a person to find out; the names say where they stand.
struct Difference {
    std::string table;      // where the value was found: "cdn_daily"
    std::string subject{};  // empty: of no subject in particular
    std::optional<UtcDay> day{};
    std::string field{};     // a metric, or another column
    std::string expected{};  // "none": there should be nothing
    std::string found{};     // "none": there is nothing
    std::optional<std::int64_t> batch_seq{};
    std::optional<std::int64_t> run_id{};
};

using DifferenceSink = std::function<void(const Difference&)>;

struct VerifyScope {
    std::string dataset;
    std::optional<UtcDay> from{};  // inclusive; empty: from the beginning
    std::optional<UtcDay> to{};    // exclusive; empty: to the end

    [[nodiscard]] bool contains(UtcDay day) const {
        return (!from.has_value() || *from <= day) && (!to.has_value() || day < *to);
    }
};

// What was looked at.
struct VerifySummary {
    std::int64_t batches = 0;
    std::int64_t batch_rows = 0;
    std::int64_t daily_rows = 0;
    std::int64_t days_recomputed = 0;  // every subject, from all of the day's batch rows
    std::int64_t days_in_sum = 0;      // purged: held against receipts and seals
    std::int64_t seals = 0;            // revisions of days
    std::int64_t runs = 0;
};

class VerifyStore {
 public:
    VerifyStore() = default;
    VerifyStore(const VerifyStore&) = delete;
    VerifyStore& operator=(const VerifyStore&) = delete;
    virtual ~VerifyStore() = default;

    // Recomputes what a dataset's batch rows, receipts, daily rows, seals and runs say of each
    // other, of a gauge its rows from the events of the batches that stand, all as of one moment,
    // and gives every difference to the sink. Reads every row of
    // the scope once or twice; memory follows the batches and the subjects of one day. Nothing is
    // changed and nobody is held up. Batches and runs that reach beyond the scope's days are left
    // out. Errors, threads and the datasets that it may name: as of Store.
    virtual Result<VerifySummary> verify(const VerifyScope& scope,
                                         const DifferenceSink& differs) = 0;
};

}  // namespace tidemark
