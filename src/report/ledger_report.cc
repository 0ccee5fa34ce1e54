#include "report/ledger_report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "report/instant_text.h"
#include "report/text_table.h"
#include "store/refusals.h"

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

// Names, sources and samples are bytes; what is not UTF-8 is replaced rather than refused.
std::string text_of(const Json& document) {
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json total_json(const Total& total) {
    const auto narrow = total.to_int64();
    return narrow.has_value() ? Json(*narrow) : Json(total.to_string());
}

std::string number_text(std::int64_t number) {
    return with_thousands(std::to_string(number));
}

// Until its end, or until now.
std::chrono::microseconds time_of(const Run& run, Timestamp now) {
    return std::max(run.ended_at.value_or(now) - run.started_at, std::chrono::microseconds(0));
}

bool is_silent(const Run& run, Timestamp now) {
    return !run.ended_at.has_value() && now - run.heartbeat_at > silent_after;
}

std::string outcome_text(const Run& run, Timestamp now) {
    return is_silent(run, now) ? fmt::format("silent for {}", duration_text(now - run.heartbeat_at))
                               : std::string(to_string(run.outcome));
}

std::string coverage_text(const Coverage& covered) {
    if (covered.empty()) {
        return "";
    }
    const std::size_t more = covered.ranges().size() - 1;
    return covered.ranges().front().to_string() +
           (more > 0 ? fmt::format(" and {} more", more) : "");
}

// Runs of one job, dataset and feed.
struct RunSums {
    std::int64_t count = 0;
    std::int64_t failed_count = 0;
    std::int64_t silent_count = 0;
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
    std::vector<std::chrono::microseconds> times{};  // of those that ended
};
using RunKey = std::tuple<std::string, std::string, std::string>;

std::map<RunKey, RunSums> sum_up(const std::vector<Run>& runs, Timestamp now) {
    std::map<RunKey, RunSums> sums;
    for (const Run& run : runs) {
        RunSums& sum = sums[{run.job, run.dataset, run.feed}];
        ++sum.count;
        sum.failed_count += run.outcome == RunOutcome::failed ? 1 : 0;
        sum.silent_count += is_silent(run, now) ? 1 : 0;
        sum.rows += run.rows;
        sum.bytes += run.bytes;
        if (run.ended_at.has_value()) {
            sum.times.push_back(time_of(run, now));
        }
    }
    for (auto& [key, sum] : sums) {
        std::ranges::sort(sum.times);
    }
    return sums;
}

std::string runs_table(const std::vector<Run>& runs, Timestamp now) {
    TextTable list({{"run", TextAlign::right},
                    {"job"},
                    {"dataset"},
                    {"feed"},
                    {"began"},
                    {"took", TextAlign::right},
                    {"outcome"},
                    {"rows", TextAlign::right},
                    {"bytes", TextAlign::right},
                    {"covered, or why it failed"}});
    for (const Run& run : runs) {
        list.add_row({std::to_string(run.id),
                      run.job,
                      run.dataset,
                      run.feed,
                      instant_text(run.started_at),
                      duration_text(time_of(run, now)),
                      outcome_text(run, now),
                      number_text(run.rows),
                      number_text(run.bytes),
                      run.error.empty() ? coverage_text(run.covered) : run.error});
    }
    TextTable figures({{"job"},
                       {"dataset"},
                       {"feed"},
                       {"runs", TextAlign::right},
                       {"failed", TextAlign::right},
                       {"never ended", TextAlign::right},
                       {"median", TextAlign::right},
                       {"longest", TextAlign::right},
                       {"rows a run", TextAlign::right}});
    for (const auto& [key, sum] : sum_up(runs, now)) {
        const auto ended = static_cast<std::int64_t>(sum.times.size());
        figures.add_row({std::get<0>(key),
                         std::get<1>(key),
                         std::get<2>(key),
                         number_text(sum.count),
                         number_text(sum.failed_count),
                         number_text(sum.silent_count),
                         ended == 0 ? "" : duration_text(sum.times[sum.times.size() / 2]),
                         ended == 0 ? "" : duration_text(sum.times.back()),
                         ended == 0 ? "" : number_text(sum.rows / ended)});
    }
    return list.to_string() + "\n" + figures.to_string();
}

Json run_json(const Run& run, Timestamp now) {
    Json object = {
        {"run", run.id},
        {"job", run.job},
        {"dataset", run.dataset},
        {"feed", run.feed},
        {"started_at", instant_text(run.started_at)},
        {"heartbeat_at", instant_text(run.heartbeat_at)},
        {"ended_at", run.ended_at.has_value() ? Json(instant_text(*run.ended_at)) : Json()},
        {"outcome", to_string(run.outcome)},
        {"silent", is_silent(run, now)},
        {"took_s", std::chrono::duration<double>(time_of(run, now)).count()},
        {"rows", run.rows},
        {"bytes", run.bytes},
        {"error", run.error}};
    Json covered = Json::array();
    for (const SlotRange& range : run.covered.ranges()) {
        covered.push_back(range.to_string());
    }
    object["covered"] = std::move(covered);
    return object;
}

// What was done about a batch, and what it does about another.
std::vector<const Correction*> corrections_of(const BatchList& list, std::int64_t batch_seq) {
    std::vector<const Correction*> found;
    for (const Correction& correction : list.corrections) {
        if (correction.batch_seq == batch_seq || correction.voiding_seq == batch_seq ||
            correction.new_seq == batch_seq) {
            found.push_back(&correction);
        }
    }
    return found;
}

std::string describe(const Correction& correction, std::int64_t batch_seq) {
    const std::string note = fmt::format("{} ({})", correction.note.reason, correction.note.by);
    if (batch_seq == correction.voiding_seq) {
        return fmt::format("takes back {}", correction.batch_seq);
    }
    if (batch_seq == correction.new_seq) {
        return fmt::format(
            "{} {}: {}",
            correction.kind == CorrectionKind::replayed ? "rejected rows of" : "replaces",
            correction.batch_seq,
            note);
    }
    switch (correction.kind) {
        case CorrectionKind::voided:
            return fmt::format("taken back by {}: {}", *correction.voiding_seq, note);
        case CorrectionKind::replaced:
            return fmt::format("replaced by {}: {}", *correction.new_seq, note);
        case CorrectionKind::replayed:
            return fmt::format("rejected rows sent again as {}: {}", *correction.new_seq, note);
    }
    return "";
}

std::string days_text(const std::vector<UtcDay>& days) {
    if (days.empty()) {
        return "";
    }
    return days.size() == 1 ? days.front().to_string()
                            : fmt::format("{} days, {} to {}",
                                          days.size(),
                                          days.front().to_string(),
                                          days.back().to_string());
}

std::string totals_text(const Dataset& dataset, const std::vector<Total>& totals) {
    std::vector<std::string> texts;
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        texts.push_back(fmt::format(
            "{} {}", dataset.metrics()[metric], with_thousands(totals[metric].to_string())));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string batches_table(const BatchList& list) {
    std::vector<TextColumn> columns = {{"batch"},
                                       {"feed"},
                                       {"stored"},
                                       {"days"},
                                       {"rows", TextAlign::right},
                                       {"rejected", TextAlign::right}};
    for (const std::string& metric : list.dataset.metrics()) {
        columns.push_back({metric, TextAlign::right});
    }
    columns.push_back({"source"});
    columns.push_back({"corrections"});
    TextTable table(std::move(columns));
    for (const BatchReceipt& receipt : list.receipts) {
        std::vector<std::string> cells = {
            BatchName{receipt.identity.dataset, receipt.batch_seq}.to_string(),
            receipt.identity.feed,
            instant_text(receipt.committed_at),
            days_text(receipt.days),
            number_text(receipt.row_count),
            number_text(receipt.counts.rejected)};
        for (const Total& total : receipt.totals) {
            cells.push_back(with_thousands(total.to_string()));
        }
        cells.push_back(receipt.source);
        std::vector<std::string> notes;
        if (receipt.adjusted.has_value()) {
            notes.push_back(adjusted_text(list.dataset, *receipt.adjusted));
        }
        for (const Correction* correction : corrections_of(list, receipt.batch_seq)) {
            notes.push_back(describe(*correction, receipt.batch_seq));
        }
        cells.push_back(fmt::format("{}", fmt::join(notes, "; ")));
        table.add_row(std::move(cells));
    }
    return table.to_string();
}

Json correction_json(const Correction& correction) {
    const auto number = [](const std::optional<std::int64_t>& seq) {
        return seq.has_value() ? Json(*seq) : Json();
    };
    return {{"kind", to_string(correction.kind)},
            {"batch_seq", correction.batch_seq},
            {"voiding_seq", number(correction.voiding_seq)},
            {"new_seq", number(correction.new_seq)},
            {"reason", correction.note.reason},
            {"by", correction.note.by},
            {"recorded_at", instant_text(correction.recorded_at)}};
}

Json totals_json(const Dataset& dataset, const std::vector<Total>& totals) {
    Json object = Json::object();
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        object[dataset.metrics()[metric]] = total_json(totals[metric]);
    }
    return object;
}

Json adjusted_json(const Dataset& dataset, const std::optional<AdjustedRows>& adjusted) {
    if (!adjusted.has_value()) {
        return {};
    }
    return {{"booked", adjusted->booked.to_string()},
            {"rows", adjusted->row_count},
            {"totals", totals_json(dataset, adjusted->totals)}};
}

Json receipt_fields(const BatchReceipt& receipt, const Dataset& dataset) {
    Json days = Json::array();
    for (const UtcDay day : receipt.days) {
        days.push_back(day.to_string());
    }
    return {{"batch", BatchName{receipt.identity.dataset, receipt.batch_seq}.to_string()},
            {"dataset", receipt.identity.dataset},
            {"batch_seq", receipt.batch_seq},
            {"feed", receipt.identity.feed},
            {"key", receipt.identity.key},
            {"content_hash", receipt.identity.content_hash.to_string()},
            {"source", receipt.source},
            {"committed_at", instant_text(receipt.committed_at)},
            {"voids", receipt.voids.has_value() ? Json(*receipt.voids) : Json()},
            {"lines", receipt.counts.lines},
            {"comments", receipt.counts.comments},
            {"accepted", receipt.counts.accepted},
            {"rejected", receipt.counts.rejected},
            {"ignored", receipt.counts.ignored},
            {"rows", receipt.row_count},
            {"totals", totals_json(dataset, receipt.totals)},
            {"adjusted", adjusted_json(dataset, receipt.adjusted)},
            {"day_grained", receipt.day_grained},
            {"days", std::move(days)}};
}

std::string subject_text(const Adjustment& link) {
    if (!link.subject.empty()) {
        return link.subject;
    }
    return link.row_count == 1 ? "(erased)" : fmt::format("(erased, {} rows)", link.row_count);
}

Result<std::vector<BatchReceipt>> find_looked_at(Store& store, const RejectedQuery& query) {
    if (!query.batch_seq.has_value()) {
        return store.find_batches(query.batches);
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<BatchReceipt> receipts,
                              store.batches(query.batches.dataset, *query.batch_seq - 1, 1));
    if (receipts.empty() || receipts.front().batch_seq != *query.batch_seq) {
        return no_such_batch(query.batches.dataset, *query.batch_seq);
    }
    return receipts;
}

std::string rejected_table(const RejectedList& list) {
    std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>> sums;
    TextTable sources({{"batch"}, {"feed"}, {"reason"}, {"lines", TextAlign::right}, {"source"}});
    TextTable samples({{"batch"}, {"line", TextAlign::right}, {"reason"}, {"text"}});
    bool any_sample = false;
    for (const RejectedBatch& batch : list.batches) {
        const std::string name = BatchName{list.dataset, batch.receipt.batch_seq}.to_string();
        for (const auto& [reason, count] : batch.counts) {
            auto& [lines, batches] = sums[{reason, batch.receipt.identity.feed}];
            lines += count;
            ++batches;
            sources.add_row({name,
                             batch.receipt.identity.feed,
                             reason,
                             number_text(count),
                             batch.receipt.source});
        }
        for (const RejectedSample& sample : batch.samples) {
            any_sample = true;
            samples.add_row({name, std::to_string(sample.line), sample.reason, sample.text});
        }
    }
    if (sums.empty()) {
        return "nothing was rejected\n";
    }
    TextTable reasons(
        {{"reason"}, {"feed"}, {"lines", TextAlign::right}, {"batches", TextAlign::right}});
    for (const auto& [key, sum] : sums) {
        reasons.add_row({key.first, key.second, number_text(sum.first), number_text(sum.second)});
    }
    return reasons.to_string() + "\n" + sources.to_string() +
           (any_sample ? "\n" + samples.to_string() : "");
}

}  // namespace

