// POST /v1/events: CloudEvents in. An event of a counter is a batch, those of a gauge go the way of
// all its events.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "serve/access.h"
#include "serve/body_source.h"
#include "serve/cloud_events.h"
#include "serve/endpoint.h"
#include "serve/metrics.h"
#include "serve/query_reader.h"
#include "serve/sent_rows.h"
#include "worker/media.h"

namespace tidemark {

namespace {

using MappedList = std::vector<const MappedEvent*>;

class LineSource final : public ByteSource {
 public:
    explicit LineSource(const MappedList& events) {
        for (const MappedEvent* event : events) {
            text_ += event->line + "\n";
        }
    }

    Result<std::size_t> read(std::span<char> into) override {
        const std::size_t count = std::min(into.size(), text_.size() - place_);
        text_.copy(into.data(), count, place_);
        place_ += count;
        return count;
    }

    [[nodiscard]] std::uint64_t bytes_read() const override { return place_; }

 private:
    std::string text_;
    std::size_t place_ = 0;
};

// The events of a gauge, by whose they are.
std::map<const CloudEventMapping*, MappedList> gauges_of(const MappedEvents& mapped) {
    std::map<const CloudEventMapping*, MappedList> gauges;
    for (const MappedEvent& event : mapped.events) {
        if (event.mapping->dataset.kind() == DatasetKind::gauge) {
            gauges[event.mapping].push_back(&event);
        }
    }
    return gauges;
}

MediaJob job_of(const Call& call, const CloudEventMapping& mapping) {
    return {.dataset = mapping.dataset,
            .feed = call.access.own_feed(mapping.feed),
            .source = fmt::format("cloudevents {}", call.request.head.peer),
            .every = std::nullopt,
            .covers = {},
            .patience = std::chrono::milliseconds(0)};
}

Result<EventParser> make_parser(const Call& call, const CloudEventMapping& mapping) {
    TIDEMARK_ASSIGN_OR_RETURN(EventParser parser,
                              EventParser::make(mapping.dataset, call.setting.clock));
    parser.set_format(EventFormat::ndjson);
    return parser;
}

// Every event must be of a dataset and a subject that the key is for.
std::optional<http::Problem> check_access(const Access& access, const MappedEvents& mapped) {
    for (const MappedEvent& event : mapped.events) {
        if (!access.may_use_dataset(event.mapping->dataset.name())) {
            return not_allowed(
                "type", event.mapping->type, "the key is not for the dataset of this type");
        }
        if (!access.may_use_subject(event.subject)) {
            return not_allowed("subject", event.subject, "the key is not for this subject");
        }
    }
    return std::nullopt;
}

// What the parser of the gauge's events rejects becomes rejected here.
Result<void> judge_gauges(const Call& call, MappedEvents& mapped) {
    for (const auto& [mapping, events] : gauges_of(mapped)) {
        const std::unique_ptr<EventInput> input =
            make_event_input(std::make_unique<LineSource>(events));
        TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, make_parser(call, *mapping));
        const MediaJob job = job_of(call, *mapping);
        TIDEMARK_ASSIGN_OR_RETURN(
            const MediaTotals judged,
            judge_events(job, call.backend.store(), *input, std::move(parser)));
        std::set<std::int64_t> rejected;
        for (const RejectedSample& sample : judged.rejected_samples) {
            // An event of two metrics may be wrong in both, and is one event.
            if (!rejected.insert(sample.line).second) {
                continue;
            }
            const MappedEvent& event = *events[static_cast<std::size_t>(sample.line - 1)];
            --mapped.counts.lines;
            --mapped.counts.accepted;
            mapped.reject(event.number, sample.reason, sample.text);
        }
    }
    return {};
}

// What became of the events of a request.
struct Stored {
    std::int64_t stored = 0;
    std::int64_t already_stored = 0;
    std::vector<http::LineFault> refused;
};

Result<StoredBatch> store_counter(const Call& call, const MappedEvent& event) {
    const CloudEventMapping& mapping = *event.mapping;
    UsageRows::Builder builder(mapping.metrics.size());
    builder.add(event.subject, Slot::containing(event.time), event.values);
    TIDEMARK_ASSIGN_OR_RETURN(UsageRows rows, std::move(builder).finish());
    ContentHasher hasher;
    hasher.update(fmt::format(
        "{} {} {}", mapping.dataset.name(), event.time.time_since_epoch().count(), event.subject));
    for (const std::int64_t value : event.values) {
        hasher.update(fmt::format("\n{}", value));
    }
    const Batch batch{.identity = {.dataset = mapping.dataset.name(),
                                   .feed = call.access.own_feed(mapping.feed),
                                   .key = event.key,
                                   .content_hash = hasher.finish()},
                      .source = fmt::format("cloudevents {}", call.request.head.peer),
                      .counts = {.lines = 1, .accepted = 1},
                      .rejected_by_reason = {},
                      .rejected_samples = {}};
    return call.backend.store().store_batch(batch, rows);
}

Result<void> store_counters(const Call& call, const MappedEvents& mapped, Stored& result) {
    for (const MappedEvent& event : mapped.events) {
        if (event.mapping->dataset.kind() != DatasetKind::counter) {
            continue;
        }
        const Result<StoredBatch> stored = store_counter(call, event);
        if (!stored.has_value() && stored.error().kind != ErrorKind::refused) {
            return stored.error();
        }
        if (!stored.has_value()) {
            const Error seen = seen_by(
                call.access,
                stored.error(),
                "known with other content, or of a day that takes no more; nothing was changed");
            result.refused.push_back(
                {.line = event.number, .reason = "refused", .text = seen.message});
            continue;
        }
        ++(stored->already_stored ? result.already_stored : result.stored);
    }
    return {};
}

Result<void> store_gauges(const Call& call, const MappedEvents& mapped, Stored& result) {
    for (const auto& [mapping, events] : gauges_of(mapped)) {
        const std::unique_ptr<EventInput> input =
            make_event_input(std::make_unique<LineSource>(events));
        TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, make_parser(call, *mapping));
        const MediaJob job = job_of(call, *mapping);
        bool known = true;
        TIDEMARK_RETURN_IF_ERROR(store_received_events(job,
                                                       call.backend.store(),
                                                       call.setting.clock,
                                                       *input,
                                                       std::move(parser),
                                                       [&known](const CommittedChunk& chunk) {
                                                           known =
                                                               known && chunk.stored.already_stored;
                                                       }));
        (known ? result.already_stored : result.stored) += static_cast<std::int64_t>(events.size());
    }
    return {};
}

