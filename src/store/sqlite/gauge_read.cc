#include "store/sqlite/gauge_read.h"

#include <iterator>
#include <set>
#include <string>

#include <fmt/format.h>

#include "store/gauge_repeats.h"
#include "store/sqlite/gauge_rows.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

// One subject after the other: the key begins with the subject, so each is one search for its days
// and one a metric for what it carried.
class SeriesReading {
 public:
    SeriesReading(Connection& connection, const Dataset& dataset, const GaugeQuery& query)
        : connection_(connection), dataset_(dataset), query_(query), tables_(dataset) {}

    Result<void> read(const GaugeSeriesSink& take) {
        TIDEMARK_ASSIGN_OR_RETURN(
            Statement days,
            connection_.prepare(fmt::format("SELECT date, {} FROM {} WHERE {} = ?1 AND "
                                            "date >= ?2 AND date < ?3 ORDER BY date",
                                            tables_.each_level_column("{}"),
                                            tables_.daily(),
                                            tables_.subject())));
        const std::set<std::string> asked(query_.subjects.begin(), query_.subjects.end());
        std::set<std::string>::const_iterator next_asked = asked.begin();
        std::string subject;
        while (true) {
            if (asked.empty()) {
                TIDEMARK_ASSIGN_OR_RETURN(const bool found, find_subject_after(subject));
                if (!found) {
                    return {};
                }
            } else if (next_asked == asked.end()) {
                return {};
            } else {
                subject = *next_asked++;
            }
            TIDEMARK_RETURN_IF_ERROR(read_subject(days, subject, take));
        }
    }

 private:
    // Moves to the next subject that there is; no subject is empty.
    Result<bool> find_subject_after(std::string& subject) {
        TIDEMARK_ASSIGN_OR_RETURN(
            Statement next,
            connection_.prepare(fmt::format(
                "SELECT min({0}) FROM {1} WHERE {0} > ?1", tables_.subject(), tables_.daily())));
        next.bind(std::string_view(subject));
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, next.step());
        if (!found || next.is_null(0)) {
            return false;
        }
        subject = std::string(next.text(0));
        return true;
    }

    Result<void> read_subject(Statement& days,
                              const std::string& subject,
                              const GaugeSeriesSink& take) {
        GaugeSeries series{.subject = subject, .carried = {}, .days = {}};
        bool known = false;
        for (const std::string& metric : dataset_.metrics()) {
            TIDEMARK_ASSIGN_OR_RETURN(std::optional<GaugeReading> carried,
                                      find_carried(subject, metric));
            known = known || carried.has_value();
            series.carried.push_back(carried);
        }
        days.reset();
        days.bind(std::string_view(subject),
                  std::int64_t{query_.from.days_since_epoch()},
                  std::int64_t{query_.to.days_since_epoch()});
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(const bool found, days.step());
            if (!found) {
                break;
            }
            GaugeDay day{
                .subject = subject,
                .day = UtcDay::from_days_since_epoch(static_cast<std::int32_t>(days.integer(0))),
                .levels = {}};
            day.levels.resize(dataset_.metrics().size());
            read_levels(days, 1, day.levels);
            series.days.push_back(std::move(day));
        }
        return known || !series.days.empty() ? take(series) : Result<void>{};
    }

    Result<std::optional<GaugeReading>> find_carried(const std::string& subject,
                                                     const std::string& metric) {
        TIDEMARK_ASSIGN_OR_RETURN(
            Statement statement,
            connection_.prepare(
                fmt::format("SELECT \"{0}\", \"{1}\" FROM {2} WHERE {3} = ?1 AND date < ?2 AND "
                            "\"{0}\" IS NOT NULL ORDER BY date DESC LIMIT 1",
                            metric,
                            gauge_time_column(metric),
                            tables_.daily(),
                            tables_.subject())));
        statement.bind(std::string_view(subject), std::int64_t{query_.from.days_since_epoch()});
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return std::nullopt;
        }
        return GaugeReading{
            .observed_at = Timestamp(std::chrono::microseconds(statement.integer(1))),
            .value = statement.integer(0)};
    }

    Connection& connection_;
    const Dataset& dataset_;
    const GaugeQuery& query_;
    const DatasetTables tables_;
};

}  // namespace

GaugeEvent read_event(const Statement& row, int first_column) {
    return {.subject = std::string(row.text(first_column)),
            .metric = static_cast<std::size_t>(row.integer(first_column + 1) - 1),
            .value = row.integer(first_column + 3),
            .observed_at = Timestamp(std::chrono::microseconds(row.integer(first_column + 2))),
            .event_id = {}};
}

Result<std::vector<GaugeEvent>> load_batch_events(Connection& connection,
                                                  const DatasetTables& tables,
                                                  std::int64_t batch_seq,
                                                  std::span<const UtcDay> days) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(fmt::format("SELECT {}, metric, observed_at, value, event_id FROM {} "
                                       "WHERE date = ?1 AND batch_seq = ?2",
                                       tables.subject(),
                                       tables.batch())));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement repeats,
        connection.prepare(fmt::format("SELECT events FROM {} WHERE date = ?1 AND batch_seq = ?2",
                                       tables.repeat())));
    std::vector<GaugeEvent> events;
    for (const UtcDay day : days) {
        rows.reset();
        rows.bind(std::int64_t{day.days_since_epoch()}, batch_seq);
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
            if (!found) {
                break;
            }
            events.push_back(read_event(rows, 0));
            events.back().event_id = std::string(rows.text(4));
        }
        repeats.reset();
        repeats.bind(std::int64_t{day.days_since_epoch()}, batch_seq);
        TIDEMARK_ASSIGN_OR_RETURN(const bool repeated, repeats.step());
        if (repeated) {
            TIDEMARK_ASSIGN_OR_RETURN(std::vector<GaugeEvent> unpacked,
                                      unpack_repeats(repeats.text(0)));
            events.insert(events.end(),
                          std::make_move_iterator(unpacked.begin()),
                          std::make_move_iterator(unpacked.end()));
        }
    }
    sort_events(events);
    return events;
}

Result<std::vector<GaugeEvent>> load_batch_events(Connection& connection,
                                                  std::string_view dataset,
                                                  std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_gauge(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchReceipt receipt, find_receipt(connection, row, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(
        std::vector<GaugeEvent> events,
        load_batch_events(connection, DatasetTables(row.dataset), batch_seq, receipt.days));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return events;
}

Result<void> read_gauge(Connection& connection,
                        const GaugeQuery& query,
                        const GaugeSeriesSink& take) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_gauge(connection, query.dataset));
    TIDEMARK_RETURN_IF_ERROR(SeriesReading(connection, row.dataset, query).read(take));
    return snapshot.commit();
}

}  // namespace tidemark::sqlite
