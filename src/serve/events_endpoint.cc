// POST /v1/datasets/{dataset}/events: events of a gauge in, stored chunk by chunk as the media
// worker does.

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "serve/access.h"
#include "serve/body_source.h"
#include "serve/endpoint.h"
#include "serve/metrics.h"
#include "serve/query_reader.h"
#include "serve/sent_rows.h"
#include "worker/media.h"

namespace tidemark {

namespace {

constexpr std::size_t samples_shown = 20;

// The body as lines, which can be read again and again.
class SentEvents {
 public:
    SentEvents(const Call& call, SentTerms& terms)
        : call_(call), terms_(terms), lines_(call.setting.spool_directory) {}

    // Takes over what a document says beside its events.
    Result<void> read_document() {
        if (terms_.media_type != "application/json") {
            return {};
        }
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source,
                                  open_sent(call_.request));
        TIDEMARK_ASSIGN_OR_RETURN(const std::string text,
                                  read_whole(*source, sent_document_bytes_max));
        TIDEMARK_ASSIGN_OR_RETURN(const JsonBatch document,
                                  read_json_batch(text, "events", [this](std::string_view event) {
                                      return lines_.append(std::string(event) + "\n");
                                  }));
        if (!document.batch_key.empty()) {
            return Error{ErrorKind::invalid_input,
                         "member 'batch_key': an event is known by itself and needs no key"};
        }
        return add_terms(document, terms_);
    }

    [[nodiscard]] Result<std::unique_ptr<EventInput>> open() const {
        const bool listed = terms_.media_type == "application/json";
        TIDEMARK_ASSIGN_OR_RETURN(
            std::unique_ptr<ByteSource> source,
            listed ? open_body(lines_, "identity", sent_bytes_max) : open_sent(call_.request));
        return make_event_input(std::move(source));
    }

    [[nodiscard]] Result<EventParser> make_parser(const Dataset& dataset) const {
        TIDEMARK_ASSIGN_OR_RETURN(EventParser parser,
                                  EventParser::make(dataset, call_.setting.clock));
        parser.set_format(terms_.media_type == "text/csv" ? EventFormat::csv : EventFormat::ndjson);
        return parser;
    }

 private:
    const Call& call_;
    SentTerms& terms_;
    http::RequestBody lines_;
};

std::string reasons_of(const MediaTotals& totals) {
    std::string text;
    for (const auto& [reason, count] : totals.rejected_by_reason) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count);
    }
    return text;
}

void note(const Call& call, const std::string& dataset, const CommittedChunk& chunk) {
    const bool first = chunk.number == 1;
    call.metrics.note_batch(
        dataset,
        chunk.stored.already_stored ? BatchAnswer::already_stored : BatchAnswer::stored,
        chunk.stored.receipt.row_count,
        first ? call.request.body.size() : 0);
}

nlohmann::ordered_json answer_json(const Dataset& dataset,
                                   const MediaJob& job,
                                   const MediaTotals& totals,
                                   nlohmann::ordered_json chunks) {
    nlohmann::ordered_json rejected = nlohmann::ordered_json::array();
    for (const RejectedSample& sample : totals.rejected_samples) {
        if (rejected.size() < samples_shown) {
            rejected.push_back(
                {{"line", sample.line}, {"reason", sample.reason}, {"text", sample.text}});
        }
    }
    return {{"dataset", dataset.name()},
            {"feed", job.feed},
            {"received", totals.counts.lines - totals.counts.comments},
            {"accepted", totals.counts.accepted},
            {"rejected", totals.counts.rejected},
            {"rejected_by_reason", nlohmann::ordered_json(totals.rejected_by_reason)},
            {"lines", std::move(rejected)},
            {"chunks", std::move(chunks)}};
}

// Every event must be of a subject that the key is for, and nothing is stored before that is known.
Result<std::optional<http::Problem>> check_subjects(const Call& call,
                                                    const MediaJob& job,
                                                    const SentEvents& sent) {
    std::optional<http::Problem> problem;
    if (call.access.all_subjects()) {
        return problem;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<EventInput> input, sent.open());
    TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, sent.make_parser(job.dataset));
    TIDEMARK_RETURN_IF_ERROR(
        visit_events(job, *input, std::move(parser), [&](const GaugeEvent& event) -> Result<void> {
            if (!problem.has_value() && !call.access.may_use_subject(event.subject)) {
                problem = not_allowed("subject", event.subject, "the key is not for this subject");
            }
            return {};
        }));
    return problem;
}

