#include "simulate/run/row_values.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include <fmt/format.h>

#include "base/check.h"
#include "base/copy_text.h"
#include "simulate/plan/trace.h"

namespace tidemark::simulate {

namespace {

// PostgreSQL counts days and microseconds from 2000-01-01.
constexpr std::int64_t days_to_2000 = 10957;
constexpr std::int64_t seconds_to_2000 = days_to_2000 * 86400;

unsigned element_type(ValueKind kind) {
    switch (kind) {
        case ValueKind::integer:
        case ValueKind::run:
        case ValueKind::operation:
            return type_int8;
        case ValueKind::number:
            return type_float8;
        case ValueKind::date:
            return type_date;
        case ValueKind::time:
            return type_timestamptz;
        case ValueKind::constant:
            return type_unknown;
        case ValueKind::pool:
        case ValueKind::choice:
        case ValueKind::writer:
            return type_text;
    }
    return type_text;
}

void append_digits(std::string& to, std::int64_t number) {
    const fmt::format_int digits(number);
    to.append(digits.data(), digits.size());
}

std::int64_t draw_integer(const Value& value, RandomStream& random) {
    const auto width = static_cast<std::uint64_t>(value.most - value.least);
    if (!value.logarithmic) {
        return value.least + static_cast<std::int64_t>(random.below(width));
    }
    // A power of two below the width, then a number of so many bits.
    const auto bits = static_cast<std::uint64_t>(std::bit_width(width - 1)) + 1;
    const std::uint64_t power = random.below(bits);
    const std::uint64_t drawn = power == 0 ? 0 : random.below(std::uint64_t{1} << power);
    return value.least + static_cast<std::int64_t>(std::min(drawn, width - 1));
}

}  // namespace

std::int64_t first_operation_number(const Plan& plan, const Writer& writer, std::int64_t instance) {
    std::int64_t place = 0;
    for (const Writer& each : plan.writers) {
        if (each.name == writer.name) {
            break;
        }
        ++place;
    }
    return ((place * 1000 + instance) << 32U) + 1;
}

PoolMap make_pools(const Plan& plan) {
    PoolMap pools;
    for (const Pool& pool : plan.pools) {
        pools.emplace(pool.name, IdentifierPool(pool, plan.seed));
    }
    return pools;
}

bool has_row_values(const Statement& statement, const std::map<std::string, Value>& values) {
    return statement.copy ||
           std::ranges::any_of(statement.parameters, [&values](const std::string& name) {
               return is_per_row(values.at(name).kind);
           });
}

std::vector<unsigned> parameter_types(const Statement& statement,
                                      const std::map<std::string, Value>& values,
                                      bool scalar) {
    std::vector<unsigned> types;
    for (const std::string& name : statement.parameters) {
        const ValueKind kind = values.at(name).kind;
        const unsigned element = element_type(kind);
        types.push_back(scalar || !is_per_row(kind) ? element : array_type_of(element));
    }
    return types;
}

RowValues::RowValues(const Plan& plan,
                     const Writer& writer,
                     std::int64_t instance,
                     const Schedule& schedule,
                     const PoolMap& pools)
    : plan_(plan),
      writer_(writer),
      instance_(instance),
      schedule_(schedule),
      number_base_(first_operation_number(plan, writer, instance) - 1),
      stream_name_(fmt::format("values {} {} ", writer.name, instance)),
      stream_prefix_bytes_(stream_name_.size()) {
    std::map<std::string, std::size_t, std::less<>> places;
    for (const auto& [name, value] : writer.values) {
        places[name] = columns_.size();
        columns_.push_back({.name = name, .value = &value});
        if (value.kind == ValueKind::pool) {
            columns_.back().pool = &pools.find(value.pool)->second;
        }
    }
    for (const Statement& statement : writer.statements) {
        Layout layout{.of_rows = has_row_values(statement, writer.values)};
        for (const std::string& name : statement.parameters) {
            layout.columns.push_back(places.at(name));
        }
        layouts_.push_back(std::move(layout));
    }
}

// The identifiers of a whole run are drawn at once, so that they are distinct over its
// transactions.
void RowValues::draw_run(std::uint32_t run) {
    if (drawn_run_ == run) {
        return;
    }
    drawn_run_ = run;
    const PlannedRun& planned = schedule_.runs[run];
    for (Column& column : columns_) {
        if (column.pool == nullptr) {
            continue;
        }
        RandomStream random(
            plan_.seed, fmt::format("rows {} {} {} {}", writer_.name, instance_, run, column.name));
        column.pool->draw(
            random, Micros(planned.planned_us), planned.rows, writer_.drawing, column.identifiers);
        if (writer_.order == RowOrder::sorted) {
            std::ranges::sort(column.identifiers);
        }
    }
}

void RowValues::fill(std::uint32_t operation) {
    const PlannedOperation& planned = schedule_.operations[operation];
    const PlannedRun& run = schedule_.runs[planned.run];
    draw_run(planned.run);
    operation_ = operation;
    rows_ = planned.rows;
    first_row_ = (operation - run.first_operation) * schedule_.operations[run.first_operation].rows;
    stream_name_.resize(stream_prefix_bytes_);
    append_digits(stream_name_, operation);
    RandomStream random(plan_.seed, stream_name_);
    const Micros passed(plan_.dates_advance ? planned.planned_us : 0);
    const std::int64_t today =
        std::chrono::floor<std::chrono::days>(plan_.start + passed).time_since_epoch().count();
    for (Column& column : columns_) {
        draw_column(column, today, random);
    }
}

void RowValues::draw_column(Column& column, std::int64_t today, RandomStream& random) const {
    const Value& value = *column.value;
    column.integers.clear();
    column.numbers.clear();
    const std::size_t count = is_per_row(value.kind) ? std::max<std::uint32_t>(rows_, 1) : 0;
    for (std::size_t row = 0; row < count; ++row) {
        if (value.kind == ValueKind::integer) {
            column.integers.push_back(draw_integer(value, random));
        } else if (value.kind == ValueKind::choice) {
            column.integers.push_back(
                static_cast<std::int64_t>(random.below(value.choices.size())));
        } else if (value.kind == ValueKind::number) {
            column.numbers.push_back(value.number_least +
                                     random.unit() * (value.number_most - value.number_least));
        } else if (value.kind == ValueKind::date) {
            std::int64_t day = today + value.least;
            if (value.least == 0 && writer_.late_share > 0 && random.chance(writer_.late_share)) {
                day -= 1 + static_cast<std::int64_t>(
                               random.below(static_cast<std::uint64_t>(writer_.late_days_max)));
            }
            column.integers.push_back(day);
        }
    }
}

std::string RowValues::constant_text(const Value& value) const {
    switch (value.kind) {
        case ValueKind::writer:
            return writer_.name;
        case ValueKind::run:
            return std::to_string(number_base_ + schedule_.operations[operation_].run + 1);
        case ValueKind::operation:
            return std::to_string(number_base_ + operation_ + 1);
        case ValueKind::time:
            return instant_text(std::chrono::floor<std::chrono::seconds>(
                plan_.start + Micros(schedule_.operations[operation_].planned_us)));
        default:
            return value.choices.front();
    }
}

void RowValues::append_binary(const Column& column, std::uint32_t row, std::string& to) const {
    const Value& value = *column.value;
    switch (value.kind) {
        case ValueKind::pool:
            column.pool->append_text(column.identifiers[first_row_ + row], to);
            break;
        case ValueKind::date:
            append_int32(to, static_cast<std::int32_t>(column.integers[row] - days_to_2000));
            break;
        case ValueKind::integer:
            append_int64(to, column.integers[row]);
            break;
        case ValueKind::number:
            append_double(to, column.numbers[row]);
            break;
        case ValueKind::choice:
            to += value.choices[static_cast<std::size_t>(column.integers[row])];
            break;
        case ValueKind::run:
            append_int64(to, number_base_ + schedule_.operations[operation_].run + 1);
            break;
        case ValueKind::operation:
            append_int64(to, number_base_ + operation_ + 1);
            break;
        case ValueKind::time:
            append_int64(to,
                         Micros(plan_.start.time_since_epoch()).count() +
                             schedule_.operations[operation_].planned_us -
                             seconds_to_2000 * 1'000'000);
            break;
        case ValueKind::constant:
        case ValueKind::writer:
            to += constant_text(value);
            break;
    }
}

SqlParameter RowValues::scalar_of(const Column& column, std::uint32_t row) const {
    SqlParameter parameter{.type = element_type(column.value->kind),
                           .binary = column.value->kind != ValueKind::constant,
                           .content = {}};
    append_binary(column, row, parameter.content);
    return parameter;
}

SqlParameter RowValues::array_of(const Column& column,
                                 std::uint32_t begin,
                                 std::uint32_t end) const {
    ArrayParameter array(element_type(column.value->kind), end - begin);
    for (std::uint32_t row = begin; row < end; ++row) {
        array.add([&](std::string& to) { append_binary(column, row, to); });
    }
    return array.take();
}

// COPY's text format; the values that the simulator makes need no escapes but those of choices and
// constants, which come from the plan.
void RowValues::append_copy_field(const Column& column, std::uint32_t row, std::string& to) const {
    const Value& value = *column.value;
    switch (value.kind) {
        case ValueKind::pool:
            column.pool->append_text(column.identifiers[first_row_ + row], to);
            return;
        case ValueKind::integer:
            append_digits(to, column.integers[row]);
            return;
        case ValueKind::number:
            to += fmt::format("{}", column.numbers[row]);
            return;
        case ValueKind::date:
            to += UtcDay::from_days_since_epoch(static_cast<std::int32_t>(column.integers[row]))
                      .to_string();
            return;
        case ValueKind::choice:
            tidemark::append_copy_field(
                to, value.choices[static_cast<std::size_t>(column.integers[row])]);
            return;
        default:
            tidemark::append_copy_field(to, constant_text(value));
    }
}

Step RowValues::copy_step(std::size_t place) const {
    Step step{.statement = place, .parameters = {}, .copy_text = {}};
    for (std::uint32_t row = 0; row < rows_; ++row) {
        bool first = true;
        for (const std::size_t column : layouts_[place].columns) {
            step.copy_text += first ? "" : "\t";
            append_copy_field(columns_[column], row, step.copy_text);
            first = false;
        }
        step.copy_text += '\n';
    }
    return step;
}

void RowValues::add_steps(std::size_t place, std::vector<Step>& steps) const {
    if (writer_.statements[place].copy) {
        steps.push_back(copy_step(place));
        return;
    }
    const Layout& layout = layouts_[place];
    const bool scalar = writer_.statement_rows == 1;
    const auto size = static_cast<std::uint32_t>(!layout.of_rows || writer_.statement_rows == 0
                                                     ? std::max<std::uint32_t>(rows_, 1)
                                                     : writer_.statement_rows);
    for (std::uint32_t begin = 0; begin < std::max<std::uint32_t>(rows_, 1); begin += size) {
        Step step{.statement = place, .parameters = {}, .copy_text = {}};
        step.parameters.reserve(layout.columns.size());
        for (const std::size_t place_of_column : layout.columns) {
            const Column& column = columns_[place_of_column];
            const bool single = scalar || !is_per_row(column.value->kind);
            step.parameters.push_back(single
                                          ? scalar_of(column, begin)
                                          : array_of(column, begin, std::min(begin + size, rows_)));
        }
        steps.push_back(std::move(step));
    }
}

std::int64_t RowValues::sum_of(std::uint32_t operation, const std::string& placeholder) {
    fill(operation);
    const auto column = std::ranges::find(columns_, placeholder, &Column::name);
    TIDEMARK_CHECK(column != columns_.end());
    return std::accumulate(column->integers.begin(), column->integers.end(), std::int64_t{0});
}

std::vector<Step> RowValues::steps_of(std::uint32_t operation) {
    fill(operation);
    std::vector<Step> steps;
    for (std::size_t place = 0; place < layouts_.size(); ++place) {
        // A run of no rows leaves only what is said once a transaction.
        if (rows_ > 0 || !layouts_[place].of_rows) {
            add_steps(place, steps);
        }
    }
    return steps;
}

}  // namespace tidemark::simulate
