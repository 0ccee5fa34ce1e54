#include "store/sqlite/verify_gauge.h"

#include <limits>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/gauge_verifying.h"
#include "store/sqlite/gauge_read.h"
#include "store/sqlite/gauge_rows.h"

namespace tidemark::sqlite {

namespace {

class GaugeVerifying : public GaugeDayReader {
 public:
    GaugeVerifying(Connection& connection,
                   const DatasetRow& row,
                   const DifferenceSink& differs,
                   LedgerFacts& facts)
        : connection_(connection),
          dataset_(row.dataset),
          tables_(row.dataset),
          differs_(differs),
          facts_(facts) {}

    Result<std::set<UtcDay>> find_days() override;
    Result<void> add_rows(UtcDay day, GaugeDayCheck& check) override;
    Result<void> add_events(UtcDay day, GaugeDayCheck& check) override;
    Result<void> add_repeats(UtcDay day, GaugeDayCheck& check) override;

 private:
    Result<void> find_days_of(const std::string& table, std::set<UtcDay>& days);

    Connection& connection_;
    const Dataset& dataset_;
    DatasetTables tables_;
    const DifferenceSink& differs_;
    LedgerFacts& facts_;
};

Result<std::set<UtcDay>> GaugeVerifying::find_days() {
    std::set<UtcDay> days;
    for (const std::string& table : {tables_.daily(), tables_.batch(), tables_.repeat()}) {
        TIDEMARK_RETURN_IF_ERROR(find_days_of(table, days));
    }
    return days;
}

// A search for each: the table's key or an index begins with the date.
Result<void> GaugeVerifying::find_days_of(const std::string& table, std::set<UtcDay>& days) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement next,
        connection_.prepare(fmt::format("SELECT min(date) FROM {} WHERE date > ?1", table)));
    std::int64_t date = std::numeric_limits<std::int64_t>::min();
    while (true) {
        next.bind(date);
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, next.step());
        if (!found || next.is_null(0)) {
            return {};
        }
        date = next.integer(0);
        next.reset();
        days.insert(UtcDay::from_days_since_epoch(static_cast<std::int32_t>(date)));
    }
}

Result<void> GaugeVerifying::add_rows(UtcDay day, GaugeDayCheck& check) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection_.prepare(fmt::format("SELECT {}, {} FROM {} WHERE date = ?1",
                                        tables_.subject(),
                                        tables_.each_level_column("{}"),
                                        tables_.daily())));
    rows.bind(std::int64_t{day.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        GaugeDay row{.subject = std::string(rows.text(0)), .day = day, .levels = {}};
        row.levels.resize(dataset_.metrics().size());
        read_levels(rows, 1, row.levels);
        check.add_row(row);
        ++facts_.daily[day].row_count;
    }
}

Result<void> GaugeVerifying::add_events(UtcDay day, GaugeDayCheck& check) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection_.prepare(
            fmt::format("SELECT batch_seq, {}, metric, observed_at, value FROM {} WHERE date = ?1",
                        tables_.subject(),
                        tables_.batch())));
    rows.bind(std::int64_t{day.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        const std::int64_t batch_seq = rows.integer(0);
        check.add_event(batch_seq, read_event(rows, 1), facts_.rows[{batch_seq, day}], differs_);
    }
}

Result<void> GaugeVerifying::add_repeats(UtcDay day, GaugeDayCheck& check) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection_.prepare(
            fmt::format("SELECT batch_seq, events FROM {} WHERE date = ?1", tables_.repeat())));
    rows.bind(std::int64_t{day.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        const std::int64_t batch_seq = rows.integer(0);
        check.add_repeats(batch_seq, rows.text(1), facts_.rows[{batch_seq, day}], differs_);
    }
}

}  // namespace

Result<std::int64_t> recount_gauge(Connection& connection,
                                   const DatasetRow& row,
                                   const VerifyScope& scope,
                                   const DifferenceSink& differs,
                                   LedgerFacts& facts) {
    GaugeVerifying verifying(connection, row, differs, facts);
    return recount_gauge_days(verifying, row.dataset, scope, differs, facts);
}

}  // namespace tidemark::sqlite
