#include "worker/copy_store.h"

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::int64_t rows_between_reports = 10'000;

class Copying {
 public:
    Copying(CopySource& source,
            CopyTarget& target,
            const std::function<void(const CopyProgress&)>& progress)
        : source_(source), target_(target), report_(progress) {}

    Result<CopyOutcome> run() {
        TIDEMARK_ASSIGN_OR_RETURN(const std::string fingerprint, source_.fingerprint());
        TIDEMARK_ASSIGN_OR_RETURN(outcome_.was_finished, target_.begin(fingerprint));
        if (outcome_.was_finished) {
            return outcome_;
        }
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> datasets, source_.datasets());
        for (const Dataset& dataset : datasets) {
            TIDEMARK_ASSIGN_OR_RETURN(const auto days, source_.days(dataset.name()));
            TIDEMARK_RETURN_IF_ERROR(target_.make_room(dataset, days));
        }
        const std::vector<CopyPart> parts = copy_parts(datasets);
        for (const CopyPart& part : parts) {
            TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t rows, source_.row_count(part));
            progress_.rows_total += rows;
        }
        bool in_rest = false;
        for (const CopyPart& part : parts) {
            if (!part.in_chunks() && !in_rest) {
                TIDEMARK_RETURN_IF_ERROR(target_.begin_rest());
                in_rest = true;
            }
            TIDEMARK_RETURN_IF_ERROR(copy(part));
        }
        TIDEMARK_RETURN_IF_ERROR(target_.finish());
        return outcome_;
    }

 private:
    Result<void> copy(const CopyPart& part) {
        std::int64_t found = 0;
        if (part.in_chunks()) {
            TIDEMARK_ASSIGN_OR_RETURN(found, target_.row_count(part));
        }
        outcome_.rows_found += found;
        progress_.part = part.name();
        progress_.rows += found;
        TIDEMARK_RETURN_IF_ERROR(source_.read(part, found, [&](CopyRow row) -> Result<void> {
            ++outcome_.rows;
            if (++progress_.rows % rows_between_reports == 0 && report_) {
                report_(progress_);
            }
            return target_.put(part, row);
        }));
        return target_.end(part);
    }

    CopySource& source_;
    CopyTarget& target_;
    const std::function<void(const CopyProgress&)>& report_;
    CopyOutcome outcome_;
    CopyProgress progress_;
};

Error differs(std::string what) {
    return {ErrorKind::refused,
            "the copy differs from its source: " + std::move(what) +
                "; if something was stored since, stop the writers and copy into an empty "
                "database"};
}

bool is_same(const BatchReceipt& left, const BatchReceipt& right) {
    return left.batch_seq == right.batch_seq && left.identity.feed == right.identity.feed &&
           left.identity.key == right.identity.key &&
           left.identity.content_hash == right.identity.content_hash &&
           left.source == right.source && left.counts == right.counts &&
           left.row_count == right.row_count && left.totals == right.totals &&
           left.days == right.days && left.voids == right.voids &&
           left.day_grained == right.day_grained && left.adjusted == right.adjusted &&
           left.committed_at == right.committed_at;
}

// What a batch's rows of frozen days were, one by one.
Result<bool> has_same_links(Store& source, Store& target, const BatchReceipt& receipt) {
    if (!receipt.adjusted.has_value()) {
        return true;
    }
    const AdjustmentQuery all{.dataset = receipt.identity.dataset,
                              .batch_seq = receipt.batch_seq,
                              .limit = std::numeric_limits<std::int64_t>::max()};
    TIDEMARK_ASSIGN_OR_RETURN(const auto left, source.adjustments(all));
    TIDEMARK_ASSIGN_OR_RETURN(const auto right, target.adjustments(all));
    return left == right;
}

// Compares the receipts; gives the days that have rows.
Result<std::set<UtcDay>> compare_receipts(Store& source,
                                          Store& target,
                                          const std::string& dataset,
                                          CopyComparison& comparison) {
    constexpr std::int64_t receipts_at_once = 1000;
    std::set<UtcDay> days;
    for (std::int64_t after = 0;;) {
        TIDEMARK_ASSIGN_OR_RETURN(const auto left,
                                  source.batches(dataset, after, receipts_at_once));
        TIDEMARK_ASSIGN_OR_RETURN(const auto right,
                                  target.batches(dataset, after, receipts_at_once));
        for (std::size_t index = 0; index < std::max(left.size(), right.size()); ++index) {
            if (index >= left.size() || index >= right.size() ||
                !is_same(left[index], right[index])) {
                return differs(fmt::format(
                    "the receipt of batch {}:{}",
                    dataset,
                    index < left.size() ? left[index].batch_seq : right[index].batch_seq));
            }
            TIDEMARK_ASSIGN_OR_RETURN(const bool linked,
                                      has_same_links(source, target, left[index]));
            if (!linked) {
                return differs(fmt::format(
                    "what was adjusted of batch {}:{}", dataset, left[index].batch_seq));
            }
            days.insert(left[index].days.begin(), left[index].days.end());
            ++comparison.receipt_count;
        }
        if (left.empty()) {
            return days;
        }
        after = left.back().batch_seq;
    }
}

