// POST /v1/datasets/{dataset}/batches: rows in, a receipt out, after the commit.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "rows/row_file.h"
#include "serve/access.h"
#include "serve/body_source.h"
#include "serve/endpoint.h"
#include "serve/metrics.h"
#include "serve/query_reader.h"
#include "serve/sent_rows.h"
#include "store/refusals.h"
#include "worker/send_batch.h"

namespace tidemark {

namespace {

constexpr std::size_t sorting_bytes = std::size_t{16} << 20U;

std::variant<SentTerms, http::Problem> read_terms(const Call& call) {
    const http::RequestHead& head = call.request.head;
    SentTerms terms;
    if (std::optional<http::Problem> problem = read_media_type(head, terms); problem.has_value()) {
        return *std::move(problem);
    }
    QueryReader reader(call);
    read_common_terms(reader, terms);
    reader.read("batch_key", terms.key);
    const auto header = head.fields.find("Idempotency-Key");
    if (header.has_value() && !terms.key.empty() && terms.key != *header) {
        reader.refuse("Idempotency-Key", *header, "differs from batch_key");
    }
    if (std::optional<http::Problem> fault = reader.finish(); fault.has_value()) {
        return *std::move(fault);
    }
    if (header.has_value()) {
        terms.key = *header;
    }
    return terms;
}

RowReading reading_of(const Call& call, const Dataset& dataset) {
    RowReading reading{.dataset = dataset, .expanded_bytes_max = sent_bytes_max};
    reading.sorting.memory_bytes = sorting_bytes;
    reading.sorting.directory = call.setting.spool_directory;
    return reading;
}

Result<RowFile> read_document(const Call& call,
                              ByteSource& source,
                              const RowReading& reading,
                              SentTerms& terms) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_whole(source, sent_document_bytes_max));
    http::RequestBody lines(call.setting.spool_directory);
    TIDEMARK_ASSIGN_OR_RETURN(const JsonBatch document,
                              read_json_batch(text, "rows", [&lines](std::string_view row) {
                                  return lines.append(std::string(row) + "\n");
                              }));
    TIDEMARK_RETURN_IF_ERROR(add_terms(document, terms));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> rows,
                              open_body(lines, "identity", sent_bytes_max));
    return read_rows(
        *rows, "request body", RowForm::json_lines, reading, call.setting.clock, nullptr);
}

Result<RowFile> read_body(const Call& call, const Dataset& dataset, SentTerms& terms) {
    const RowReading reading = reading_of(call, dataset);
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, open_sent(call.request));
    if (terms.media_type == "application/json") {
        return read_document(call, *source, reading, terms);
    }
    const RowForm form = terms.media_type == "text/csv" ? RowForm::csv : RowForm::json_lines;
    return read_rows(*source, "request body", form, reading, call.setting.clock, nullptr);
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
    SentTerms terms = std::get<SentTerms>(std::move(read));
    TIDEMARK_ASSIGN_OR_RETURN(RowFile rows, read_body(call, *dataset, terms));
    for (const auto& [field, name] :
         {std::pair("feed", &terms.feed), std::pair("batch_key", &terms.key)}) {
        if (const auto problem = check_sent_name(field, *name); problem.has_value()) {
            return http::to_response(*problem);
        }
    }
    BatchJob job{.dataset = dataset->name(),
                 .feed = call.access.own_feed(terms.feed),
                 .key = terms.key,
                 .covers = {},
                 .rejected_share_max = 1.0,
                 .correction = std::nullopt};
    TIDEMARK_ASSIGN_OR_RETURN(job.covers, coverage_of(terms));
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
        return http::to_response(rejected_problem(
            input.batch.counts, "rows", reasons_text(input.batch), input.batch.rejected_samples));
    }
    const Result<StoredBatch> stored = store(call, job, std::move(input));
    call.metrics.note_batch(job.dataset,
                            !stored.has_value()      ? BatchAnswer::refused
                            : stored->already_stored ? BatchAnswer::already_stored
                                                     : BatchAnswer::stored,
                            stored.has_value() ? stored->receipt.row_count : 0,
                            call.request.body.size());
    if (!stored.has_value()) {
        return seen_by(
            call.access,
            stored.error(),
            fmt::format("batch_key '{}': known with other content, being stored by another "
                        "request, or with rows of a day that takes no more; nothing was changed",
                        terms.key));
    }
    return json_response(stored->already_stored ? 200 : 201,
                         receipt_seen_by(call.access, *dataset, *stored));
}

}  // namespace tidemark
