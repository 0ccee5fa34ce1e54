#include "report/usage_tag.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "report/local_days.h"
#include "report/previous_usage.h"

namespace tidemark {

namespace {

// A list of texts and numbers, hashed so that no two lists run into each other.
class Digest {
 public:
    void add(std::string_view text) {
        add(static_cast<std::int64_t>(text.size()));
        hasher_.update(text);
    }
    void add(std::int64_t number) {
        hasher_.update({reinterpret_cast<const char*>(&number), sizeof number});
    }
    void add(UtcDay day) { add(std::int64_t{day.days_since_epoch()}); }
    void add(std::optional<std::chrono::sys_seconds> instant) {
        add(std::int64_t{instant.has_value()});
        add(std::int64_t{instant.value_or(std::chrono::sys_seconds()).time_since_epoch().count()});
    }
    void add(const std::vector<std::string>& texts) {
        add(static_cast<std::int64_t>(texts.size()));
        for (const std::string& text : texts) {
            add(std::string_view(text));
        }
    }
    void add(const std::vector<TimeRange>& ranges) {
        add(static_cast<std::int64_t>(ranges.size()));
        for (const TimeRange& range : ranges) {
            add(std::optional(range.from));
            add(std::optional(range.to));
        }
    }
    [[nodiscard]] std::string finish() const { return hasher_.finish().to_string(); }

 private:
    ContentHasher hasher_;
};

void add_dataset(Digest& digest, const Dataset& dataset) {
    digest.add(std::string_view(dataset.name()));
    digest.add(static_cast<std::int64_t>(dataset.kind()));
    digest.add(std::string_view(dataset.subject()));
    digest.add(dataset.metrics());
}

void add_request(Digest& digest, const UsageRequest& request) {
    add_dataset(digest, request.dataset);
    digest.add(request.from);
    digest.add(request.to);
    digest.add(static_cast<std::int64_t>(request.period));
    digest.add(request.top);
    digest.add(std::string_view(request.top_metric));
    digest.add(request.until);
    digest.add(std::int64_t{request.carry});
    if (request.carry) {
        digest.add(request.carry_to);
    }
    digest.add(std::int64_t{request.page.has_value()});
    if (request.page.has_value()) {
        digest.add(request.page->limit);
        digest.add(std::string_view(request.page->after));
    }
}

void add_progress(Digest& digest, const UsageProgress& progress) {
    digest.add(progress.synced_through);
    digest.add(progress.overall_synced_through);
    for (const auto& [day, completeness] : progress.days) {
        digest.add(static_cast<std::int64_t>(completeness));
    }
    digest.add(progress.gaps);
    digest.add(progress.holes);
    digest.add(std::string_view(progress.metadata_origin));
    digest.add(std::int64_t{progress.stale});
}

}  // namespace

Result<std::pair<UtcDay, UtcDay>> days_read(const UsageQuestion& question) {
    UsageRequest request = question.request;
    std::pair days(request.from, request.to);
    if (question.compare_previous) {
        TIDEMARK_ASSIGN_OR_RETURN(const UsageRequest previous, previous_request(request));
        days.first = previous.from;
    }
    if (!question.time_zone.empty()) {
        // No zone is a day or more from UTC.
        days = {days.first.plus_days(-1), days.second.plus_days(1)};
    }
    return days;
}

Result<std::string> shared_tag(const UsageQuestion& question,
                               const KnownProgress& known,
                               std::string_view version,
                               bool says_progress) {
    TIDEMARK_ASSIGN_OR_RETURN(const UsageRequest request, bounded_request(question, known));
    Digest digest;
    digest.add(version);
    add_request(digest, request);
    digest.add(question.metrics);
    digest.add(std::int64_t{question.compare_previous});
    digest.add(std::string_view(question.time_zone));
    if (!question.time_zone.empty()) {
        // The rules of a zone change with the tz database.
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<TimeRange> days,
                                  local_days(question.time_zone, request.from, request.to));
        digest.add(days);
    }
    if (says_progress) {
        TIDEMARK_ASSIGN_OR_RETURN(const UsageProgress progress, progress_of(question, known));
        add_progress(digest, progress);
    }
    return digest.finish();
}

std::string usage_tag(std::string_view shared,
                      const std::vector<std::string>& subjects,
                      std::string_view form) {
    Digest digest;
    digest.add(shared);
    digest.add(subjects);
    digest.add(form);
    return digest.finish();
}

}  // namespace tidemark
