#pragma once
// What requests that bring rows and those that bring events have in common.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/coverage.h"
#include "http/problem.h"
#include "logs/byte_source.h"
#include "serve/endpoint.h"
#include "serve/json_batch.h"
#include "serve/query_reader.h"

namespace tidemark {

// Of a body, unpacked. A JSON document is held in memory, lines are not.
inline constexpr std::uint64_t sent_bytes_max = std::uint64_t{1} << 30U;
inline constexpr std::size_t sent_document_bytes_max = std::size_t{8} << 20U;

// What the request says beside its rows.
struct SentTerms {
    std::string feed;
    std::string key;  // of rows alone
    std::string covers;
    bool partial = false;
    std::string media_type;  // application/json, application/x-ndjson or text/csv
};

// 415 for another Content-Type.
std::optional<http::Problem> read_media_type(const http::RequestHead& head, SentTerms& terms);

// feed, covers and mode.
void read_common_terms(QueryReader& reader, SentTerms& terms);

// 400 for a name that is empty, longer than a line, or not of visible ASCII: names go into the
// store and before people.
std::optional<http::Problem> check_sent_name(const std::string& field, const std::string& name);

// Nothing for an empty text. Fails with invalid_input.
Result<Coverage> coverage_of(const SentTerms& terms);

// Takes over what the document says and the query did not. Fails with invalid_input where they
// differ.
Result<void> add_terms(const JsonBatch& document, SentTerms& terms);

// The body, unpacked as its Content-Encoding says. Borrows the request.
Result<std::unique_ptr<ByteSource>> open_sent(const http::Request& request);

// 422 with the first rejected ones. `what`: "rows", "events"; `reasons`: "bad_value 2".
http::Problem rejected_problem(const LineCounts& counts,
                               const std::string& what,
                               const std::string& reasons,
                               std::span<const RejectedSample> samples);

}  // namespace tidemark
