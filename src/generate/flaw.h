#pragma once
// Flaws: the ways in which real logs hold lines that are not as they should be.

#include <cstdint>
#include <span>
#include <string_view>

#include "generate/options.h"
#include "generate/request.h"

namespace tidemark {

enum class Flaw : std::uint8_t {
    none,
    crlf,        // a line end of another system; counts
    bytes_null,  // a placeholder where the size belongs
    bytes_negative,
    bytes_beyond_64_bits,
    bad_status,
    bad_time,
    no_subject,
    unknown_version,  // of the JSON's own schema: understood, not counted
    lone_quote,
    cut_off,         // only the first bytes of a line
    split_record,    // one record over two lines
    foreign_output,  // another program wrote into the log
    nul_byte,
    invalid_utf8,
};

// What a reader must make of a line with the flaw: counted, not counted, or rejected for `reason`
// (the words of the readers' own reasons; for the second half of a split record a reader may as
// well say bad_time).
struct Expectation {
    enum class Kind : std::uint8_t { accepted, ignored, rejected };
    Kind kind = Kind::accepted;
    std::string_view reason;
    int lines = 1;
};

Expectation expectation_of(Flaw flaw);

// The flaws that lines of the format can have and that no reader could mistake for a good line.
std::span<const Flaw> flaws_of(GeneratedFormat format);

// For flaws of a value: prepares the request, so that its line comes out flawed.
void spoil_request(Flaw flaw, Request& request);

// For flaws of the text: rewrites the line at [line, end), which has no line end yet, and returns
// its new end; there is room for generated_line_length_max bytes.
char* spoil_line(Flaw flaw, GeneratedFormat format, char* line, char* end);

}  // namespace tidemark
