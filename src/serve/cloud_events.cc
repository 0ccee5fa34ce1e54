#include "serve/cloud_events.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "http/media_type.h"
#include "logs/line_text.h"
#include "logs/lines/time_text.h"
#include "logs/lines/url_text.h"

namespace tidemark {

namespace {

using Json = nlohmann::json;

constexpr std::string_view one_event = "application/cloudevents+json";
constexpr std::string_view many_events = "application/cloudevents-batch+json";
constexpr std::size_t subject_length_max = 512;
constexpr std::size_t key_length_max = 1000;
constexpr std::size_t samples_max = 300;
constexpr std::chrono::minutes future_tolerance{5};

// What stands at the place; null when nothing does.
const Json* find_place(const Json& event, std::string_view place) {
    constexpr std::string_view data = "data.";
    if (!place.starts_with(data)) {
        const auto found = event.find(place);
        return found == event.end() || found->is_null() ? nullptr : &*found;
    }
    const Json* at = &event;
    for (std::string_view rest = place; !rest.empty();) {
        const std::size_t end = std::min(rest.find('.'), rest.size());
        if (!at->is_object()) {
            return nullptr;
        }
        const auto found = at->find(rest.substr(0, end));
        if (found == at->end() || found->is_null()) {
            return nullptr;
        }
        at = &*found;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return at;
}

// A text or a whole number as text; empty for anything else.
std::string text_at(const Json& event, std::string_view place) {
    const Json* found = find_place(event, place);
    if (found == nullptr) {
        return {};
    }
    return found->is_string()           ? found->get<std::string>()
           : found->is_number_integer() ? found->dump()
                                        : std::string();
}

bool is_visible(std::string_view text) {
    return std::ranges::all_of(
        text, [](unsigned char character) { return character >= 0x20 && character != 0x7f; });
}

// One event of a request.
class EventMapper {
 public:
    EventMapper(std::span<const CloudEventMapping> mappings, Timestamp now, TimeText time)
        : mappings_(mappings),
          latest_(std::chrono::floor<std::chrono::seconds>(now + future_tolerance)),
          time_(std::move(time)) {}

    void map(const Json& event, std::int64_t number, MappedEvents& result) {
        MappedEvent mapped;
        mapped.number = number;
        const std::string_view reason = fill(event, mapped);
        if (!reason.empty()) {
            result.reject(
                number, reason, event.dump(-1, ' ', false, Json::error_handler_t::replace));
            return;
        }
        ++result.counts.lines;
        ++result.counts.accepted;
        result.events.push_back(std::move(mapped));
    }

 private:
    // Why it is rejected; empty: it is filled.
    std::string_view fill(const Json& event, MappedEvent& mapped) {
        if (!event.is_object() || text_at(event, "specversion") != "1.0") {
            return "malformed";
        }
        const std::string source = text_at(event, "source");
        const std::string id = text_at(event, "id");
        if (source.empty() || id.empty()) {
            return "no_id";
        }
        mapped.key = source + " " + id;
        if (source.find(' ') != std::string::npos || !is_visible(mapped.key) ||
            mapped.key.size() > key_length_max) {
            return "bad_id";
        }
        const std::string type = text_at(event, "type");
        const auto mapping = std::ranges::find(mappings_, type, &CloudEventMapping::type);
        if (mapping == mappings_.end()) {
            return "unknown_type";
        }
        mapped.mapping = &*mapping;
        mapped.subject = text_at(event, mapping->subject);
        if (mapped.subject.empty()) {
            return "no_subject";
        }
        if (mapped.subject.size() > subject_length_max || !is_visible(mapped.subject)) {
            return "bad_subject";
        }
        const std::string time = text_at(event, mapping->time);
        if (time.empty()) {
            return "no_time";
        }
        const auto instant = time_.parse(time);
        if (!instant.has_value()) {
            return "bad_time";
        }
        if (*instant > latest_) {
            return "future";
        }
        mapped.time = *instant;
        return mapping->dataset.kind() == DatasetKind::counter
                   ? fill_counter(event, mapped)
                   : fill_gauge(event, time, id, mapped);
    }

    static std::string_view fill_counter(const Json& event, MappedEvent& mapped) {
        for (const std::string& place : mapped.mapping->metrics) {
            const Json* const value = place == "count" ? nullptr : find_place(event, place);
            if (place == "count") {
                mapped.values.push_back(1);
            } else if (value != nullptr && value->is_number_integer() &&
                       (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX) &&
                       value->get<std::int64_t>() >= 0) {
                mapped.values.push_back(value->get<std::int64_t>());
            } else {
                return "bad_value";
            }
        }
        return {};
    }

    static std::string_view fill_gauge(const Json& event,
                                       const std::string& time,
                                       const std::string& id,
                                       MappedEvent& mapped) {
        const CloudEventMapping& mapping = *mapped.mapping;
        Json line = {{"subject", mapped.subject}, {"observed_at", time}, {"event_id", id}};
        for (std::size_t metric = 0; metric < mapping.metrics.size(); ++metric) {
            if (!mapping.metrics[metric].empty()) {
                const Json* const value = find_place(event, mapping.metrics[metric]);
                line[mapping.dataset.metrics()[metric]] = value == nullptr ? Json() : *value;
            }
        }
        mapped.line = line.dump(-1, ' ', false, Json::error_handler_t::replace);
        return {};
    }

    std::span<const CloudEventMapping> mappings_;
    std::chrono::sys_seconds latest_;
    TimeText time_;
};

Result<void> check_depth(std::string_view body) {
    if (is_nested_too_deep(body)) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("request body: lists and objects are nested deeper than {}",
                                 json_depth_max)};
    }
    return {};
}

// The event that the header fields and the body are together (CloudEvents HTTP binding, 3.1).
Result<Json> binary_event(const http::Fields& fields, std::string_view body) {
    Json event = Json::object();
    for (const auto& [name, value] : fields.all()) {
        std::string lower(name);
        std::ranges::transform(lower, lower.begin(), [](unsigned char character) {
            return static_cast<char>(std::tolower(character));
        });
        if (!lower.starts_with("ce-")) {
            continue;
        }
        std::string decoded;
        if (!percent_decode(value, decoded) || unreadable(decoded).has_value()) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format("header {}: '%' without two hexadecimal digits, or no UTF-8", name)};
        }
        event[lower.substr(3)] = decoded;
    }
    if (!body.empty()) {
        TIDEMARK_RETURN_IF_ERROR(check_depth(body));
        Json data = Json::parse(body, nullptr, false);
        if (data.is_discarded()) {
            return Error{ErrorKind::invalid_input, "request body: the event's data is not JSON"};
        }
        event["data"] = std::move(data);
    }
    return event;
}

