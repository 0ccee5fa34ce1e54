#include "store/postgres/verify_gauge.h"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/gauge_verifying.h"
#include "store/postgres/gauge_sql.h"
#include "store/postgres/values.h"

namespace tidemark::postgres {

namespace {

class GaugeVerifying : public GaugeDayReader {
 public:
    GaugeVerifying(Connection& connection,
                   const DatasetTables& tables,
                   const DifferenceSink& differs,
                   LedgerFacts& facts)
        : connection_(connection), tables_(tables), differs_(differs), facts_(facts) {}

    Result<std::set<UtcDay>> find_days() override;
    Result<void> add_rows(UtcDay day, GaugeDayCheck& check) override;
    Result<void> add_events(UtcDay day, GaugeDayCheck& check) override;
    Result<void> add_repeats(UtcDay day, GaugeDayCheck& check) override;

 private:
    Connection& connection_;
    const DatasetTables& tables_;
    const DifferenceSink& differs_;
    LedgerFacts& facts_;
};

// Events of the days are in partitions that are named after them.
Result<std::set<UtcDay>> GaugeVerifying::find_days() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_.query(
            fmt::format("SELECT date - DATE '1970-01-01' FROM {0} GROUP BY date UNION"
                        " SELECT date - DATE '1970-01-01' FROM {1} GROUP BY date UNION"
                        " SELECT to_date(right(c.relname::text, 8), 'YYYYMMDD')"
                        " - DATE '1970-01-01' FROM pg_inherits i JOIN pg_class c"
                        " ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass",
                        tables_.daily,
                        tables_.repeat),
            Parameters().text(tables_.batch)));
    std::set<UtcDay> days;
    for (int row = 0; row < rows.size(); ++row) {
        days.insert(UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(row, 0))));
    }
    return days;
}

Result<void> GaugeVerifying::add_rows(UtcDay day, GaugeDayCheck& check) {
    std::string columns;
    for (std::size_t column = 0; column < tables_.level_columns.size(); ++column) {
        const std::string& name = tables_.level_columns[column];
        columns += ", " + (column % 3 == 1 ? microseconds_of(name) : name);
    }
    return connection_.query_each(
        fmt::format("SELECT {}{} FROM {} WHERE date = $1", tables_.subject, columns, tables_.daily),
        Parameters().day(day),
        [&](const Rows& found) -> Result<void> {
            GaugeDay row{.subject = std::string(found.text(0, 0)), .day = day, .levels = {}};
            for (int metric = 0; metric < static_cast<int>(tables_.metrics.size()); ++metric) {
                row.levels.push_back(read_level(found, 0, metric * 3 + 1));
            }
            check.add_row(row);
            ++facts_.daily[day].row_count;
            return {};
        });
}

Result<void> GaugeVerifying::add_events(UtcDay day, GaugeDayCheck& check) {
    return connection_.query_each(
        fmt::format("SELECT batch_seq, {}, metric, {}, value FROM {} WHERE observed_at >= '{}'"
                    " AND observed_at < '{}'",
                    tables_.subject,
                    microseconds_of("observed_at"),
                    tables_.batch,
                    day.to_string(),
                    day_after(day)),
        {},
        [&](const Rows& row) -> Result<void> {
            const std::int64_t batch_seq = row.integer(0, 0);
            check.add_event(batch_seq,
                            {.subject = std::string(row.text(0, 1)),
                             .metric = static_cast<std::size_t>(row.integer(0, 2) - 1),
                             .value = row.integer(0, 4),
                             .observed_at = Timestamp(std::chrono::microseconds(row.integer(0, 3))),
                             .event_id = {}},
                            facts_.rows[{batch_seq, day}],
                            differs_);
            return {};
        });
}

Result<void> GaugeVerifying::add_repeats(UtcDay day, GaugeDayCheck& check) {
    return connection_.query_each(
        fmt::format("SELECT batch_seq, events FROM {} WHERE date = $1", tables_.repeat),
        Parameters().day(day),
        [&](const Rows& row) -> Result<void> {
            const std::int64_t batch_seq = row.integer(0, 0);
            TIDEMARK_ASSIGN_OR_RETURN(const std::string packed, parse_bytes(row.text(0, 1)));
            check.add_repeats(batch_seq, packed, facts_.rows[{batch_seq, day}], differs_);
            return {};
        });
}

}  // namespace

Result<std::int64_t> recount_gauge(Connection& connection,
                                   const DatasetTables& tables,
                                   const VerifyScope& scope,
                                   const DifferenceSink& differs,
                                   LedgerFacts& facts) {
    GaugeVerifying verifying(connection, tables, differs, facts);
    return recount_gauge_days(verifying, tables.dataset, scope, differs, facts);
}

}  // namespace tidemark::postgres
