#include "serve/sent_rows.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "http/media_type.h"
#include "serve/body_source.h"

namespace tidemark {

namespace {

constexpr std::size_t faults_shown = 20;
constexpr std::size_t name_length_max = 200;

}  // namespace

std::optional<http::Problem> read_media_type(const http::RequestHead& head, SentTerms& terms) {
    const std::string given(head.fields.find("Content-Type").value_or(""));
    terms.media_type = http::bare_media_type(given);
    for (const std::string_view known : {"application/json", "application/x-ndjson", "text/csv"}) {
        if (terms.media_type == known) {
            return std::nullopt;
        }
    }
    return http::Problem{.status = 415,
                         .detail =
                             "header Content-Type: expected application/json, "
                             "application/x-ndjson or text/csv",
                         .field = "Content-Type",
                         .value = given};
}

void read_common_terms(QueryReader& reader, SentTerms& terms) {
    reader.read("feed", terms.feed);
    reader.read("covers", terms.covers);
    std::string mode = "strict";
    reader.read("mode", mode);
    if (mode != "strict" && mode != "partial") {
        reader.refuse("mode", mode, "expected strict or partial");
    }
    terms.partial = mode == "partial";
    if (const Result<Coverage> covers = coverage_of(terms); !covers.has_value()) {
        reader.refuse("covers", terms.covers, covers.error().message);
    }
}

std::optional<http::Problem> check_sent_name(const std::string& field, const std::string& name) {
    const bool visible = std::ranges::all_of(
        name, [](char character) { return character >= ' ' && character <= '~'; });
    if (!name.empty() && name.size() <= name_length_max && visible) {
        return std::nullopt;
    }
    return http::Problem{
        .status = 400,
        .detail = fmt::format(
            "{}: must be given, as 1 to {} visible ASCII characters", field, name_length_max),
        .field = field,
        .value = name};
}

Result<Coverage> coverage_of(const SentTerms& terms) {
    Coverage covers;
    if (!terms.covers.empty()) {
        Result<SlotRange> range = SlotRange::parse(terms.covers);
        TIDEMARK_RETURN_IF_ERROR(range);
        covers.add(*range);
    }
    return covers;
}

Result<void> add_terms(const JsonBatch& document, SentTerms& terms) {
    for (const auto& [name, given, target] :
         {std::tuple("batch_key", &document.batch_key, &terms.key),
          std::tuple("feed", &document.feed, &terms.feed),
          std::tuple("covers", &document.covers, &terms.covers)}) {
        if (!given->empty() && !target->empty() && *given != *target) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("member '{}': differs from what the request says beside the "
                                     "body",
                                     name)};
        }
        if (!given->empty()) {
            *target = *given;
        }
    }
    return {};
}

Result<std::unique_ptr<ByteSource>> open_sent(const http::Request& request) {
    return open_body(
        request.body, request.head.fields.find("Content-Encoding").value_or(""), sent_bytes_max);
}

http::Problem rejected_problem(const LineCounts& counts,
                               const std::string& what,
                               const std::string& reasons,
                               std::span<const RejectedSample> samples) {
    http::Problem problem{
        .status = 422,
        .detail = fmt::format("{} of {} {} are rejected ({}): nothing is stored; correct them, "
                              "or ask for mode=partial",
                              counts.rejected,
                              counts.rejected + counts.accepted,
                              what,
                              reasons)};
    for (const RejectedSample& sample : samples.first(std::min(samples.size(), faults_shown))) {
        problem.faults.push_back(
            {.line = sample.line, .reason = sample.reason, .text = sample.text});
    }
    return problem;
}

}  // namespace tidemark
