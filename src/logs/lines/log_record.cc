#include "logs/lines/log_record.h"

#include "base/check.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, reject_reason_count> reject_words = {"malformed",
                                                                            "bad_time",
                                                                            "bad_bytes",
                                                                            "negative_bytes",
                                                                            "bad_status",
                                                                            "bad_url",
                                                                            "no_subject",
                                                                            "bad_subject",
                                                                            "future",
                                                                            "too_long",
                                                                            "nul_byte",
                                                                            "invalid_utf8",
                                                                            "no_layout",
                                                                            "bad_value"};

constexpr std::array<std::string_view, ignore_reason_count> ignore_words = {
    "status", "method", "event", "version"};

}  // namespace

std::string_view to_string(RejectReason reason) {
    const auto place = static_cast<std::size_t>(reason);
    TIDEMARK_CHECK(place < reject_words.size());
    return reject_words[place];
}

std::string_view to_string(IgnoreReason reason) {
    const auto place = static_cast<std::size_t>(reason);
    TIDEMARK_CHECK(place < ignore_words.size());
    return ignore_words[place];
}

}  // namespace tidemark
