#include "store/postgres/fold_failure.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "store/postgres/sql_error.h"
#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// The sum that would not fit, by name. Asked for after the fold was rolled back.
Error name_overflow(Connection& connection,
                    const DatasetTables& tables,
                    const FoldPlan& plan,
                    Error error) {
    connection.roll_back();
    const Result<Rows> rows = connection.query(
        fmt::format(
            "SELECT b.date - DATE '1970-01-01', b.{0}, {1} FROM {2} b LEFT JOIN {3} d"
            " ON d.date = b.date AND d.{0} = b.{0} WHERE b.batch_seq > $1"
            " AND b.batch_seq <= $2 AND b.date = ANY($3)"
            " AND b.batch_seq > coalesce(d.folded_through, 0) GROUP BY 1, 2"
            " HAVING greatest({4}) > 9223372036854775807 ORDER BY 1, 2 LIMIT 1",
            tables.subject,
            tables.metric_list("sum(b.{0}) + coalesce(max(d.{0}), 0) > 9223372036854775807"),
            tables.batch,
            tables.daily,
            tables.metric_list("sum(b.{0}) + coalesce(max(d.{0}), 0)")),
        Parameters().integer(plan.cursor.folded_through).integer(plan.horizon).days(plan.days));
    if (!rows.has_value() || rows->empty()) {
        return with_context(fmt::format("fold '{}'", tables.dataset.name()), std::move(error));
    }
    std::size_t metric = 0;
    while (!rows->boolean(0, static_cast<int>(metric) + 2)) {
        ++metric;
    }
    return value_too_large(
        tables.dataset.name(),
        rows->text(0, 1),
        UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows->integer(0, 0))),
        tables.dataset.metrics()[metric]);
}

}  // namespace

Error explain_fold_failure(Connection& connection,
                           const DatasetTables& tables,
                           const FoldPlan& plan,
                           SqlError failure) {
    if (failure.state == state_out_of_range) {
        return name_overflow(connection, tables, plan, std::move(failure.error));
    }
    return with_context(fmt::format("fold '{}'", tables.dataset.name()), std::move(failure.error));
}

}  // namespace tidemark::postgres
