#include "base/log.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

namespace tidemark {

namespace {

// Most lines are shorter.
constexpr std::size_t usual_line = 400;

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

// Gathers lines until it is flushed: one write for all of them.
class GatheringSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
    GatheringSink() = default;
    GatheringSink(const GatheringSink&) = delete;
    GatheringSink& operator=(const GatheringSink&) = delete;
    ~GatheringSink() override { write_lines(); }

 protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        formatter_->format(message, lines_);
        if (lines_.size() >= gathered_max) {
            write_lines();
        }
    }
    void flush_() override { write_lines(); }

 private:
    static constexpr std::size_t gathered_max = std::size_t{64} << 10U;

    void write_lines() {
        std::fwrite(lines_.data(), 1, lines_.size(), stderr);  // which is not buffered
        lines_.clear();
    }

    spdlog::memory_buf_t lines_;
};

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>("tidemark", std::make_shared<GatheringSink>());
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
    log_event_soon(level, event, fields);
    flush_log();
}

void log_event_soon(LogLevel level,
                    std::string_view event,
                    std::initializer_list<LogField> fields) {
    const spdlog::level::level_enum wanted = to_spdlog(level);
    if (!logger().should_log(wanted)) {
        return;
    }
    std::string line;
    line.reserve(usual_line);
    line += event;
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

void flush_log() {
    logger().flush();
}

}  // namespace tidemark
