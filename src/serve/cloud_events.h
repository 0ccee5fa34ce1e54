#pragma once
// CloudEvents 1.0 (cloudevents.io): what an event of a configured type says about usage.
//
// An event names itself by its source and id. Both together are the batch key under which a counter
// keeps it, a batch an event, so that it counts once however events are cut into requests
// (docs/decisions/0041-cloudevents.md).

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/batch.h"
#include "domain/dataset.h"
#include "http/message.h"

namespace tidemark {

// How events of a type are read. A place is an attribute of the event ("subject", "time", an
// extension's name) or a path into its data ("data.usage.tokens").
struct CloudEventMapping {
    std::string type;
    Dataset dataset;
    std::string feed = "cloudevents";
    std::string subject = "subject";
    std::string time = "time";
    std::vector<std::string> metrics;  // one a metric of the dataset: a place, or "count"; of a
                                       // gauge empty where the type says nothing of it
};

// One event that can be counted.
struct MappedEvent {
    const CloudEventMapping* mapping = nullptr;
    std::string key;          // "SOURCE ID"; a source has no blank in it
    std::int64_t number = 0;  // in the request, from 1
    // Of a counter.
    std::string subject;
    std::chrono::sys_seconds time{};
    std::vector<std::int64_t> values;
    // Of a gauge: a line as EventParser reads it, which judges the rest.
    std::string line;
};

struct MappedEvents {
    std::vector<MappedEvent> events;  // in the order of the request
    LineCounts counts;                // `accepted` are those of `events`
    std::map<std::string, std::int64_t> rejected_by_reason;
    std::vector<RejectedSample> rejected;  // the first few; `line` counts events from 1

    void reject(std::int64_t number, std::string_view reason, std::string_view text);
};

// Which events came, in which form.
enum class CloudEventForm { structured, batch, binary };

// Told by the Content-Type; binary when the header fields carry the event.
// Fails with invalid_input for what is none of them.
Result<CloudEventForm> form_of(const http::Fields& fields);

// What the events of a request say, and which are rejected and why: `malformed`, `no_id`, `bad_id`,
// `unknown_type`, `no_subject`, `bad_subject`, `no_time`, `bad_time`, `future`, `bad_value`.
// Events of a future further than 5 minutes from `now` are rejected. The mappings outlive what is
// returned. Fails with invalid_input when the body is not what its form needs, or is nested deeper
// than json_depth_max.
Result<MappedEvents> map_cloud_events(CloudEventForm form,
                                      const http::Fields& fields,
                                      std::string_view body,
                                      std::span<const CloudEventMapping> mappings,
                                      Timestamp now);

}  // namespace tidemark
