#include "store/memory/memory_adjusting.h"

#include <set>
#include <string>
#include <utility>

#include "store/refusals.h"

namespace tidemark::memory {

namespace {

void add_to(std::vector<Total>& sum, const std::vector<Total>& totals) {
    sum.resize(totals.size());
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        sum[metric] += totals[metric];
    }
}

bool asked_for(const AdjustmentQuery& query, std::int64_t batch_seq, const Adjustment& link) {
    return (!query.batch_seq.has_value() || *query.batch_seq == batch_seq) &&
           (!query.day.has_value() || *query.day == link.slot.day() ||
            *query.day == link.booked.day()) &&
           (query.subject.empty() || query.subject == link.subject);
}

}  // namespace

Result<BookedRows> book_rows(const MemoryDataset& known,
                             Timestamp now,
                             bool day_grained,
                             RowSource& rows) {
    std::set<UtcDay> days;
    for (const auto& [day, seal] : known.seals) {
        if (seal.frozen == FreezePolicy::adjust) {
            days.insert(day);
        }
    }
    return BookedRows::book(rows, std::move(days), arrival_slot(now, day_grained));
}

Result<void> link_adjusted(const Dataset& dataset, BookedRows& rows, MemoryBatch& batch) {
    if (!rows.adjusted().has_value()) {
        return {};
    }
    batch.receipt.adjusted = rows.adjusted();
    rows.rewind_adjusted();
    while (const UsageRow* row = rows.next_adjusted()) {
        TIDEMARK_RETURN_IF_ERROR(check_row(dataset, *row));
        Adjustment link{.subject = std::string(row->subject),
                        .slot = row->slot,
                        .booked = rows.adjusted()->booked,
                        .totals = {}};
        for (const std::int64_t value : row->values) {
            link.totals.emplace_back(value);
        }
        batch.adjustments.emplace(std::pair(link.subject, link.slot), link);
    }
    return {};
}

void negate_links(const MemoryBatch& voided, MemoryBatch& negated) {
    for (const auto& [place, link] : voided.adjustments) {
        if (link.subject.empty()) {
            continue;
        }
        if (!negated.receipt.adjusted.has_value()) {
            negated.receipt.adjusted = AdjustedRows{.booked = link.booked, .totals = {}};
        }
        Adjustment& back = negated.adjustments.emplace(place, link).first->second;
        for (Total& total : back.totals) {
            total = -total;
        }
        negated.receipt.adjusted->row_count += link.row_count;
        add_to(negated.receipt.adjusted->totals, back.totals);
    }
}

void erase_links(MemoryBatch& batch, std::string_view subject) {
    for (auto link = batch.adjustments.begin(); link != batch.adjustments.end();) {
        if (link->second.subject != subject) {
            ++link;
            continue;
        }
        Adjustment gone = std::move(link->second);
        link = batch.adjustments.erase(link);
        gone.subject.clear();
        const auto [place, added] = batch.adjustments.emplace(std::pair("", gone.slot), gone);
        if (!added) {
            place->second.row_count += gone.row_count;
            add_to(place->second.totals, gone.totals);
        }
    }
}

std::vector<Adjustment> find_adjustments(const MemoryDataset& known, const AdjustmentQuery& query) {
    std::vector<Adjustment> found;
    for (const MemoryBatch& batch : known.batches) {
        for (const auto& [place, link] : batch.adjustments) {
            if (asked_for(query, batch.receipt.batch_seq, link) &&
                std::ssize(found) < query.limit) {
                found.push_back(link);
                found.back().batch_seq = batch.receipt.batch_seq;
            }
        }
    }
    return found;
}

}  // namespace tidemark::memory
