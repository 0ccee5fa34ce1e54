// What happened, over HTTP: the documents of `tidemark sources`, `runs`, `batches` and `rejected`.

#include <limits>
#include <utility>

#include "domain/correction.h"
#include "report/ledger_report.h"
#include "report/sources_report.h"
#include "serve/access.h"
#include "serve/endpoint.h"
#include "serve/query_reader.h"

namespace tidemark {

namespace {

constexpr std::int64_t listed_max = 1000;

// The counter dataset that a required parameter names.
void read_dataset(QueryReader& reader, const Setting& setting, std::string& name) {
    reader.read("dataset", name);
    const Result<Dataset> found = find_dataset(setting, name);
    if (!found.has_value()) {
        reader.refuse("dataset", name, found.error().message);
    } else if (found->kind() != DatasetKind::counter) {
        reader.refuse("dataset", name, "a gauge, which has no batches");
    }
}

// Nothing when the key is for the dataset.
std::optional<http::Response> refuse_dataset(const Call& call, const std::string& dataset) {
    if (call.access.may_use_dataset(dataset)) {
        return std::nullopt;
    }
    return http::to_response(not_allowed(
        "dataset", dataset, "the key is for some datasets, one of which must be named"));
}

}  // namespace

Result<http::Response> get_sources(const Call& call) {
    QueryReader reader(call);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    return json_response(200, sources_json(call.backend.read_progress()));
}

Result<http::Response> get_runs(const Call& call) {
    RunQuery query;
    QueryReader reader(call);
    reader.read("job", query.job);
    reader.read("dataset", query.dataset);
    reader.read("feed", query.feed);
    reader.read("day", query.day);
    reader.read("limit", query.limit, 1, listed_max);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    if (auto refusal = refuse_dataset(call, query.dataset); refusal.has_value()) {
        return *std::move(refusal);
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Run> runs, call.backend.store().find_runs(query));
    return json_response(200, format_runs(runs, call.setting.clock.now(), LedgerFormat::json));
}

Result<http::Response> get_batches(const Call& call) {
    BatchQuery query{.dataset = {}};
    QueryReader reader(call);
    read_dataset(reader, call.setting, query.dataset);
    reader.read("feed", query.feed);
    reader.read("day", query.day);
    reader.read("limit", query.limit, 1, listed_max);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    if (auto refusal = refuse_dataset(call, query.dataset); refusal.has_value()) {
        return *std::move(refusal);
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, find_dataset(call.setting, query.dataset));
    Store& store = call.backend.store();
    BatchList list{.dataset = dataset, .receipts = {}, .corrections = {}};
    TIDEMARK_ASSIGN_OR_RETURN(list.receipts, store.find_batches(query));
    TIDEMARK_ASSIGN_OR_RETURN(
        list.corrections,
        store.corrections(dataset.name(), 1, std::numeric_limits<std::int64_t>::max()));
    return json_response(200, format_batches(list, LedgerFormat::json));
}

Result<http::Response> get_rejected(const Call& call) {
    RejectedQuery query{
        .batches = {.dataset = {}, .limit = listed_max}, .batch_seq = {}, .reason = {}};
    QueryReader reader(call);
    std::string batch;
    reader.read("batch", batch);
    if (batch.empty()) {
        read_dataset(reader, call.setting, query.batches.dataset);
    } else if (const Result<BatchName> name = BatchName::parse(batch); name.has_value()) {
        query.batches.dataset = name->dataset;
        query.batch_seq = name->batch_seq;
        if (const auto found = find_dataset(call.setting, name->dataset); !found.has_value()) {
            reader.refuse("batch", batch, found.error().message);
        }
    } else {
        reader.refuse("batch", batch, name.error().message);
    }
    reader.read("feed", query.batches.feed);
    reader.read("reason", query.reason);
    reader.read("limit", query.batches.limit, 1, listed_max);
    reader.read("samples", query.samples_max, 0, listed_max);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    if (auto refusal = refuse_dataset(call, query.batches.dataset); refusal.has_value()) {
        return *std::move(refusal);
    }
    TIDEMARK_ASSIGN_OR_RETURN(const RejectedList list, find_rejected(call.backend.store(), query));
    return json_response(200, format_rejected(list, LedgerFormat::json));
}

}  // namespace tidemark
