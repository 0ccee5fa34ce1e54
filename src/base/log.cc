#include "base/log.h"

#include <algorithm>
#include <memory>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace tidemark {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "tidemark", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
            "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
        made->set_level(spdlog::level::info);
        return made;
    }();
    return *instance;
}

// Of every value of every line: one pass, where find_first_of() makes a call for each byte.
bool needs_quotes(std::string_view value) {
    return value.empty() || std::ranges::any_of(value, [](char character) {
               return character == ' ' || character == '"' || character == '=' ||
                      character == '\n' || character == '\r' || character == '\t';
           });
}

void append_quoted(std::string& line, std::string_view value) {
    line += '"';
    for (const char character : value) {
        switch (character) {
            case '"':
            case '\\':
                line += '\\';
                line += character;
                break;
            case '\n':
                line += "\\n";
                break;
            case '\r':
                line += "\\r";
                break;
            case '\t':
                line += "\\t";
                break;
            default:
                line += character;
        }
    }
    line += '"';
}

}  // namespace

void set_log_level(LogLevel level) {
    logger().set_level(to_spdlog(level));
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    const spdlog::level::level_enum wanted = to_spdlog(level);
    if (!logger().should_log(wanted)) {
        return;
    }
    std::string line(event);
    for (const LogField& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        if (needs_quotes(field.value)) {
            append_quoted(line, field.value);
        } else {
            line += field.value;
        }
    }
    logger().log(wanted, spdlog::string_view_t(line));
}

}  // namespace tidemark