// Of the counters' events, which have none of their own.
Result<Stored> store_as_run(const Call& call, const MappedEvents& mapped) {
    Store& store = call.backend.store();
    const CloudEventMapping& first = *mapped.events.front().mapping;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t run,
        store.begin_run("cloudevents", first.dataset.name(), call.access.own_feed(first.feed)));
    Stored result;
    Result<void> done = store_counters(call, mapped, result);
    if (done.has_value()) {
        done = store_gauges(call, mapped, result);
    }
    RunEnd end{.outcome = done.has_value() ? RunOutcome::succeeded : RunOutcome::failed,
               .covered = {},
               .rows = result.stored,
               .bytes = static_cast<std::int64_t>(call.request.body.size()),
               .error = done.has_value() ? "" : done.error().message};
    TIDEMARK_RETURN_IF_ERROR(store.end_run(run, end));
    TIDEMARK_RETURN_IF_ERROR(done);
    return result;
}

std::string reasons_of(const MappedEvents& mapped) {
    std::string text;
    for (const auto& [reason, count] : mapped.rejected_by_reason) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count);
    }
    return text;
}

http::Response answer_to(Stored stored) {
    if (!stored.refused.empty()) {
        http::Problem problem{
            .status = 409,
            .detail = fmt::format("{} events are refused, each for its own reason; the other {} "
                                  "are stored",
                                  stored.refused.size(),
                                  stored.stored + stored.already_stored)};
        problem.faults = std::move(stored.refused);
        return http::to_response(problem);
    }
    const nlohmann::ordered_json body = {{"stored", stored.stored},
                                         {"already_stored", stored.already_stored}};
    return json_response(stored.stored > 0 ? 201 : 200, body.dump() + "\n");
}

}  // namespace

Result<http::Response> post_cloud_events(const Call& call) {
    QueryReader reader(call);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    const Result<CloudEventForm> form = form_of(call.request.head.fields);
    if (!form.has_value()) {
        return http::to_response(
            {.status = 415, .detail = form.error().message, .field = "Content-Type"});
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, open_sent(call.request));
    TIDEMARK_ASSIGN_OR_RETURN(const std::string body, read_whole(*source, sent_document_bytes_max));
    TIDEMARK_ASSIGN_OR_RETURN(MappedEvents mapped,
                              map_cloud_events(*form,
                                               call.request.head.fields,
                                               body,
                                               call.setting.cloud_events,
                                               call.setting.clock.now()));
    if (const auto problem = check_access(call.access, mapped); problem.has_value()) {
        return http::to_response(*problem);
    }
    TIDEMARK_RETURN_IF_ERROR(judge_gauges(call, mapped));
    if (mapped.counts.rejected > 0) {
        for (const auto& [reason, count] : mapped.rejected_by_reason) {
            call.metrics.note_rejected("cloudevents", reason, count);
        }
        http::Problem problem =
            rejected_problem(mapped.counts, "events", reasons_of(mapped), mapped.rejected);
        problem.detail = fmt::format("{} of {} events are rejected ({}): nothing is stored",
                                     mapped.counts.rejected,
                                     mapped.counts.lines,
                                     reasons_of(mapped));
        return http::to_response(problem);
    }
    if (mapped.events.empty()) {
        return answer_to({});
    }
    TIDEMARK_ASSIGN_OR_RETURN(Stored stored, store_as_run(call, mapped));
    return answer_to(std::move(stored));
}

}  // namespace tidemark
