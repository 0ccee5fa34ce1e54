#include "serve/routes.h"

#include <algorithm>
#include <array>

namespace tidemark {

namespace {

// As sent: what it unpacks to is bounded by the endpoint.
constexpr std::uint64_t rows_bytes_max = std::uint64_t{64} << 20U;
constexpr std::uint64_t note_bytes_max = 16384;
constexpr std::uint64_t pings_bytes_max = http::RequestBody::memory_bytes_max;

using enum ParameterKind;

constexpr std::array<Parameter, 14> usage_parameters{{
    {"dataset", text, "the dataset", true},
    {"subject", texts, "whose usage; may be repeated; without it all subjects together"},
    {"from", day, "first UTC day; by default 30 days before `to`"},
    {"to", day, "UTC day after the last; by default tomorrow"},
    {"by", text, "slot, day, month or total; by default day"},
    {"top", whole_number, "the N subjects with the most of `metric`"},
    {"metric", text, "what `top` goes by; by default the dataset's first"},
    {"metrics", list, "these metrics alone, parted by commas; by default all"},
    {"fill", text, "carry: what a gauge was goes on until its next event; by default none"},
    {"tz", text, "days of this time zone, as Europe/Berlin; with by=day"},
    {"synced", flag, "true: only up to where all required datasets are complete"},
    {"compare", text, "previous: beside the time before, of the same length; by default none"},
    {"limit", whole_number, "each subject by itself, N at once, at most 1000, in order of name"},
    {"cursor", text, "the next page: `next` of the one before, with the same other parameters"},
}};
constexpr std::array<Parameter, 5> runs_parameters{{
    {"job", text, "only this job: aggregate, batch, compact, serve"},
    {"dataset", text, "only this dataset"},
    {"feed", text, "only this feed"},
    {"day", day, "only runs that began on this UTC day"},
    {"limit", whole_number, "the newest N, at most 1000; by default 20"},
}};
constexpr std::array<Parameter, 4> batches_parameters{{
    {"dataset", text, "a counter dataset", true},
    {"feed", text, "only this feed"},
    {"day", day, "only batches with rows of this UTC day"},
    {"limit", whole_number, "the newest N, at most 1000; by default 20"},
}};
constexpr std::array<Parameter, 6> rejected_parameters{{
    {"dataset", text, "a counter dataset; needed without `batch`"},
    {"batch", text, "only this batch, DATASET:NUMBER"},
    {"feed", text, "only this feed"},
    {"reason", text, "only this reason"},
    {"limit", whole_number, "look at the newest N batches, at most 1000, which is the default"},
    {"samples", whole_number, "at most N rejected lines; by default 20"},
}};
constexpr std::array<Parameter, 4> batch_parameters{{
    {"feed", text, "whose rows they are; JSON may say it in the body"},
    {"batch_key", text, "names the batch for ever; may come as the header Idempotency-Key"},
    {"covers", text, "declare these slots complete: a UTC day, or FROM/TO"},
    {"mode", text, "strict, which is the default: one rejected row refuses all; or partial"},
}};

constexpr std::array<Parameter, 3> events_parameters{{
    {"feed", text, "whose events they are; JSON may say it in the body"},
    {"covers", text, "declare these slots complete: a UTC day, or FROM/TO"},
    {"mode", text, "strict, which is the default: one rejected event refuses all; or partial"},
}};

// What else a player says is kept and not looked at.
constexpr std::array<Parameter, 2> ping_parameters{{
    {"aid", text, "whose ping it is; decoded by %XX alone, a '+' stays one"},
    {"e", text, "what happened: s (play), i (ad impression), c (ad complete); others are ignored"},
}};

constexpr std::array<Route, 18> table{{
    {.method = "GET",
     .path = "/v1/changes",
     .endpoint = get_changes,
     .summary = "Server-sent events: one whenever something changed in the store",
     .scope = KeyScope::read,
     .knows_datasets = true},
    {.method = "GET",
     .path = "/v1/datasets",
     .endpoint = get_datasets,
     .summary = "What may be asked for: the datasets with their metrics",
     .answer = "Datasets",
     .scope = KeyScope::read,
     .knows_subjects = true,
     .knows_datasets = true},
    {.method = "GET",
     .path = "/v1/usage",
     .group_endpoint = get_usage,
     .group_name = usage_group,
     .summary = "Usage by slot, day, month or in total, exact at every instant",
     .parameters = usage_parameters,
     .answer = "Usage",
     .scope = KeyScope::read,
     .knows_subjects = true,
     .knows_datasets = true},
    {.method = "GET",
     .path = "/v1/sources",
     .endpoint = get_sources,
     .summary = "How far each dataset is complete, and what holds it",
     .answer = "Sources",
     .scope = KeyScope::read},
    {.method = "GET",
     .path = "/v1/runs",
     .endpoint = get_runs,
     .summary = "What the workers did, the newest first",
     .parameters = runs_parameters,
     .answer = "Runs",
     .scope = KeyScope::read,
     .knows_datasets = true},
    {.method = "GET",
     .path = "/v1/batches",
     .endpoint = get_batches,
     .summary = "What was stored and what was corrected, the newest first",
     .parameters = batches_parameters,
     .answer = "Batches",
     .scope = KeyScope::read,
     .knows_datasets = true},
    {.method = "GET",
     .path = "/v1/rejected",
     .endpoint = get_rejected,
     .summary = "What was rejected, and why",
     .parameters = rejected_parameters,
     .answer = "Rejected",
     .scope = KeyScope::read,
     .knows_datasets = true},
    {.method = "POST",
     .path = "/v1/datasets/{dataset}/batches",
     .endpoint = post_batch,
     .summary = "Stores rows as one batch; acknowledged after the commit, safe to send again",
     .parameters = batch_parameters,
     .answer = "Receipt",
     .body_bytes_max = rows_bytes_max,
     .scope = KeyScope::ingest,
     .knows_subjects = true,
     .knows_datasets = true},
    {.method = "POST",
     .path = "/v1/datasets/{dataset}/events",
     .endpoint = post_events,
     .summary = "Stores events of a gauge; acknowledged after the commit, safe to send again",
     .parameters = events_parameters,
     .answer = "Events",
     .body_bytes_max = rows_bytes_max,
     .scope = KeyScope::ingest,
     .knows_subjects = true,
     .knows_datasets = true},
    {.method = "POST",
     .path = "/v1/events",
     .endpoint = post_cloud_events,
     .summary = "CloudEvents 1.0: one, a list, or binary; each counts once by source and id",
     .answer = "CloudEventsStored",
     .body_bytes_max = rows_bytes_max,
     .scope = KeyScope::ingest,
     .knows_subjects = true,
     .knows_datasets = true},
    // Nobody's player can keep a key.
    {.method = "GET",
     .path = "/v1/ping.gif",
     .summary = "A player's ping; answered once it is on the disk",
     .parameters = ping_parameters,
     .answer = "Pixel",
     .scope = std::nullopt},
    {.method = "POST",
     .path = "/v1/ping",
     .summary = "Pings: the query, and a query a line of the body",
     .parameters = ping_parameters,
     .answer = "Pings",
     .body_bytes_max = pings_bytes_max,
     .scope = std::nullopt},
    {.method = "GET",
     .path = "/v1/{class}/ping.gif",
     .summary = "A player's ping of a class, as jwplayer6 or clienta",
     .parameters = ping_parameters,
     .answer = "Pixel",
     .scope = std::nullopt},
    {.method = "POST",
     .path = "/v1/{class}/ping.gif",
     .summary = "The same, as a page sends it when it is left",
     .parameters = ping_parameters,
     .answer = "Pings",
     .body_bytes_max = pings_bytes_max,
     .scope = std::nullopt},
    {.method = "POST",
     .path = "/v1/batches/{batch}/void",
     .endpoint = post_void,
     .summary = "Takes a batch back, named DATASET:NUMBER; safe to send again",
     .answer = "Receipt",
     .body_bytes_max = note_bytes_max,
     .scope = KeyScope::admin,
     .knows_datasets = true},
    {.method = "GET",
     .path = "/readyz",
     .endpoint = get_readiness,
     .summary = "200 when a write was just committed to the store",
     .answer = "Ready",
     .scope = std::nullopt},
    {.method = "GET",
     .path = "/openapi.json",
     .endpoint = get_openapi,
     .summary = "This document",
     .answer = "Document",
     .scope = std::nullopt},
    {.method = "GET",
     .path = "/metrics",
     .endpoint = get_metrics,
     .summary = "Figures for Prometheus",
     .scope = KeyScope::admin},
}};

// The captures when the segments are those of the pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& segments) {
    std::vector<std::string> captures;
    std::string_view rest = pattern.substr(1);
    for (const std::string& segment : segments) {
        if (rest.empty()) {
            return std::nullopt;
        }
        const std::size_t end = std::min(rest.find('/'), rest.size());
        const std::string_view part = rest.substr(0, end);
        if (part.starts_with('{')) {
            captures.push_back(segment);
        } else if (part != segment) {
            return std::nullopt;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return rest.empty() ? std::optional(captures) : std::nullopt;
}

}  // namespace

std::span<const Route> routes() {
    return table;
}

std::optional<RouteMatch> find_route(const http::RequestHead& head) {
    std::size_t length = 0;
    for (const std::string& segment : head.target.segments) {
        length += 1 + segment.size();
    }
    std::optional<RouteMatch> found;
    for (const Route& route : table) {
        // Most paths have another length, which is told sooner than that their segments differ.
        if (route.path.size() != length && route.path.find('{') == std::string_view::npos) {
            continue;
        }
        std::optional<std::vector<std::string>> captures = match(route.path, head.target.segments);
        if (!captures.has_value()) {
            continue;
        }
        if (!found.has_value()) {
            found.emplace();
        }
        found->allowed += found->allowed.empty() ? "" : ", ";
        found->allowed += route.method;
        if (route.method == head.method) {
            found->route = &route;
            found->captures = *std::move(captures);
        }
    }
    return found;
}

}  // namespace tidemark
