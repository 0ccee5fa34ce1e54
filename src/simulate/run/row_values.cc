#include "simulate/run/row_values.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

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
    : plan_(plan), writer_(writer), instance_(instance), schedule_(schedule), pools_(pools) {
    number_base_ = first_operation_number(plan, writer, instance) - 1;
}

// The identifiers of a whole run are drawn at once, so that they are distinct over its
// transactions.
void RowValues::draw_run(std::uint32_t run) {
    if (drawn_run_ == run) {
        return;
    }
    drawn_run_ = run;
    drawn_.clear();
    const PlannedRun& planned = schedule_.runs[run];
    for (const auto& [name, value] : writer_.values) {
        if (value.kind != ValueKind::pool) {
            continue;
        }
        RandomStream random(plan_.seed,
                            fmt::format("rows {} {} {} {}", writer_.name, instance_, run, name));
        std::vector<std::uint32_t>& numbers = drawn_[name];
        pools_.find(value.pool)
            ->second.draw(
                random, Micros(planned.planned_us), planned.rows, writer_.drawing, numbers);
        if (writer_.order == RowOrder::sorted) {
            std::ranges::sort(numbers);
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
    RandomStream random(plan_.seed,
                        fmt::format("values {} {} {}", writer_.name, instance_, operation));
    std::int64_t today =
        std::chrono::floor<std::chrono::days>(plan_.start).time_since_epoch().count();
    if (plan_.dates_advance) {
        today = std::chrono::floor<std::chrono::days>(plan_.start + Micros(planned.planned_us))
                    .time_since_epoch()
                    .count();
    }
    for (const auto& [name, value] : writer_.values) {
        std::vector<std::int64_t>& integers = integers_[name];
        integers.clear();
        numbers_[name].clear();
        const std::size_t count = is_per_row(value.kind) ? std::max<std::uint32_t>(rows_, 1) : 0;
        for (std::size_t row = 0; row < count; ++row) {
            if (value.kind == ValueKind::integer) {
                integers.push_back(draw_integer(value, random));
            } else if (value.kind == ValueKind::choice) {
                integers.push_back(static_cast<std::int64_t>(random.below(value.choices.size())));
            } else if (value.kind == ValueKind::number) {
                numbers_[name].push_back(value.number_least +
                                         random.unit() * (value.number_most - value.number_least));
            } else if (value.kind == ValueKind::date) {
                std::int64_t day = today + value.least;
                if (value.least == 0 && writer_.late_share > 0 &&
                    random.chance(writer_.late_share)) {
                    day -= 1 + static_cast<std::int64_t>(
                                   random.below(static_cast<std::uint64_t>(writer_.late_days_max)));
                }
                integers.push_back(day);
            }
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

void RowValues::append_binary(const Value& value,
                              const std::string& name,
                              std::uint32_t row,
                              std::string& to) const {
    switch (value.kind) {
        case ValueKind::pool:
            pools_.find(value.pool)->second.append_text(drawn_.at(name)[first_row_ + row], to);
            break;
        case ValueKind::date:
            append_int32(to, static_cast<std::int32_t>(integers_.at(name)[row] - days_to_2000));
            break;
        case ValueKind::integer:
            append_int64(to, integers_.at(name)[row]);
            break;
        case ValueKind::number:
            append_double(to, numbers_.at(name)[row]);
            break;
        case ValueKind::choice:
            to += value.choices[static_cast<std::size_t>(integers_.at(name)[row])];
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

SqlParameter RowValues::scalar_of(const std::string& name, std::uint32_t row) const {
    const Value& value = writer_.values.at(name);
    SqlParameter parameter{.type = element_type(value.kind),
                           .binary = value.kind != ValueKind::constant,
                           .content = {}};
    append_binary(value, name, row, parameter.content);
    return parameter;
}

SqlParameter RowValues::array_of(const std::string& name,
                                 std::uint32_t begin,
                                 std::uint32_t end) const {
    const Value& value = writer_.values.at(name);
    ArrayParameter array(element_type(value.kind), end - begin);
    std::string element;
    for (std::uint32_t row = begin; row < end; ++row) {
        element.clear();
        append_binary(value, name, row, element);
        array.add(element);
    }
    return array.take();
}

// COPY's text format; the values that the simulator makes need no escapes but those of choices and
// constants, which come from the plan.
void RowValues::append_copy_field(const std::string& name,
                                  std::uint32_t row,
                                  std::string& to) const {
    const Value& value = writer_.values.at(name);
    switch (value.kind) {
        case ValueKind::pool:
            pools_.find(value.pool)->second.append_text(drawn_.at(name)[first_row_ + row], to);
            return;
        case ValueKind::integer:
            to += std::to_string(integers_.at(name)[row]);
            return;
        case ValueKind::number:
            to += fmt::format("{}", numbers_.at(name)[row]);
            return;
        case ValueKind::date:
            to += UtcDay::from_days_since_epoch(static_cast<std::int32_t>(integers_.at(name)[row]))
                      .to_string();
            return;
        default:
            break;
    }
    const std::string text = value.kind == ValueKind::choice
                                 ? value.choices[static_cast<std::size_t>(integers_.at(name)[row])]
                                 : constant_text(value);
    tidemark::append_copy_field(to, text);
}

void RowValues::add_steps(std::size_t place, std::vector<Step>& steps) const {
    const Statement& statement = writer_.statements[place];
    if (statement.copy) {
        Step step{.statement = place, .parameters = {}, .copy_text = {}};
        for (std::uint32_t row = 0; row < rows_; ++row) {
            for (std::size_t field = 0; field < statement.parameters.size(); ++field) {
                step.copy_text += field == 0 ? "" : "\t";
                append_copy_field(statement.parameters[field], row, step.copy_text);
            }
            step.copy_text += '\n';
        }
        steps.push_back(std::move(step));
        return;
    }
    const bool scalar = writer_.statement_rows == 1;
    const bool of_rows = has_row_values(statement, writer_.values);
    const auto size = static_cast<std::uint32_t>(!of_rows || writer_.statement_rows == 0
                                                     ? std::max<std::uint32_t>(rows_, 1)
                                                     : writer_.statement_rows);
    for (std::uint32_t begin = 0; begin < std::max<std::uint32_t>(rows_, 1); begin += size) {
        Step step{.statement = place, .parameters = {}, .copy_text = {}};
        for (const std::string& name : statement.parameters) {
            const bool single = scalar || !is_per_row(writer_.values.at(name).kind);
            step.parameters.push_back(single
                                          ? scalar_of(name, begin)
                                          : array_of(name, begin, std::min(begin + size, rows_)));
        }
        steps.push_back(std::move(step));
    }
}

std::int64_t RowValues::sum_of(std::uint32_t operation, const std::string& placeholder) {
    fill(operation);
    std::int64_t sum = 0;
    for (const std::int64_t value : integers_.at(placeholder)) {
        sum += value;
    }
    return sum;
}

std::vector<Step> RowValues::steps_of(std::uint32_t operation) {
    fill(operation);
    std::vector<Step> steps;
    for (std::size_t place = 0; place < writer_.statements.size(); ++place) {
        // A run of no rows leaves only what is said once a transaction.
        if (rows_ > 0 || !has_row_values(writer_.statements[place], writer_.values)) {
            add_steps(place, steps);
        }
    }
    return steps;
}

}  // namespace tidemark::simulate