Result<http::Response> store(const Call& call,
                             const MediaJob& job,
                             const SentTerms& terms,
                             const SentEvents& sent) {
    Store& store = call.backend.store();
    // Nothing of a request that is refused may be there, so it is read twice: chunks that are
    // committed stay.
    if (!terms.partial) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<EventInput> input, sent.open());
        TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, sent.make_parser(job.dataset));
        TIDEMARK_ASSIGN_OR_RETURN(const MediaTotals judged,
                                  judge_events(job, store, *input, std::move(parser)));
        if (judged.counts.rejected > 0) {
            for (const auto& [reason, count] : judged.rejected_by_reason) {
                call.metrics.note_rejected(job.dataset.name(), reason, count);
            }
            call.metrics.note_batch(job.dataset.name(), BatchAnswer::refused, 0, 0);
            return http::to_response(rejected_problem(
                judged.counts, "events", reasons_of(judged), judged.rejected_samples));
        }
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<EventInput> input, sent.open());
    TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, sent.make_parser(job.dataset));
    bool anything_new = false;
    nlohmann::ordered_json chunks = nlohmann::ordered_json::array();
    TIDEMARK_ASSIGN_OR_RETURN(
        const MediaTotals totals,
        store_received_events(job,
                              store,
                              call.setting.clock,
                              *input,
                              std::move(parser),
                              [&](const CommittedChunk& chunk) {
                                  note(call, job.dataset.name(), chunk);
                                  anything_new = anything_new || !chunk.stored.already_stored;
                                  chunks.push_back(nlohmann::ordered_json::parse(
                                      receipt_seen_by(call.access, job.dataset, chunk.stored)));
                              }));
    for (const auto& [reason, count] : totals.rejected_by_reason) {
        call.metrics.note_rejected(job.dataset.name(), reason, count);
    }
    return json_response(anything_new ? 201 : 200,
                         answer_json(job.dataset, job, totals, std::move(chunks)).dump(2) + "\n");
}

}  // namespace

Result<http::Response> post_events(const Call& call) {
    const Result<Dataset> dataset = find_dataset(call.setting, call.captures.front());
    if (!dataset.has_value() || dataset->kind() != DatasetKind::gauge) {
        return http::to_response({.status = 404,
                                  .detail = dataset.has_value() ? "a counter, which takes batches"
                                                                : dataset.error().message,
                                  .field = "dataset",
                                  .value = call.captures.front()});
    }
    if (!call.access.may_use_dataset(dataset->name())) {
        return http::to_response(
            not_allowed("dataset", dataset->name(), "the key is not for this dataset"));
    }
    SentTerms terms;
    if (const auto problem = read_media_type(call.request.head, terms); problem.has_value()) {
        return http::to_response(*problem);
    }
    QueryReader reader(call);
    read_common_terms(reader, terms);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    SentEvents sent(call, terms);
    TIDEMARK_RETURN_IF_ERROR(sent.read_document());
    if (const auto problem = check_sent_name("feed", terms.feed); problem.has_value()) {
        return http::to_response(*problem);
    }
    MediaJob job{.dataset = *dataset,
                 .feed = call.access.own_feed(terms.feed),
                 .source = fmt::format("http {}", call.request.head.peer),
                 .every = std::nullopt,
                 .covers = {},
                 .patience = std::chrono::milliseconds(0)};
    TIDEMARK_ASSIGN_OR_RETURN(job.covers, coverage_of(terms));
    TIDEMARK_ASSIGN_OR_RETURN(const auto problem, check_subjects(call, job, sent));
    if (problem.has_value()) {
        return http::to_response(*problem);
    }
    Result<http::Response> stored = store(call, job, terms, sent);
    if (!stored.has_value()) {
        return seen_by(call.access,
                       stored.error(),
                       "events: being stored by another request, or of a day that takes no more; "
                       "send them again");
    }
    return stored;
}

}  // namespace tidemark
