#include "store/postgres/copy_destination.h"

namespace tidemark::postgres {

namespace {

std::string quoted(const std::string& name) {
    return "\"" + name + "\"";
}

CopyDestination gauge_rows_destination(const Dataset& dataset) {
    CopyDestination rows{quoted(dataset.name()),
                         {{quoted(dataset.subject()), CopyForm::text}, {"date", CopyForm::day}}};
    for (const std::string& metric : dataset.metrics()) {
        rows.columns.push_back({quoted(metric), CopyForm::number});
        rows.columns.push_back({quoted(gauge_time_column(metric)), CopyForm::instant});
        rows.columns.push_back({quoted(gauge_mark_column(metric)), CopyForm::number});
    }
    return rows;
}

CopyDestination batches_destination() {
    return {"batch_registry",
            {{"dataset", CopyForm::text},
             {"batch_seq", CopyForm::number},
             {"feed", CopyForm::text},
             {"batch_key", CopyForm::text},
             {"content_hash", CopyForm::hash},
             {"voids", CopyForm::number},
             {"source", CopyForm::bytes},
             {"lines", CopyForm::number},
             {"comments", CopyForm::number},
             {"accepted", CopyForm::number},
             {"rejected", CopyForm::number},
             {"ignored", CopyForm::number},
             {"rejected_by_reason", CopyForm::text},
             {"row_count", CopyForm::number},
             {"totals", CopyForm::numbers},
             {"days", CopyForm::days},
             {"day_grained", CopyForm::flag},
             {"committed_at", CopyForm::instant}},
            ", state, lease_until",
            "\tcommitted\t-infinity"};
}

CopyDestination runs_destination() {
    return {"run",
            {{"id", CopyForm::number},
             {"job", CopyForm::text},
             {"dataset", CopyForm::text},
             {"feed", CopyForm::text},
             {"started_at", CopyForm::instant},
             {"heartbeat_at", CopyForm::instant},
             {"ended_at", CopyForm::instant},
             {"outcome", CopyForm::text},
             {"row_count", CopyForm::number},
             {"byte_count", CopyForm::number},
             {"error", CopyForm::text}}};
}

CopyDestination adjustments_destination(CopyPartKind kind) {
    const bool links = kind == CopyPartKind::adjustments;
    CopyDestination rows{links ? "adjustment" : "adjusted_batch",
                         {{"dataset", CopyForm::text}, {"batch_seq", CopyForm::number}}};
    if (links) {
        rows.columns.push_back({"subject", CopyForm::text});
    }
    rows.columns.push_back({links ? "slot" : "booked_slot", CopyForm::number});
    rows.columns.push_back({"row_count", CopyForm::number});
    rows.columns.push_back({"totals", CopyForm::numbers});
    return rows;
}

CopyDestination erasures_destination(CopyPartKind kind) {
    const CopyColumn dataset{"dataset", CopyForm::text};
    const CopyColumn date{"date", CopyForm::day};
    const CopyColumn revision{"revision", CopyForm::number};
    const CopyColumn totals{"totals", CopyForm::numbers};
    switch (kind) {
        case CopyPartKind::erased_batches:
            return {"erased_batch",
                    {dataset,
                     {"batch_seq", CopyForm::number},
                     date,
                     revision,
                     {"row_count", CopyForm::number},
                     totals}};
        case CopyPartKind::erased_days:
            return {"erased_day", {dataset, date, revision, totals}};
        default:
            return {"erasure",
                    {dataset,
                     {"subject_digest", CopyForm::text},
                     {"reason", CopyForm::text},
                     {"made_by", CopyForm::text},
                     {"batch_count", CopyForm::number},
                     {"batch_row_count", CopyForm::number},
                     {"daily_row_count", CopyForm::number},
                     {"rejected_sample_count", CopyForm::number},
                     {"erased_at", CopyForm::instant}}};
    }
}

}  // namespace

CopyDestination copy_destination(CopyPartKind kind) {
    const CopyColumn dataset{"dataset", CopyForm::text};
    const CopyColumn batch_seq{"batch_seq", CopyForm::number};
    switch (kind) {
        case CopyPartKind::rejected_samples:
            return {"rejected_sample",
                    {dataset,
                     batch_seq,
                     {"ordinal", CopyForm::number},
                     {"line", CopyForm::number},
                     {"reason", CopyForm::text},
                     {"content", CopyForm::bytes}}};
        case CopyPartKind::purged_days:
            return {"purged_day", {dataset, {"date", CopyForm::day}}};
        case CopyPartKind::run_coverage:
            return {"run_coverage",
                    {{"run_id", CopyForm::number},
                     {"begin_slot", CopyForm::number},
                     {"end_slot", CopyForm::number}}};
        case CopyPartKind::sealed_days:
            return {"sealed_day",
                    {dataset,
                     {"date", CopyForm::day},
                     {"revision", CopyForm::number},
                     {"through", CopyForm::number},
                     {"totals", CopyForm::numbers},
                     {"sealed_at", CopyForm::instant},
                     {"freeze_policy", CopyForm::text}}};
        case CopyPartKind::seal_events:
            return {"seal_event",
                    {dataset,
                     {"event_id", CopyForm::number},
                     {"date", CopyForm::day},
                     {"revision", CopyForm::number},
                     {"old_totals", CopyForm::numbers},
                     {"new_totals", CopyForm::numbers},
                     {"through", CopyForm::number},
                     {"sealed_at", CopyForm::instant}}};
        case CopyPartKind::corrections:
            return {"correction",
                    {dataset,
                     batch_seq,
                     {"kind", CopyForm::text},
                     {"voiding_seq", CopyForm::number},
                     {"new_seq", CopyForm::number},
                     {"reason", CopyForm::text},
                     {"made_by", CopyForm::text},
                     {"recorded_at", CopyForm::instant}}};
        case CopyPartKind::erasures:
        case CopyPartKind::erased_batches:
        case CopyPartKind::erased_days:
            return erasures_destination(kind);
        case CopyPartKind::adjustments:
        case CopyPartKind::adjusted_batches:
            return adjustments_destination(kind);
        case CopyPartKind::batches:
            return batches_destination();
        default:
            return runs_destination();
    }
}

CopyDestination copy_destination(CopyPartKind kind, const Dataset& dataset) {
    const CopyColumn subject{quoted(dataset.subject()), CopyForm::text};
    if (kind == CopyPartKind::gauge_events) {
        return {quoted(dataset.name() + "_event"),
                {{"batch_seq", CopyForm::number},
                 {"metric", CopyForm::number},
                 subject,
                 {"observed_at", CopyForm::instant},
                 {"value", CopyForm::number},
                 {"event_id", CopyForm::text}}};
    }
    if (kind == CopyPartKind::gauge_repeats) {
        return {quoted(dataset.name() + "_repeat"),
                {{"batch_seq", CopyForm::number},
                 {"date", CopyForm::day},
                 {"events", CopyForm::bytes}}};
    }
    if (kind == CopyPartKind::gauge_rows) {
        return gauge_rows_destination(dataset);
    }
    std::vector<CopyColumn> metrics;
    for (const std::string& metric : dataset.metrics()) {
        metrics.push_back({quoted(metric), CopyForm::number});
    }
    if (kind == CopyPartKind::batch_rows) {
        CopyDestination rows{quoted(dataset.name() + "_batch"),
                             {{"batch_seq", CopyForm::number},
                              subject,
                              {"date", CopyForm::day},
                              {"slot", CopyForm::number}}};
        rows.columns.insert(rows.columns.end(), metrics.begin(), metrics.end());
        return rows;
    }
    CopyDestination rows{quoted(dataset.name() + "_daily"), {{"date", CopyForm::day}, subject}};
    rows.columns.insert(rows.columns.end(), metrics.begin(), metrics.end());
    rows.columns.push_back({"folded_through", CopyForm::number});
    return rows;
}

}  // namespace tidemark::postgres