std::string format_runs(const std::vector<Run>& runs, Timestamp now, LedgerFormat format) {
    if (format == LedgerFormat::table) {
        return runs.empty() ? "no such run\n" : runs_table(runs, now);
    }
    Json list = Json::array();
    for (const Run& run : runs) {
        list.push_back(run_json(run, now));
    }
    return text_of({{"runs", std::move(list)}});
}

std::string format_batches(const BatchList& list, LedgerFormat format) {
    if (format == LedgerFormat::table) {
        return list.receipts.empty() ? "no such batch\n" : batches_table(list);
    }
    Json batches = Json::array();
    for (const BatchReceipt& receipt : list.receipts) {
        Json object = receipt_fields(receipt, list.dataset);
        Json notes = Json::array();
        for (const Correction* correction : corrections_of(list, receipt.batch_seq)) {
            notes.push_back(correction_json(*correction));
        }
        object["corrections"] = std::move(notes);
        batches.push_back(std::move(object));
    }
    return text_of({{"batches", std::move(batches)}});
}

std::string adjusted_text(const Dataset& dataset, const AdjustedRows& adjusted) {
    return fmt::format("{} rows of frozen days booked in {}: {}",
                       number_text(adjusted.row_count),
                       adjusted.booked.to_string(),
                       totals_text(dataset, adjusted.totals));
}