Result<void> compare_day(Store& source,
                         Store& target,
                         const std::string& dataset,
                         UtcDay day,
                         CopyComparison& comparison) {
    const UsageQuery query{.dataset = dataset, .subjects = {}, .from = day, .to = day.next()};
    TIDEMARK_ASSIGN_OR_RETURN(const UsageAnswer left, source.read_usage(query));
    TIDEMARK_ASSIGN_OR_RETURN(const UsageAnswer right, target.read_usage(query));
    for (std::size_t index = 0; index < std::max(left.rows.size(), right.rows.size()); ++index) {
        if (index >= left.rows.size() || index >= right.rows.size() ||
            left.rows[index].subject != right.rows[index].subject ||
            left.rows[index].values != right.rows[index].values) {
            return differs(fmt::format(
                "dataset '{}', subject '{}' on {}",
                dataset,
                index < left.rows.size() ? left.rows[index].subject : right.rows[index].subject,
                day.to_string()));
        }
        ++comparison.usage_count;
    }
    return {};
}

Result<std::vector<GaugeSeries>> read_series(Store& store, const GaugeQuery& query) {
    std::vector<GaugeSeries> all;
    TIDEMARK_RETURN_IF_ERROR(
        store.read_gauge(query, [&all](const GaugeSeries& series) -> Result<void> {
            all.push_back(series);
            return {};
        }));
    return all;
}

// Compares what the subjects of `query` had on each of its days.
Result<void> compare_series(Store& source,
                            Store& target,
                            const GaugeQuery& query,
                            CopyComparison& comparison) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GaugeSeries> left, read_series(source, query));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GaugeSeries> right, read_series(target, query));
    for (std::size_t index = 0; index < std::max(left.size(), right.size()); ++index) {
        if (index >= left.size() || index >= right.size() ||
            left[index].subject != right[index].subject ||
            left[index].carried != right[index].carried || left[index].days != right[index].days) {
            return differs(
                fmt::format("dataset '{}', subject '{}'",
                            query.dataset,
                            index < left.size() ? left[index].subject : right[index].subject));
        }
        comparison.usage_count += static_cast<std::int64_t>(left[index].days.size());
    }
    return {};
}

// The names of all subjects, then a few subjects at a time over all their days.
Result<void> compare_gauge(Store& source,
                           Store& target,
                           const std::string& dataset,
                           const std::set<UtcDay>& days,
                           CopyComparison& comparison) {
    constexpr std::size_t subjects_at_once = 500;
    if (days.empty()) {
        return {};
    }
    GaugeQuery query{
        .dataset = dataset, .subjects = {}, .from = *days.begin(), .to = days.rbegin()->next()};
    std::vector<std::string> names[2];
    for (const auto& [store, into] :
         {std::pair(&source, &names[0]), std::pair(&target, &names[1])}) {
        TIDEMARK_RETURN_IF_ERROR(
            store->read_gauge(query, [into = into](const GaugeSeries& series) -> Result<void> {
                into->push_back(series.subject);
                return {};
            }));
    }
    if (const auto [left, right] = std::ranges::mismatch(names[0], names[1]);
        left != names[0].end() || right != names[1].end()) {
        return differs(fmt::format(
            "dataset '{}', subject '{}'", dataset, left != names[0].end() ? *left : *right));
    }
    for (std::size_t first = 0; first < names[0].size(); first += subjects_at_once) {
        const auto begin = names[0].begin() + static_cast<std::ptrdiff_t>(first);
        query.subjects.assign(begin,
                              begin + static_cast<std::ptrdiff_t>(
                                          std::min(subjects_at_once, names[0].size() - first)));
        TIDEMARK_RETURN_IF_ERROR(compare_series(source, target, query, comparison));
    }
    return {};
}

}  // namespace

Result<CopyOutcome> copy_store(CopySource& source,
                               CopyTarget& target,
                               const std::function<void(const CopyProgress&)>& progress) {
    return Copying(source, target, progress).run();
}

Result<CopyComparison> compare_stores(Store& source, Store& target) {
    CopyComparison comparison;
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> datasets, source.datasets());
    for (const Dataset& dataset : datasets) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::set<UtcDay> days,
                                  compare_receipts(source, target, dataset.name(), comparison));
        if (dataset.kind() == DatasetKind::gauge) {
            TIDEMARK_RETURN_IF_ERROR(
                compare_gauge(source, target, dataset.name(), days, comparison));
            continue;
        }
        for (const UtcDay day : days) {
            TIDEMARK_RETURN_IF_ERROR(compare_day(source, target, dataset.name(), day, comparison));
        }
    }
    return comparison;
}

}  // namespace tidemark
