#pragma once
// LineFormat: how a request is written down, one class a format.

#include <memory>
#include <string>

#include "generate/line_pieces.h"

namespace tidemark {

// Immutable: write() may be called from several threads at once.
class LineFormat {
 public:
    // `pieces` must outlive the format.
    static std::unique_ptr<LineFormat> make(GeneratedFormat format, const LinePieces& pieces);

    LineFormat() = default;
    LineFormat(const LineFormat&) = delete;
    LineFormat& operator=(const LineFormat&) = delete;
    virtual ~LineFormat() = default;

    // What every file begins with (directives, column names), with its line ends; often empty.
    [[nodiscard]] virtual std::string header() const { return {}; }

    // Writes one line without its line end and returns the place behind it.
    virtual char* write(const Request& request, char* out) const = 0;
};

}  // namespace tidemark