Result<Json> read_events(CloudEventForm form, const http::Fields& fields, std::string_view body) {
    if (form == CloudEventForm::binary) {
        TIDEMARK_ASSIGN_OR_RETURN(Json event, binary_event(fields, body));
        return Json::array({std::move(event)});
    }
    TIDEMARK_RETURN_IF_ERROR(check_depth(body));
    Json document = Json::parse(body, nullptr, false);
    const bool listed = form == CloudEventForm::batch;
    if (listed ? !document.is_array() : !document.is_object()) {
        return Error{ErrorKind::invalid_input,
                     listed ? "request body: expected a JSON list of events"
                            : "request body: expected one event, a JSON object"};
    }
    return listed ? std::move(document) : Json::array({std::move(document)});
}

}  // namespace

void MappedEvents::reject(std::int64_t number, std::string_view reason, std::string_view text) {
    ++counts.lines;
    ++counts.rejected;
    ++rejected_by_reason[std::string(reason)];
    if (rejected.size() < samples_max) {
        rejected.push_back(
            {.line = number, .reason = std::string(reason), .text = sample_of(text)});
    }
}

Result<CloudEventForm> form_of(const http::Fields& fields) {
    const std::string type = http::bare_media_type(fields.find("Content-Type").value_or(""));
    if (type == one_event) {
        return CloudEventForm::structured;
    }
    if (type == many_events) {
        return CloudEventForm::batch;
    }
    if (fields.find("ce-specversion").has_value()) {
        return CloudEventForm::binary;
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("header Content-Type '{}': expected {} or {}, or the event's "
                             "attributes in headers, ce-specversion among them",
                             type,
                             one_event,
                             many_events)};
}

Result<MappedEvents> map_cloud_events(CloudEventForm form,
                                      const http::Fields& fields,
                                      std::string_view body,
                                      std::span<const CloudEventMapping> mappings,
                                      Timestamp now) {
    TIDEMARK_ASSIGN_OR_RETURN(const Json events, read_events(form, fields, body));
    TIDEMARK_ASSIGN_OR_RETURN(TimeText time, TimeText::make("UTC"));
    EventMapper mapper(mappings, now, std::move(time));
    MappedEvents result;
    std::int64_t number = 0;
    for (const Json& event : events) {
        mapper.map(event, ++number, result);
    }
    return result;
}

}  // namespace tidemark
