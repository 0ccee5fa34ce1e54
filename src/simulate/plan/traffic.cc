#include "simulate/plan/traffic.h"

#include <algorithm>
#include <cmath>

#include "simulate/plan/schedule.h"

namespace tidemark::simulate {

namespace {

// PostgreSQL 15: a tuple has a header of 24 bytes and a line pointer of 4; a WAL record of a heap
// change about 50 besides the tuple, one of a B-tree insert about 64 with a key of 8 to 16 bytes.
constexpr double tuple_header_bytes = 28;
constexpr double heap_record_bytes = 50;
constexpr double index_record_bytes = 64;
constexpr double index_entry_bytes = 24;
constexpr double fill = 0.9;

double value_width(const Plan& plan, const Value& value) {
    switch (value.kind) {
        case ValueKind::pool: {
            const Pool* pool = plan.find_pool(value.pool);
            return pool == nullptr ? 8
                                   : static_cast<double>(pool->prefix.size()) +
                                         static_cast<double>(pool->width) + 1;
        }
        case ValueKind::date:
            return 4;
        case ValueKind::choice: {
            double letters = 0;
            for (const std::string& choice : value.choices) {
                letters += static_cast<double>(choice.size());
            }
            return letters / static_cast<double>(value.choices.size()) + 1;
        }
        case ValueKind::writer:
            return 16;
        case ValueKind::constant:
        case ValueKind::integer:
        case ValueKind::number:
        case ValueKind::run:
        case ValueKind::operation:
        case ValueKind::time:
            return 8;
    }
    return 8;
}

bool has_row_values(const Statement& statement, const std::map<std::string, Value>& values) {
    return std::ranges::any_of(statement.parameters, [&values](const std::string& name) {
        return is_per_row(values.at(name).kind);
    });
}

// How many different rows a day's upserts touch: as many as there are identifiers in the smallest
// of the pools, or all of them where no pool is used.
double distinct_per_day(const Plan& plan, const Writer& writer, double rows_per_day) {
    double distinct = rows_per_day;
    for (const auto& [name, value] : writer.values) {
        if (const Pool* pool = plan.find_pool(value.pool); pool != nullptr) {
            distinct = std::min(distinct, static_cast<double>(pool->count + pool->new_per_day));
        }
    }
    return distinct;
}

void add_statement(const Plan& plan,
                   const Writer& writer,
                   const Statement& statement,
                   WriterTraffic& traffic) {
    const double rows = has_row_values(statement, writer.values) ? traffic.rows_per_day
                                                                 : traffic.transactions_per_day;
    const double tuple = row_width(plan, statement, writer.values) + tuple_header_bytes;
    const double inserted = tuple + heap_record_bytes + index_record_bytes;
    const double kept = (tuple + index_entry_bytes) / fill * 365;
    switch (statement.effect) {
        case Effect::insert:
            traffic.wal_bytes_per_day +=
                rows * (statement.copy ? tuple + index_record_bytes : inserted);
            traffic.table_bytes_per_year += rows * kept;
            break;
        case Effect::upsert:
            traffic.wal_bytes_per_day += rows * inserted;
            traffic.table_bytes_per_year += distinct_per_day(plan, writer, rows) * kept;
            break;
        case Effect::update:
            traffic.wal_bytes_per_day += rows * inserted;
            break;
        case Effect::remove:
            traffic.wal_bytes_per_day += rows * heap_record_bytes;
            break;
        case Effect::select:
        case Effect::other:
            break;
    }
}

}  // namespace

double row_width(const Plan& plan,
                 const Statement& statement,
                 const std::map<std::string, Value>& values) {
    double width = 0;
    for (const std::string& name : statement.parameters) {
        width += value_width(plan, values.at(name));
    }
    return width;
}

std::vector<WriterTraffic> traffic_of(const Plan& plan) {
    std::vector<WriterTraffic> all;
    for (const Writer& writer : plan.writers) {
        WriterTraffic traffic{.writer = writer.name};
        traffic.runs_per_day = runs_per_day(plan, writer) * static_cast<double>(writer.instances);
        double rows = static_cast<double>(writer.rows);
        if (!writer.trace.empty()) {
            rows = 0;
            for (const TracedRun& run : writer.trace) {
                rows += static_cast<double>(run.rows) / static_cast<double>(writer.trace.size());
            }
        }
        const double of_transaction =
            writer.transaction_rows == 0 ? rows : static_cast<double>(writer.transaction_rows);
        const double of_statement = writer.statement_rows == 0
                                        ? of_transaction
                                        : static_cast<double>(writer.statement_rows);
        traffic.rows_per_day = traffic.runs_per_day * rows;
        traffic.transactions_per_day = traffic.runs_per_day * std::ceil(rows / of_transaction);
        traffic.statements_per_day = traffic.rows_per_day / of_statement;
        for (const Statement& statement : writer.statements) {
            add_statement(plan, writer, statement, traffic);
        }
        all.push_back(std::move(traffic));
    }
    return all;
}

}  // namespace tidemark::simulate
