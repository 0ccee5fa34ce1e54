#pragma once
// RowValues: what a transaction sends, from the plan and its seed alone: the same operation has the
// same rows in every attempt, in every process and in both arms of a comparison.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "simulate/plan/identifier_pool.h"
#include "simulate/plan/plan.h"
#include "simulate/plan/schedule.h"
#include "simulate/run/sql_parameter.h"

namespace tidemark::simulate {

// One execution of a statement: its parameters, or the rows of a COPY as text.
struct Step {
    std::size_t statement = 0;  // its place in the writer's statements
    std::vector<SqlParameter> parameters{};
    std::string copy_text{};
};

// What :operation is for the first operation of an instance; those that follow count on. No other
// instance has one of 2^32 numbers from there.
std::int64_t first_operation_number(const Plan& plan, const Writer& writer, std::int64_t instance);

// The pools of a plan by name.
using PoolMap = std::map<std::string, IdentifierPool, std::less<>>;
PoolMap make_pools(const Plan& plan);

// Borrows the plan, the writer, the schedule and the pools. One thread at a time.
class RowValues {
 public:
    RowValues(const Plan& plan,
              const Writer& writer,
              std::int64_t instance,
              const Schedule& schedule,
              const PoolMap& pools);

    // The steps of a transaction, in their order.
    std::vector<Step> steps_of(std::uint32_t operation);

    // The sum of a placeholder of whole numbers over its rows.
    std::int64_t sum_of(std::uint32_t operation, const std::string& placeholder);

 private:
    // A placeholder in the operation that is being made: what has a value a row has them here.
    struct Column {
        std::string name{};
        const Value* value = nullptr;
        const IdentifierPool* pool = nullptr;
        std::vector<std::uint32_t> identifiers{};  // of a pool, for the run
        std::vector<std::int64_t> integers{};      // integer, date (days), choice
        std::vector<double> numbers{};
    };
    // What a statement is executed with; found once and not in every operation.
    struct Layout {
        std::vector<std::size_t> columns{};  // of its parameters
        bool of_rows = false;
    };

    void draw_run(std::uint32_t run);
    void fill(std::uint32_t operation);
    void draw_column(Column& column, std::int64_t today, RandomStream& random) const;
    [[nodiscard]] SqlParameter scalar_of(const Column& column, std::uint32_t row) const;
    [[nodiscard]] SqlParameter array_of(const Column& column,
                                        std::uint32_t begin,
                                        std::uint32_t end) const;
    void append_binary(const Column& column, std::uint32_t row, std::string& to) const;
    void append_copy_field(const Column& column, std::uint32_t row, std::string& to) const;
    [[nodiscard]] std::string constant_text(const Value& value) const;
    [[nodiscard]] Step copy_step(std::size_t statement) const;
    void add_steps(std::size_t statement, std::vector<Step>& steps) const;

    const Plan& plan_;
    const Writer& writer_;
    std::int64_t instance_;
    const Schedule& schedule_;
    std::int64_t number_base_;
    std::vector<Layout> layouts_;  // of the writer's statements

    std::uint32_t drawn_run_ = UINT32_MAX;
    // Of the operation that is being made.
    std::uint32_t operation_ = 0;
    std::uint32_t rows_ = 0;
    std::uint32_t first_row_ = 0;  // within the run
    std::vector<Column> columns_;  // in the order of their names, which is that of their draws
    std::string stream_name_;      // "values WRITER INSTANCE OPERATION"
    std::size_t stream_prefix_bytes_ = 0;
};

// Parameter types of a statement, for its preparation; array ones unless `scalar`.
std::vector<unsigned> parameter_types(const Statement& statement,
                                      const std::map<std::string, Value>& values,
                                      bool scalar);

// Whether it is executed for rows, or once a transaction.
bool has_row_values(const Statement& statement, const std::map<std::string, Value>& values);

}  // namespace tidemark::simulate
