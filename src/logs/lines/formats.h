#pragma once
// Every log format by name, and what finds the subject in a line.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

// The parser of reading.format. Fails with invalid_input for an unknown format (naming the nearest
// known one), and for options that the format needs and lacks or has and cannot use.
Result<std::unique_ptr<LineParser>> make_line_parser(const Reading& reading);

// Where a line's subject is. Checked once; find() is safe from one thread at a time.
class SubjectFinder {
 public:
    // Fails with invalid_input for a pattern that is none or has not exactly one capture.
    static Result<std::unique_ptr<SubjectFinder>> make(const SubjectRule& rule);

    SubjectFinder() = default;
    SubjectFinder(const SubjectFinder&) = delete;
    SubjectFinder& operator=(const SubjectFinder&) = delete;
    virtual ~SubjectFinder() = default;

    [[nodiscard]] virtual std::unique_ptr<SubjectFinder> clone() const = 0;

    // The subject, borrowed from the record or from the finder until the next call; empty when the
    // line has none. Sets `malformed` when what is there cannot be decoded (%XX).
    virtual std::string_view find(const LogRecord& record, bool& malformed) = 0;
};

}  // namespace tidemark
