#include "report/usage_shares.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace tidemark {

namespace {

bool same_dataset(const Dataset& left, const Dataset& right) {
    return left.name() == right.name() && left.kind() == right.kind() &&
           left.subject() == right.subject() && left.metrics() == right.metrics();
}

bool same_page(const std::optional<SubjectPage>& left, const std::optional<SubjectPage>& right) {
    return left.has_value() == right.has_value() &&
           (!left.has_value() || (left->limit == right->limit && left->after == right->after));
}

bool same_but_for_subjects(const UsageRequest& left, const UsageRequest& right) {
    return same_dataset(left.dataset, right.dataset) && left.from == right.from &&
           left.to == right.to && left.period == right.period && left.top == right.top &&
           left.top_metric == right.top_metric && left.until == right.until &&
           left.carry == right.carry && left.carry_to == right.carry_to &&
           same_page(left.page, right.page);
}

// Where a series begins and where it ends.
using Places = std::map<std::string_view, std::pair<std::size_t, std::size_t>>;

Places places_of(const std::vector<UsageReportRow>& rows) {
    Places places;
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
        const std::string& subject = rows[begin].subject;
        while (end < rows.size() && rows[end].subject == subject) {
            ++end;
        }
        places.emplace(subject, std::pair(begin, end));
    }
    return places;
}

std::vector<UsageReportRow> series_of(const std::vector<UsageReportRow>& rows,
                                      const Places& places,
                                      const std::vector<std::string>& subjects) {
    std::vector<UsageReportRow> series;
    for (const std::string& subject : subjects) {
        const auto found = places.find(subject);
        TIDEMARK_CHECK(found != places.end());
        const auto [begin, end] = found->second;
        series.insert(series.end(),
                      rows.begin() + static_cast<std::ptrdiff_t>(begin),
                      rows.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return series;
}

UsageReport share_of(const UsageReport& answer,
                     const Places& places,
                     const std::vector<std::string>& subjects) {
    UsageReport share{.dataset = answer.dataset,
                      .from = answer.from,
                      .to = answer.to,
                      .period = answer.period,
                      .columns = answer.columns,
                      .rows = series_of(answer.rows, places, subjects),
                      .purged_days = answer.purged_days,
                      .day_grained_days = answer.day_grained_days,
                      .until = answer.until,
                      .time_zone = answer.time_zone,
                      .progress = answer.progress};
    if (answer.previous.has_value()) {
        // One for each of the rows, in their order, so the same places hold.
        share.previous = PreviousUsage{.from = answer.previous->from,
                                       .to = answer.previous->to,
                                       .rows = series_of(answer.previous->rows, places, subjects)};
    }
    return share;
}

}  // namespace

bool asked_alike(const UsageQuestion& left, const UsageQuestion& right) {
    const auto& subjects = left.request.subjects;
    const auto& others = right.request.subjects;
    return subjects.empty() == others.empty() &&
           same_but_for_subjects(left.request, right.request) && left.synced == right.synced &&
           left.time_zone == right.time_zone && left.metrics == right.metrics &&
           left.compare_previous == right.compare_previous;
}

UsageQuestion joined(std::span<const UsageQuestion* const> questions) {
    TIDEMARK_CHECK(!questions.empty());
    UsageQuestion all = *questions.front();
    std::set<std::string_view> seen;
    all.request.subjects.clear();
    for (const UsageQuestion* question : questions) {
        for (const std::string& subject : question->request.subjects) {
            if (seen.insert(subject).second) {
                all.request.subjects.push_back(subject);
            }
        }
    }
    return all;
}

std::vector<UsageReport> shares_of(UsageReport answer,
                                   std::span<const UsageQuestion* const> questions) {
    std::vector<UsageReport> shares;
    // Most are asked alone, and an answer may be long. A subject that is named twice is told twice.
    if (questions.size() == 1 &&
        joined(questions).request.subjects.size() == questions.front()->request.subjects.size()) {
        shares.push_back(std::move(answer));
        return shares;
    }
    const Places places = places_of(answer.rows);
    for (const UsageQuestion* question : questions) {
        const std::vector<std::string>& subjects = question->request.subjects;
        shares.push_back(subjects.empty() ? answer : share_of(answer, places, subjects));
    }
    return shares;
}

}  // namespace tidemark