std::string format_adjustments(const Dataset& dataset,
                               const std::vector<Adjustment>& links,
                               LedgerFormat format) {
    if (format == LedgerFormat::json) {
        Json list = Json::array();
        for (const Adjustment& link : links) {
            list.push_back({{"batch", BatchName{dataset.name(), link.batch_seq}.to_string()},
                            {"subject", link.subject.empty() ? Json() : Json(link.subject)},
                            {"slot", link.slot.to_string()},
                            {"booked", link.booked.to_string()},
                            {"rows", link.row_count},
                            {"totals", totals_json(dataset, link.totals)}});
        }
        return text_of({{"adjustments", std::move(list)}});
    }
    if (links.empty()) {
        return "no such adjustment\n";
    }
    std::vector<TextColumn> columns = {
        {"batch"}, {dataset.subject()}, {"belongs to"}, {"booked in"}};
    for (const std::string& metric : dataset.metrics()) {
        columns.push_back({metric, TextAlign::right});
    }
    TextTable table(std::move(columns));
    for (const Adjustment& link : links) {
        std::vector<std::string> cells = {BatchName{dataset.name(), link.batch_seq}.to_string(),
                                          subject_text(link),
                                          link.slot.to_string(),
                                          link.booked.to_string()};
        for (const Total& total : link.totals) {
            cells.push_back(with_thousands(total.to_string()));
        }
        table.add_row(std::move(cells));
    }
    return table.to_string();
}

