#pragma once
// LogRecord: one understood log line, whatever format it came in.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "domain/dataset.h"

namespace tidemark {

// Borrowed from the line (or from its parser's scratch memory): lives until the next line is
// parsed. A text that the format does not have, or that the line leaves out, is empty.
struct LogRecord {
    std::chrono::sys_seconds time{};
    std::string_view method{};  // "GET"
    std::string_view url{};     // a path with its query, or an absolute URL, as written
    // Where the format keeps it apart from the URL (CloudFront), else empty.
    std::string_view query{};
    std::string_view host{};
    int status = 0;          // 0: the format has none, or the client left before one was sent
    std::int64_t bytes = 0;  // sent to the client; never negative
    std::string_view subject_field{};  // what `field:NAME` of the subject rule names
    // What metric rules of kind `field` and `event` count, by the metric's place; others stay 0.
    std::array<std::int64_t, Dataset::metrics_max> field_values{};
};

// Why a line cannot be counted. The words are part of the output and of the stored registry.
enum class RejectReason : std::uint8_t {
    malformed,  // not a line of this format (columns, quotes, JSON)
    bad_time,   // a time that does not exist or is in no known form
    bad_bytes,  // not a number, or beyond int64
    negative_bytes,
    bad_status,
    bad_url,      // %XX that is not, or no URL where one is needed
    no_subject,   // the subject rule finds nothing
    bad_subject,  // longer than 512 bytes
    future,       // more than 5 minutes from now
    too_long,     // longer than the configured line length
    nul_byte,
    invalid_utf8,
    no_layout,  // data before any #Fields line, and no layout is configured
    bad_value,  // another metric's value: not a number, negative, or beyond int64
};
inline constexpr std::size_t reject_reason_count = 14;

// "bad_time"
std::string_view to_string(RejectReason reason);

// Why an understood line does not count.
enum class IgnoreReason : std::uint8_t {
    status,   // not one of the statuses that count
    method,   // not one of the methods that count
    event,    // a ping of another path or event than those that count
    version,  // a line of a schema version that is not known
};
inline constexpr std::size_t ignore_reason_count = 4;

std::string_view to_string(IgnoreReason reason);

}  // namespace tidemark
