#pragma once
// RowQuery: a query on somebody else's database, read row by row as text.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

struct RowSink {
    // Before the first row: the names of the columns. Not called when there are no rows.
    std::function<Result<void>(std::span<const std::string>)> columns;
    // A null is an empty optional. Lives until the call returns.
    std::function<Result<void>(std::span<const std::optional<std::string_view>>)> row;
};

class RowQuery {
 public:
    RowQuery() = default;
    RowQuery(const RowQuery&) = delete;
    RowQuery& operator=(const RowQuery&) = delete;
    virtual ~RowQuery() = default;

    // Runs the query and lends its rows. Fails with unavailable (not reachable: try again), refused
    // (not allowed) or corrupt (the query is wrong); an error of the sink ends the reading.
    virtual Result<void> read(const RowSink& sink) = 0;
};

}  // namespace tidemark
