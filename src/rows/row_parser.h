#pragma once
// RowParser: one line of a row file in, a row or a reason for rejecting it out.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "domain/dataset.h"
#include "domain/usage_rows.h"
#include "logs/lines/log_record.h"

namespace tidemark {

// Borrowed from the line or the parser until the next call.
struct ParsedRow {
    UsageRow row;
    bool day_grained = false;
};

// One thread at a time.
class RowParser {
 public:
    RowParser() = default;
    RowParser(const RowParser&) = delete;
    RowParser& operator=(const RowParser&) = delete;
    virtual ~RowParser() = default;

    // `line` has no line end, and 64 readable bytes behind it.
    virtual std::variant<ParsedRow, RejectReason> parse(std::string_view line) = 0;
};

// Of CSV with this header. Fails with invalid_input, naming the column.
Result<std::unique_ptr<RowParser>> make_csv_parser(std::string_view header, const Dataset& dataset);

// Of one JSON object a line.
std::unique_ptr<RowParser> make_json_parser(const Dataset& dataset);

}  // namespace tidemark
