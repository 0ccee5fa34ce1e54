#include "generate/options.h"

#include <array>

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 9> format_texts = {"combined",
                                                          "fastly",
                                                          "fastly_text",
                                                          "edgecast",
                                                          "cloudfront",
                                                          "w3c",
                                                          "json",
                                                          "delimited",
                                                          "ping"};

Result<void> check_share(std::string_view name, double share) {
    if (share >= 0.0 && share <= 1.0) {
        return {};
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("{} {}: a share is between 0 and 1", name, share)};
}

Result<void> check_range(std::string_view name, double value, double least, double most) {
    if (value >= least && value <= most) {
        return {};
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("{} {}: give {} to {}", name, value, least, most)};
}

}  // namespace

std::string_view to_string(GeneratedFormat format) {
    return format_texts[static_cast<std::size_t>(format)];
}

std::vector<std::string_view> generated_format_names() {
    return {format_texts.begin(), format_texts.end()};
}

Result<GeneratedFormat> parse_generated_format(std::string_view text) {
    for (std::size_t index = 0; index < format_texts.size(); ++index) {
        if (format_texts[index] == text) {
            return static_cast<GeneratedFormat>(index);
        }
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("unknown format '{}'{}", text, did_you_mean(text, format_texts))};
}

Result<void> check(const GenerateOptions& options) {
    if (options.to <= options.from) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("days from {} to {}: the end is not after the begin",
                                 options.from.to_string(),
                                 options.to.to_string())};
    }
    const int days = options.to.days_since_epoch() - options.from.days_since_epoch();
    TIDEMARK_RETURN_IF_ERROR(check_range("days", days, 1, 366));
    TIDEMARK_RETURN_IF_ERROR(check_range("lines", static_cast<double>(options.lines), 0, 1e12));
    TIDEMARK_RETURN_IF_ERROR(check_range("bytes", static_cast<double>(options.bytes), 0, 1e15));
    TIDEMARK_RETURN_IF_ERROR(check_range("subjects", options.subjects, 1, 10'000'000));
    TIDEMARK_RETURN_IF_ERROR(check_range("objects", options.objects, 1, 10'000'000));
    TIDEMARK_RETURN_IF_ERROR(check_range("subject skew", options.subject_skew, 0, 5));
    TIDEMARK_RETURN_IF_ERROR(check_range("object skew", options.object_skew, 0, 5));
    TIDEMARK_RETURN_IF_ERROR(check_range("threads", options.threads, 1, 256));
    TIDEMARK_RETURN_IF_ERROR(check_share("segment share", options.segment_share));
    TIDEMARK_RETURN_IF_ERROR(check_share("film share", options.film_share));
    TIDEMARK_RETURN_IF_ERROR(
        check_share("segment and film share", options.segment_share + options.film_share));
    TIDEMARK_RETURN_IF_ERROR(check_share("within a minute", options.disorder.within_minute));
    TIDEMARK_RETURN_IF_ERROR(check_share("within half an hour", options.disorder.within_half_hour));
    TIDEMARK_RETURN_IF_ERROR(check_share("within a day", options.disorder.within_day));
    TIDEMARK_RETURN_IF_ERROR(check_share("disorder",
                                         options.disorder.within_minute +
                                             options.disorder.within_half_hour +
                                             options.disorder.within_day));
    TIDEMARK_RETURN_IF_ERROR(check_share("ahead share", options.ahead_share));
    TIDEMARK_RETURN_IF_ERROR(check_share("malformed share", options.malformed_share));
    TIDEMARK_RETURN_IF_ERROR(check_share("repeated share", options.repeated_share));
    return {};
}

}  // namespace tidemark
