// POST /v1/datasets/{dataset}/batches: rows in, a receipt out, after the commit.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "http/media_type.h"
#include "report/ledger_report.h"
#include "rows/row_file.h"
#include "serve/access.h"
#include "serve/body_source.h"
#include "serve/endpoint.h"
#include "serve/json_batch.h"
#include "serve/metrics.h"
#include "serve/query_reader.h"
#include "store/refusals.h"
#include "worker/send_batch.h"

namespace tidemark {

namespace {

constexpr std::uint64_t expanded_bytes_max = std::uint64_t{1} << 30U;
// One document is held in memory, lines are not.
constexpr std::size_t document_bytes_max = std::size_t{8} << 20U;
constexpr std::size_t sorting_bytes = std::size_t{16} << 20U;
constexpr std::size_t faults_shown = 20;
constexpr std::size_t name_length_max = 200;

// What the request says about the batch beside its rows.
struct BatchTerms {
    std::string feed;
    std::string key;
    std::string covers;
    bool partial = false;
    std::string media_type;
};

http::Problem wrong(std::string field, std::string value, std::string detail) {
    return {.status = 400,
            .detail = std::move(detail),
            .field = std::move(field),
            .value = std::move(value)};
}

std::optional<http::Problem> read_media_type(const http::RequestHead& head, BatchTerms& terms) {
    const std::string given(head.fields.find("Content-Type").value_or(""));
    terms.media_type = http::bare_media_type(given);
    for (const std::string_view known : {"application/json", "application/x-ndjson", "text/csv"}) {
        if (terms.media_type == known) {
            return std::nullopt;
        }
    }
    return http::Problem{.status = 415,
                         .detail =
                             "header Content-Type: rows come as application/json, "
                             "application/x-ndjson or text/csv",
                         .field = "Content-Type",
                         .value = given};
}

std::variant<BatchTerms, http::Problem> read_terms(const Call& call) {
    const http::RequestHead& head = call.request.head;
    BatchTerms terms;
    if (std::optional<http::Problem> problem = read_media_type(head, terms); problem.has_value()) {
        return *std::move(problem);
    }
    QueryReader reader(call);
    reader.read("feed", terms.feed);
    reader.read("batch_key", terms.key);
    reader.read("covers", terms.covers);
    std::string mode = "strict";
    reader.read("mode", mode);
    if (mode != "strict" && mode != "partial") {
        reader.refuse("mode", mode, "expected strict or partial");
    }
    terms.partial = mode == "partial";
    if (std::optional<http::Problem> fault = reader.finish(); fault.has_value()) {
        return *std::move(fault);
    }
    if (const auto header = head.fields.find("Idempotency-Key"); header.has_value()) {
        if (!terms.key.empty() && terms.key != *header) {
            return wrong("Idempotency-Key", std::string(*header), "differs from batch_key");
        }
        terms.key = *header;
    }
    return terms;
}

// Names go into the store and before people: a length that fits a line, visible characters.
std::optional<http::Problem> check_name(const std::string& field, const std::string& name) {
    const bool visible = std::ranges::all_of(
        name, [](char character) { return character >= ' ' && character <= '~'; });
    if (!name.empty() && name.size() <= name_length_max && visible) {
        return std::nullopt;
    }
    return wrong(
        field,
        name,
        fmt::format(
            "{}: must be given, as 1 to {} visible ASCII characters", field, name_length_max));
}

RowReading reading_of(const Call& call, const Dataset& dataset) {
    RowReading reading{.dataset = dataset, .expanded_bytes_max = expanded_bytes_max};
    reading.sorting.memory_bytes = sorting_bytes;
    reading.sorting.directory = call.setting.spool_directory;
    return reading;
}

// Takes over what the document says of the batch and the query did not.
Result<void> add_terms(const JsonBatch& document, BatchTerms& terms) {
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

Result<RowFile> read_document(const Call& call,
                              ByteSource& source,
                              const RowReading& reading,
                              BatchTerms& terms) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_whole(source, document_bytes_max));
    http::RequestBody lines(call.setting.spool_directory);
    TIDEMARK_ASSIGN_OR_RETURN(const JsonBatch document,
                              read_json_batch(text, [&lines](std::string_view row) {
                                  return lines.append(std::string(row) + "\n");
                              }));
    if (!document.has_rows) {
        return Error{ErrorKind::invalid_input, "member 'rows': must be given, be it empty"};
    }
    TIDEMARK_RETURN_IF_ERROR(add_terms(document, terms));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> rows,
                              open_body(lines, "identity", expanded_bytes_max));
    return read_rows(
        *rows, "request body", RowForm::json_lines, reading, call.setting.clock, nullptr);
}

Result<RowFile> read_body(const Call& call, const Dataset& dataset, BatchTerms& terms) {
    const RowReading reading = reading_of(call, dataset);
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<ByteSource> source,
        open_body(call.request.body,
                  call.request.head.fields.find("Content-Encoding").value_or(""),
                  expanded_bytes_max));
    if (terms.media_type == "application/json") {
        return read_document(call, *source, reading, terms);
    }
    const RowForm form = terms.media_type == "text/csv" ? RowForm::csv : RowForm::json_lines;
    return read_rows(*source, "request body", form, reading, call.setting.clock, nullptr);
}

