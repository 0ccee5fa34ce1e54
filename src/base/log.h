#pragma once
// Log lines for operators, on standard error: a time, a level, an event and its fields.
// Results never go here; they go to standard output.

#include <initializer_list>
#include <string_view>

namespace tidemark {

enum class LogLevel { debug, info, warning, error };

// Lent for the call.
struct LogField {
    std::string_view name;
    std::string_view value;
};

// Lines below `level` are not written. Call before threads start.
void set_log_level(LogLevel level);

// Writes one line, `2026-11-01T12:00:00.000Z info fold.done dataset=cdn batches=6`; a value with
// blanks or quotes is quoted. Safe from any thread.
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

// The same, for lines of which many come at once: written with the next line of log_event(), by
// flush_log(), or when the process ends in order.
void log_event_soon(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
void flush_log();

}  // namespace tidemark
