#include "store/copying.h"

#include <array>

namespace tidemark {

std::string CopyPart::name() const {
    constexpr std::array<std::string_view, 19> names = {"batch_rows",
                                                        "daily_rows",
                                                        "gauge_events",
                                                        "gauge_repeats",
                                                        "gauge_rows",
                                                        "adjustments",
                                                        "rejected_samples",
                                                        "datasets",
                                                        "batches",
                                                        "purged_days",
                                                        "runs",
                                                        "run_coverage",
                                                        "sealed_days",
                                                        "seal_events",
                                                        "corrections",
                                                        "erasures",
                                                        "erased_batches",
                                                        "erased_days",
                                                        "adjusted_batches"};
    std::string text(names[static_cast<std::size_t>(kind)]);
    return dataset.empty() ? text : text + " " + dataset;
}

std::vector<CopyPart> copy_parts(const std::vector<Dataset>& datasets) {
    const std::vector<CopyPartKind> counter_parts = {CopyPartKind::batch_rows,
                                                     CopyPartKind::daily_rows};
    const std::vector<CopyPartKind> gauge_parts = {
        CopyPartKind::gauge_events, CopyPartKind::gauge_repeats, CopyPartKind::gauge_rows};
    std::vector<CopyPart> parts;
    for (const Dataset& dataset : datasets) {
        const bool gauge = dataset.kind() == DatasetKind::gauge;
        for (const CopyPartKind kind : gauge ? gauge_parts : counter_parts) {
            parts.push_back({.kind = kind, .dataset = dataset.name()});
        }
    }
    for (const CopyPartKind kind : {CopyPartKind::adjustments,
                                    CopyPartKind::rejected_samples,
                                    CopyPartKind::datasets,
                                    CopyPartKind::batches,
                                    CopyPartKind::purged_days,
                                    CopyPartKind::runs,
                                    CopyPartKind::run_coverage,
                                    CopyPartKind::sealed_days,
                                    CopyPartKind::seal_events,
                                    CopyPartKind::corrections,
                                    CopyPartKind::erasures,
                                    CopyPartKind::erased_batches,
                                    CopyPartKind::erased_days,
                                    CopyPartKind::adjusted_batches}) {
        parts.push_back({.kind = kind});
    }
    return parts;
}

}  // namespace tidemark
