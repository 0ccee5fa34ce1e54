// POST /v1/batches/{batch}/void: takes a batch back.

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "domain/correction.h"
#include "report/ledger_report.h"
#include "serve/access.h"
#include "serve/body_source.h"
#include "serve/endpoint.h"
#include "serve/query_reader.h"

namespace tidemark {

namespace {

constexpr std::size_t document_bytes_max = 16384;

// {"reason": "...", "by": "..."}
Result<CorrectionNote> read_note(const http::Request& request, std::string_view actor) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source,
                              open_body(request.body,
                                        request.head.fields.find("Content-Encoding").value_or(""),
                                        document_bytes_max));
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_whole(*source, document_bytes_max));
    const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
    CorrectionNote note{.reason = {},
                        .by = actor.empty() ? "http " + request.head.peer : std::string(actor)};
    if (!document.is_object()) {
        return Error{ErrorKind::invalid_input,
                     "request body: expected a JSON object with \"reason\", and \"by\" if known"};
    }
    for (const auto& [name, value] : document.items()) {
        if ((name != "reason" && name != "by") || !value.is_string()) {
            return Error{ErrorKind::invalid_input,
                         "member '" + name + "': expected \"reason\" and \"by\", both texts"};
        }
        (name == "reason" ? note.reason : note.by) = value.get<std::string>();
    }
    return note;
}

}  // namespace

Result<http::Response> post_void(const Call& call) {
    QueryReader reader(call);
    const std::string& text = call.captures.front();
    const Result<BatchName> name = BatchName::parse(text);
    if (!name.has_value()) {
        reader.refuse("batch", text, name.error().message);
    }
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    if (!call.access.may_use_dataset(name->dataset)) {
        return http::to_response(
            not_allowed("batch", text, "the key is not for the dataset of this batch"));
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, find_dataset(call.setting, name->dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const CorrectionNote note,
                              read_note(call.request, call.access.name()));
    TIDEMARK_ASSIGN_OR_RETURN(
        const StoredBatch stored,
        call.backend.store().void_batch(
            name->dataset, name->batch_seq, "void of " + name->to_string(), note));
    return json_response(200, receipt_json(dataset, stored));
}

}  // namespace tidemark
