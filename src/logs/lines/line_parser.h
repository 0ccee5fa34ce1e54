#pragma once
// LineParser: what a log format is. One class a format, in its own file; formats.h makes them by
// name.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "logs/lines/log_record.h"

namespace tidemark {

// Two bytes, so that a verdict is four: one of three is put together byte by byte where it is
// returned, and waits for that at every line.
enum class LineKind : std::uint16_t {
    record,    // understood: the record is filled
    comment,   // a header, a directive, a blank line: carries no usage
    rejected,  // cannot be counted, with a RejectReason
    ignored,   // understood, but not to be counted, with an IgnoreReason
};

struct LineVerdict {
    LineKind kind = LineKind::record;
    RejectReason reject{};
    IgnoreReason ignore{};

    static constexpr LineVerdict record() { return {}; }
    static constexpr LineVerdict comment() { return {.kind = LineKind::comment}; }
    static constexpr LineVerdict rejected(RejectReason reason) {
        return {.kind = LineKind::rejected, .reject = reason};
    }
    static constexpr LineVerdict ignored(IgnoreReason reason) {
        return {.kind = LineKind::ignored, .ignore = reason};
    }
};

// Where the quotation marks of a line are, found for its whole block at once. Borrowed until the
// next block.
struct QuoteMarks {
    const char* origin = nullptr;              // what the offsets count from
    std::span<const std::uint32_t> offsets{};  // of all quotes of the line, rising
    bool has_backslash = false;                // anywhere in the line
};

// Reads the lines of one file, or of one piece of it, in order. One thread at a time.
//
// A file is cut into pieces that several threads parse at once. What a line means may depend on
// earlier lines (a #Fields directive, a header line), so the cutter asks is_directive() of the
// first line of a file and of every line that begins with '#', in order, and each piece is parsed
// by a clone() taken from the parser that has seen every directive before it.
class LineParser {
 public:
    LineParser() = default;
    LineParser(const LineParser&) = delete;
    LineParser& operator=(const LineParser&) = delete;
    virtual ~LineParser() = default;

    // A parser of its own with the same options and the layout in force.
    [[nodiscard]] virtual std::unique_ptr<LineParser> clone() const = 0;

    // Parses one line, without its line end (a CR before it is taken off as well). The engine has
    // checked: no NUL, valid UTF-8, at most the configured length. Reading up to 64 bytes beyond
    // the line's end is safe (blocks are padded), so that parsers may load whole vectors.
    virtual LineVerdict parse(std::string_view line, LogRecord& record) = 0;

    // True for a format whose parse_marked() makes use of the marks; the engine then finds them.
    [[nodiscard]] virtual bool wants_quotes() const { return false; }

    // The same as parse(), faster where the marks tell the line's parts.
    virtual LineVerdict parse_marked(std::string_view line,
                                     const QuoteMarks& /*marks*/,
                                     LogRecord& record) {
        return parse(line, record);
    }

    // False for a format in which no line says how others are to be read: the cutter then need not
    // look for directives.
    [[nodiscard]] virtual bool has_directives() const { return true; }

    // Called by the cutter for the first line of a file and for lines that begin with '#' (neither
    // for blank ones nor for those that the engine rejects): takes up the layout that the line
    // declares, if it does. parse() does the same for lines inside a piece.
    virtual void take_directive(std::string_view /*line*/, bool /*first_line_of_file*/) {}
};

}  // namespace tidemark
