#pragma once
// Case tables for log formats: a line, and the record, comment, reject or ignore that it gives.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "logs/lines/formats.h"

namespace tidemark::test {

// A record in a form that tests compare and print: "time method url query host status bytes".
inline std::string to_text(const LogRecord& record) {
    const auto or_dash = [](std::string_view text) {
        return text.empty() ? std::string("-") : std::string(text);
    };
    return std::to_string(record.time.time_since_epoch().count()) + " " + or_dash(record.method) +
           " " + or_dash(record.url) + " " + or_dash(record.query) + " " + or_dash(record.host) +
           " " + std::to_string(record.status) + " " + std::to_string(record.bytes);
}

// "comment", "rejected bad_time", "ignored version", or the record's text.
inline std::string to_text(const LineVerdict& verdict, const LogRecord& record) {
    switch (verdict.kind) {
        case LineKind::comment:
            return "comment";
        case LineKind::rejected:
            return "rejected " + std::string(to_string(verdict.reject));
        case LineKind::ignored:
            return "ignored " + std::string(to_string(verdict.ignore));
        case LineKind::record:
            return to_text(record);
    }
    return "?";
}

// The default reading of a format, changed by the test.
inline Reading reading_of(std::string_view format, void (*change)(Reading&) = nullptr) {
    Reading reading;
    reading.format = format;
    if (change != nullptr) {
        change(reading);
    }
    return reading;
}

// A parser for tests that expect one.
inline std::unique_ptr<LineParser> make_parser(const Reading& reading) {
    Result<std::unique_ptr<LineParser>> parser = make_line_parser(reading);
    if (!parser.has_value()) {
        ADD_FAILURE() << parser.error().message;
        return nullptr;
    }
    return std::move(parser).value();
}

// Parses lines as the engine hands them over: with bytes beyond the end that must not matter.
class LineReader {
 public:
    explicit LineReader(const Reading& reading) : parser_(make_parser(reading)) {}

    std::string read(std::string_view line) {
        constexpr std::size_t padding = 64;
        block_.assign(line);
        block_.append(padding, '"');
        const LineVerdict verdict =
            parser_->parse(std::string_view(block_).substr(0, line.size()), record_);
        return to_text(verdict, record_);
    }

    LineParser& parser() { return *parser_; }
    [[nodiscard]] const LogRecord& record() const { return record_; }

 private:
    std::unique_ptr<LineParser> parser_;
    std::string block_;
    LogRecord record_;
};

struct LineCase {
    const char* name;
    const char* line;
    const char* expected;
};

}  // namespace tidemark::test
