#pragma once
// The pieces that lines are put together from: numbers, times, addresses, agents, URLs.
//
// Every write_* puts its text at `out` and returns the place behind it; the caller has made room
// for line_length_max bytes a line.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "generate/options.h"
#include "generate/request.h"

namespace tidemark {

inline constexpr std::size_t generated_line_length_max = 2048;

inline char* write_text(std::string_view text, char* out) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

char* write_number(std::uint64_t number, char* out);
char* write_two_digits(std::uint32_t number, char* out);

// What all formats share. Immutable after construction.
class LinePieces {
 public:
    explicit LinePieces(const GenerateOptions& options);

    [[nodiscard]] const std::string& subject(std::uint32_t index) const { return subjects_[index]; }

    // "203.0.113.7"
    static char* write_address(std::uint64_t bits, char* out);
    // "HH:MM:SS"; an hour that does not exist when the request's time is to be bad.
    static char* write_clock(const Request& request, char* out);
    static char* write_bytes(const Request& request, char* out);
    static char* write_status(const Request& request, char* out);
    // "01/Jun/2025:12:34:56 +0000"
    char* write_apache_time(const Request& request, char* out) const;
    // "2025-06-01"
    char* write_date(std::int64_t time_s, char* out) const;
    // "/SUBJECT/videos/MEDIA-TEMPLATE.mp4-7.ts"; "/" when the request is to have no subject.
    char* write_path(const Request& request, char* out) const;

    // Quotes, blanks or control bytes never occur in agents other than blanks.
    static std::string_view agent(const Request& request);
    static std::string_view referrer(const Request& request);
    static std::string_view method(const Request& request) { return request.head ? "HEAD" : "GET"; }

 private:
    struct DayTexts {
        std::string iso;     // "2025-06-01"
        std::string apache;  // "01/Jun/2025:"
    };
    [[nodiscard]] const DayTexts& day_of(std::int64_t time_s) const;

    std::int64_t first_day_;
    std::vector<DayTexts> days_;  // every day that an event may fall on
    std::vector<std::string> subjects_;
};

}  // namespace tidemark