std::string receipt_json(const Dataset& dataset, const StoredBatch& stored) {
    Json object = receipt_fields(stored.receipt, dataset);
    object["already_stored"] = stored.already_stored;
    return text_of(object);
}

std::string replacement_json(const Dataset& dataset, const StoredReplacement& replaced) {
    Json document;
    for (const auto& [name, stored] : {std::pair("voiding", &replaced.voiding),
                                       std::pair("replacement", &replaced.replacement)}) {
        Json object = receipt_fields(stored->receipt, dataset);
        object["already_stored"] = stored->already_stored;
        document[name] = std::move(object);
    }
    return text_of(document);
}

Result<RejectedList> find_rejected(Store& store, const RejectedQuery& query) {
    RejectedList list{.dataset = query.batches.dataset, .batches = {}};
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<BatchReceipt> receipts, find_looked_at(store, query));
    std::int64_t samples_left = query.samples_max;
    for (BatchReceipt& receipt : receipts) {
        if (receipt.counts.rejected == 0) {
            continue;
        }
        const auto differs = [&query](const std::string& reason) {
            return !query.reason.empty() && reason != query.reason;
        };
        RejectedBatch batch{.receipt = std::move(receipt), .counts = {}, .samples = {}};
        const std::int64_t batch_seq = batch.receipt.batch_seq;
        TIDEMARK_ASSIGN_OR_RETURN(batch.counts, store.rejected_by_reason(list.dataset, batch_seq));
        std::erase_if(batch.counts, [&](const auto& entry) { return differs(entry.first); });
        if (batch.counts.empty()) {
            continue;
        }
        if (samples_left > 0) {
            TIDEMARK_ASSIGN_OR_RETURN(batch.samples,
                                      store.rejected_samples(list.dataset, batch_seq));
            std::erase_if(batch.samples,
                          [&](const auto& sample) { return differs(sample.reason); });
            batch.samples.resize(
                std::min(batch.samples.size(), static_cast<std::size_t>(samples_left)));
            samples_left -= static_cast<std::int64_t>(batch.samples.size());
        }
        list.batches.push_back(std::move(batch));
    }
    return list;
}

std::string format_rejected(const RejectedList& list, LedgerFormat format) {
    if (format == LedgerFormat::table) {
        return rejected_table(list);
    }
    Json batches = Json::array();
    for (const RejectedBatch& batch : list.batches) {
        Json reasons = Json::object();
        for (const auto& [reason, count] : batch.counts) {
            reasons[reason] = count;
        }
        Json samples = Json::array();
        for (const RejectedSample& sample : batch.samples) {
            samples.push_back(
                {{"line", sample.line}, {"reason", sample.reason}, {"text", sample.text}});
        }
        batches.push_back({{"batch", BatchName{list.dataset, batch.receipt.batch_seq}.to_string()},
                           {"feed", batch.receipt.identity.feed},
                           {"source", batch.receipt.source},
                           {"rejected", batch.receipt.counts.rejected},
                           {"rejected_by_reason", std::move(reasons)},
                           {"samples", std::move(samples)}});
    }
    return text_of({{"dataset", list.dataset}, {"batches", std::move(batches)}});
}

}  // namespace tidemark
