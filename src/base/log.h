#pragma once
// Log lines for operators, on standard error: a time, a level, an event and its fields.
// Results never go here; they go to standard output.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark {

enum class LogLevel { debug, info, warning, error };

struct LogField {
    std::string_view name;
    std::string value;
};

// Lines below `level` are not written. Call before threads start.
void set_log_level(LogLevel level);

// Writes one line, `2026-11-01T12:00:00.000Z info fold.done dataset=cdn batches=6`; a value with
// blanks or quotes is quoted. Safe from any thread.
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

}  // namespace tidemark
