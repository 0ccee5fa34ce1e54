#include "serve/ping_exchange.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "http/problem.h"
#include "pings/ping_collector.h"
#include "serve/body_source.h"
#include "serve/metrics.h"

namespace tidemark {

namespace {

constexpr std::size_t faults_shown = 20;

// One transparent pixel: GIF89a, 1 x 1, a palette of two colours of which the first is see-through.
constexpr char pixel[] =
    "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;";
static_assert(sizeof(pixel) == 43 + 1);

// A player stands on somebody else's page, which may read the answer; nobody between may keep it.
http::Response open_to_pages(http::Response response) {
    response.fields.set("Access-Control-Allow-Origin", "*");
    response.fields.set("Cache-Control", "no-store");
    return response;
}

http::Response problem(http::Problem what) {
    return open_to_pages(http::to_response(what));
}

http::Response refusal_of(const PingJudgement& judgement) {
    http::Problem refused{.status = 400, .detail = {}};
    for (const RejectedSample& sample : judgement.rejected) {
        if (refused.faults.size() < faults_shown) {
            refused.faults.push_back(
                {.line = sample.line, .reason = sample.reason, .text = sample.text});
        }
    }
    refused.detail = fmt::format("the ping counts nothing: {}; it is kept among what is rejected",
                                 refused.faults.front().reason);
    return problem(std::move(refused));
}

http::Response answer_to(const PingJudgement& judgement, bool wants_pixel) {
    const LineCounts& counts = judgement.counts;
    if (counts.rejected == counts.lines) {
        return refusal_of(judgement);
    }
    if (wants_pixel) {
        return open_to_pages(
            http::text_response(200, "image/gif", std::string(pixel, sizeof(pixel) - 1)));
    }
    const nlohmann::ordered_json body = {
        {"accepted", counts.accepted}, {"ignored", counts.ignored}, {"rejected", counts.rejected}};
    return open_to_pages(http::text_response(200, "application/json", body.dump() + "\n"));
}

// The request's own query, and a query a line of its body.
std::vector<std::string_view> queries_of(std::string_view target, std::string_view body) {
    std::vector<std::string_view> queries;
    if (const std::size_t question = target.find('?'); question < target.size()) {
        queries.push_back(target.substr(question + 1));
    }
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        std::string_view line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            queries.push_back(line);
        }
    }
    return queries;
}

Result<std::string> read_body(const http::Request& request) {
    const std::size_t bytes_max = http::RequestBody::memory_bytes_max;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<ByteSource> source,
        open_body(
            request.body, request.head.fields.find("Content-Encoding").value_or(""), bytes_max));
    return read_whole(*source, bytes_max);
}

}  // namespace

void collect_pings(const Setting& setting,
                   ServiceMetrics& metrics,
                   const http::Request& request,
                   http::Exchange::Answered answered) {
    if (setting.pings == nullptr) {
        answered(problem({.status = 404,
                          .detail = "no pings are collected here: the configuration names no "
                                    "folder for them, [pings] journal"}));
        return;
    }
    const Result<std::string> body = read_body(request);
    if (!body.has_value()) {
        answered(problem(http::problem_of(body.error())));
        return;
    }
    const std::string_view target = request.head.target.raw;
    std::vector<std::string_view> queries = queries_of(target, *body);
    if (queries.size() > PingCollector::pings_max) {
        answered(problem(
            {.status = 413,
             .detail = fmt::format(
                 "{} pings: at most {} at once", queries.size(), PingCollector::pings_max)}));
        return;
    }
    if (queries.empty()) {
        queries.emplace_back();
    }
    const bool wants_pixel = request.head.method == "GET";
    const bool taken = setting.pings->collect(
        target.substr(0, target.find('?')),
        queries,
        [answered, wants_pixel, &metrics](const Result<PingJudgement>& judged) {
            if (!judged.has_value()) {
                answered(problem(http::problem_of(judged.error())));
                return;
            }
            metrics.note_pings(
                judged->counts.accepted, judged->counts.ignored, judged->counts.rejected);
            answered(answer_to(*judged, wants_pixel));
        });
    if (!taken) {
        metrics.note_turned_away();
        answered(problem({.status = 503,
                          .detail = "as many pings as may already wait for the disk; come again"}));
    }
}

}  // namespace tidemark
