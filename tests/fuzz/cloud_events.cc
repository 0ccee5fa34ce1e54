// CloudEvents in each of their forms: header fields up to an empty line, then the body. Whatever
// comes is counted as accepted or rejected, and what is accepted can be stored.

#include "serve/cloud_events.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "domain/dataset.h"

namespace {

using namespace tidemark;

constexpr Timestamp now{std::chrono::seconds(1'800'000'000)};

const std::vector<CloudEventMapping>& mappings() {
    static const std::vector<CloudEventMapping> all = {
        {.type = "c", .dataset = built_in_datasets()[0], .metrics = {"data.n.b", "count"}},
        {.type = "g",
         .dataset = built_in_datasets()[2],
         .subject = "data.s",
         .time = "data.t",
         .metrics = {"data.b", ""}}};
    return all;
}

void check_event(const MappedEvent& event) {
    TIDEMARK_CHECK(event.mapping != nullptr && event.number > 0);
    const std::size_t blank = event.key.find(' ');
    TIDEMARK_CHECK(blank != std::string::npos && blank > 0 && blank + 1 < event.key.size());
    TIDEMARK_CHECK(!event.subject.empty() && event.time <= now + std::chrono::minutes(5));
    const Dataset& dataset = event.mapping->dataset;
    if (dataset.kind() == DatasetKind::counter) {
        TIDEMARK_CHECK(event.values.size() == dataset.metrics().size() && event.line.empty());
        TIDEMARK_CHECK(std::ranges::all_of(event.values, [](auto value) { return value >= 0; }));
    } else {
        TIDEMARK_CHECK(event.values.empty() && event.line.starts_with('{'));
        TIDEMARK_CHECK(event.line.find('\n') == std::string::npos);
    }
}

void check(CloudEventForm form, const http::Fields& fields, std::string_view body) {
    const Result<MappedEvents> mapped = map_cloud_events(form, fields, body, mappings(), now);
    if (!mapped.has_value()) {
        TIDEMARK_CHECK(mapped.error().kind == ErrorKind::invalid_input);
        return;
    }
    std::int64_t last = 0;
    for (const MappedEvent& event : mapped->events) {
        check_event(event);
        TIDEMARK_CHECK(event.number > last);
        last = event.number;
    }
    const LineCounts& counts = mapped->counts;
    const auto rejected =
        std::accumulate(mapped->rejected_by_reason.begin(),
                        mapped->rejected_by_reason.end(),
                        std::int64_t{0},
                        [](std::int64_t sum, const auto& reason) { return sum + reason.second; });
    TIDEMARK_CHECK(counts.accepted == std::ssize(mapped->events) && counts.rejected == rejected);
    TIDEMARK_CHECK(counts.lines == counts.accepted + counts.rejected && last <= counts.lines);
    TIDEMARK_CHECK(form == CloudEventForm::batch || counts.lines == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    http::Fields fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) {
            break;
        }
        const std::size_t colon = std::min(line.find(": "), line.size());
        fields.add(line.substr(0, colon),
                   std::string(line.substr(std::min(colon + 2, line.size()))));
    }
    for (const CloudEventForm form :
         {CloudEventForm::structured, CloudEventForm::batch, CloudEventForm::binary}) {
        check(form, fields, text);
    }
    (void)form_of(fields);
    return 0;
}