http::Problem rejected_problem(const Batch& batch) {
    http::Problem problem{
        .status = 422,
        .detail = fmt::format("{} of {} rows are rejected ({}): nothing is stored; correct them, "
                              "or ask for mode=partial",
                              batch.counts.rejected,
                              batch.counts.rejected + batch.counts.accepted,
                              reasons_text(batch))};
    for (const RejectedSample& sample : batch.rejected_samples) {
        if (problem.faults.size() == faults_shown) {
            break;
        }
        problem.faults.push_back(
            {.line = sample.line, .reason = sample.reason, .text = sample.text});
    }
    return problem;
}

// Every row must be of a subject that the key is for.
std::optional<http::Problem> check_subjects(const Access& access, RowSource& rows) {
    if (access.all_subjects()) {
        return std::nullopt;
    }
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        if (!access.may_use_subject(row->subject)) {
            return not_allowed(
                "subject", std::string(row->subject), "the key is not for this subject");
        }
    }
    rows.rewind();
    return std::nullopt;
}

// The receipt as the key may see it: a batch's number tells how many others there are.
std::string receipt_text(const Call& call, const Dataset& dataset, const StoredBatch& stored) {
    const std::string text = receipt_json(dataset, stored);
    if (call.access.all_subjects()) {
        return text;
    }
    auto document = nlohmann::ordered_json::parse(text);
    document.erase("batch");
    document.erase("batch_seq");
    return document.dump(2) + "\n";
}

// The error as the key may see it: the store's own names batches by their numbers.
Error refusal_for(const Access& access, const std::string& key, const Error& error) {
    if (access.all_subjects() || error.kind != ErrorKind::refused) {
        return error;
    }
    return {ErrorKind::refused,
            fmt::format("batch_key '{}': known with other content, being stored by another "
                        "request, or with rows of a day that takes no more; nothing was changed",
                        key)};
}

Result<StoredBatch> store(const Call& call, const BatchJob& job, BatchInput input) {
    Store& store = call.backend.store();
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> known,
                              store.find_batch(job.feed, job.key));
    // Sent again, it needs no run of its own; unless the first one ended before it could declare
    // what it covers.
    if (known.has_value() && job.covers.empty()) {
        BatchIdentity given = input.batch.identity;
        given.dataset = job.dataset;
        given.feed = job.feed;
        given.key = job.key;
        return answer_known_batch(*std::move(known), given);
    }
    TIDEMARK_ASSIGN_OR_RETURN(SentBatch sent, send_read_batch(job, std::move(input), store));
    if (sent.error.has_value()) {
        return *std::move(sent.error);
    }
    return *std::move(sent.stored);
}

}  // namespace

Result<http::Response> post_batch(const Call& call) {
    const Result<Dataset> dataset = find_dataset(call.setting, call.captures.front());
    if (!dataset.has_value() || dataset->kind() != DatasetKind::counter) {
        return http::to_response({.status = 404,
                                  .detail = dataset.has_value() ? "a gauge, which takes no batches"
                                                                : dataset.error().message,
                                  .field = "dataset",
                                  .value = call.captures.front()});
    }
    if (!call.access.may_use_dataset(dataset->name())) {
        return http::to_response(
            not_allowed("dataset", dataset->name(), "the key is not for this dataset"));
    }
    auto read = read_terms(call);
    if (const auto* problem = std::get_if<http::Problem>(&read); problem != nullptr) {
        return http::to_response(*problem);
    }
    BatchTerms terms = std::get<BatchTerms>(std::move(read));
    TIDEMARK_ASSIGN_OR_RETURN(RowFile rows, read_body(call, *dataset, terms));
    for (const auto& [field, name] :
         {std::pair("feed", &terms.feed), std::pair("batch_key", &terms.key)}) {
        if (const auto problem = check_name(field, *name); problem.has_value()) {
            return http::to_response(*problem);
        }
    }
    BatchJob job{.dataset = dataset->name(),
                 .feed = call.access.own_feed(terms.feed),
                 .key = terms.key,
                 .covers = {},
                 .rejected_share_max = 1.0,
                 .correction = std::nullopt};
    if (!terms.covers.empty()) {
        const Result<SlotRange> range = SlotRange::parse(terms.covers);
        if (!range.has_value()) {
            return http::to_response(wrong("covers", terms.covers, range.error().message));
        }
        job.covers.add(*range);
    }
    BatchInput input =
        batch_input_of(fmt::format("http {}", call.request.head.peer), std::move(rows));
    if (const auto problem = check_subjects(call.access, *input.rows); problem.has_value()) {
        return http::to_response(*problem);
    }
    for (const auto& [reason, count] : input.batch.rejected_by_reason) {
        call.metrics.note_rejected(job.dataset, reason, count);
    }
    if (!terms.partial && input.batch.counts.rejected > 0) {
        call.metrics.note_batch(job.dataset, BatchAnswer::refused, 0, 0);
        return http::to_response(rejected_problem(input.batch));
    }
    const Result<StoredBatch> stored = store(call, job, std::move(input));
    call.metrics.note_batch(job.dataset,
                            !stored.has_value()      ? BatchAnswer::refused
                            : stored->already_stored ? BatchAnswer::already_stored
                                                     : BatchAnswer::stored,
                            stored.has_value() ? stored->receipt.row_count : 0,
                            call.request.body.size());
    if (!stored.has_value()) {
        return refusal_for(call.access, terms.key, stored.error());
    }
    return json_response(stored->already_stored ? 200 : 201, receipt_text(call, *dataset, *stored));
}

}  // namespace tidemark
