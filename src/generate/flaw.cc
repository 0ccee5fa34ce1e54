#include "generate/flaw.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "generate/line_pieces.h"

namespace tidemark {

namespace {

constexpr std::array json_flaws = {Flaw::crlf,
                                   Flaw::bytes_null,
                                   Flaw::bytes_negative,
                                   Flaw::bytes_beyond_64_bits,
                                   Flaw::bad_time,
                                   Flaw::bad_status,
                                   Flaw::no_subject,
                                   Flaw::lone_quote,
                                   Flaw::cut_off,
                                   Flaw::split_record,
                                   Flaw::foreign_output,
                                   Flaw::nul_byte,
                                   Flaw::invalid_utf8,
                                   Flaw::unknown_version};
// A lone quote in the last column of these formats may also be read as its text.
constexpr std::array column_flaws = {Flaw::crlf,
                                     Flaw::bytes_null,
                                     Flaw::bytes_negative,
                                     Flaw::bytes_beyond_64_bits,
                                     Flaw::bad_time,
                                     Flaw::bad_status,
                                     Flaw::no_subject,
                                     Flaw::cut_off,
                                     Flaw::split_record,
                                     Flaw::foreign_output,
                                     Flaw::nul_byte,
                                     Flaw::invalid_utf8};
// Status and size of a beacon's answer carry nothing that is counted.
constexpr std::array ping_flaws = {Flaw::crlf,
                                   Flaw::bad_time,
                                   Flaw::no_subject,
                                   Flaw::lone_quote,
                                   Flaw::cut_off,
                                   Flaw::split_record,
                                   Flaw::foreign_output,
                                   Flaw::nul_byte,
                                   Flaw::invalid_utf8};

// Where a record is split so that neither half can be read as a line of its own: in its time, but
// never before a rest that is a shorter valid line (a cut address is an address).
std::size_t split_place(GeneratedFormat format, std::string_view line) {
    switch (format) {
        case GeneratedFormat::combined:
        case GeneratedFormat::fastly_text:
        case GeneratedFormat::ping:
            return line.find_last_of('[') + 5;
        case GeneratedFormat::fastly:
            return line.find('{') + 5;
        case GeneratedFormat::edgecast:
            return line.find('.') + 1;
        case GeneratedFormat::cloudfront:
        case GeneratedFormat::w3c:
            return 13;
        case GeneratedFormat::json:
        case GeneratedFormat::delimited:
            break;
    }
    return 9;
}

}  // namespace

Expectation expectation_of(Flaw flaw) {
    using Kind = Expectation::Kind;
    switch (flaw) {
        case Flaw::none:
        case Flaw::crlf:
            return {};
        case Flaw::unknown_version:
            return {.kind = Kind::ignored, .reason = "version"};
        case Flaw::bytes_null:
        case Flaw::bytes_beyond_64_bits:
            return {.kind = Kind::rejected, .reason = "bad_bytes"};
        case Flaw::bytes_negative:
            return {.kind = Kind::rejected, .reason = "negative_bytes"};
        case Flaw::bad_status:
            return {.kind = Kind::rejected, .reason = "bad_status"};
        case Flaw::bad_time:
            return {.kind = Kind::rejected, .reason = "bad_time"};
        case Flaw::no_subject:
            return {.kind = Kind::rejected, .reason = "no_subject"};
        case Flaw::nul_byte:
            return {.kind = Kind::rejected, .reason = "nul_byte"};
        case Flaw::invalid_utf8:
            return {.kind = Kind::rejected, .reason = "invalid_utf8"};
        case Flaw::split_record:
            return {.kind = Kind::rejected, .reason = "malformed", .lines = 2};
        case Flaw::lone_quote:
        case Flaw::cut_off:
        case Flaw::foreign_output:
            break;
    }
    return {.kind = Kind::rejected, .reason = "malformed"};
}

std::span<const Flaw> flaws_of(GeneratedFormat format) {
    switch (format) {
        case GeneratedFormat::fastly:
            return json_flaws;
        case GeneratedFormat::combined:
        case GeneratedFormat::fastly_text:
        case GeneratedFormat::json:
            // All but the schema's version, the last one.
            return std::span<const Flaw>(json_flaws).first(json_flaws.size() - 1);
        case GeneratedFormat::ping:
            return ping_flaws;
        case GeneratedFormat::edgecast:
        case GeneratedFormat::cloudfront:
        case GeneratedFormat::w3c:
        case GeneratedFormat::delimited:
            break;
    }
    return column_flaws;
}

void spoil_request(Flaw flaw, Request& request) {
    request.without_subject = flaw == Flaw::no_subject;
    if (request.without_subject) {
        request.event = PingEvent::play;  // nobody misses the subject of an event that is ignored
    }
    request.bad_time = flaw == Flaw::bad_time;
    request.bad_status = flaw == Flaw::bad_status;
    request.unknown_version = flaw == Flaw::unknown_version;
    if (flaw == Flaw::bytes_null) {
        request.bytes_text = "NULL";
    } else if (flaw == Flaw::bytes_negative) {
        request.bytes_text = "-512";
    } else if (flaw == Flaw::bytes_beyond_64_bits) {
        request.bytes_text = "9223372036854775808";
    }
}

char* spoil_line(Flaw flaw, GeneratedFormat format, char* line, char* end) {
    const auto length = static_cast<std::size_t>(end - line);
    switch (flaw) {
        case Flaw::crlf:
            *end++ = '\r';
            return end;
        case Flaw::lone_quote: {
            const std::size_t quote = std::string_view(line, length).find_last_of('"');
            std::memmove(line + quote, line + quote + 1, length - quote - 1);
            return end - 1;
        }
        case Flaw::cut_off:
            return line + 7;
        case Flaw::split_record: {
            const std::size_t place = split_place(format, std::string_view(line, length));
            std::memmove(line + place + 1, line + place, length - place);
            line[place] = '\n';
            return end + 1;
        }
        case Flaw::foreign_output:
            return write_text("php: worker 3127 exited on signal 11 (core dumped)", line);
        case Flaw::nul_byte:
            line[length * 3 / 4] = '\0';
            return end;
        case Flaw::invalid_utf8:
            line[length * 3 / 4] = '\xFF';
            return end;
        default:
            return end;  // a flaw of the request: already in the text
    }
}

}  // namespace tidemark
