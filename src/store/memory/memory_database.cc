#include "store/memory/memory_database.h"

#include "store/refusals.h"

namespace tidemark {

namespace {

void sum_up(const Dataset& dataset, MemoryBatch& batch) {
    BatchReceipt& receipt = batch.receipt;
    receipt.row_count = static_cast<std::int64_t>(batch.rows.size());
    receipt.totals.resize(dataset.metrics().size());
    for (const MemoryRow& row : batch.rows) {
        for (std::size_t metric = 0; metric < row.values.size(); ++metric) {
            receipt.totals[metric] += row.values[metric];
        }
        if (receipt.days.empty() || receipt.days.back() != row.slot.day()) {
            receipt.days.push_back(row.slot.day());
        }
    }
}

}  // namespace

Result<MemoryDataset*> MemoryDatabase::find_known(std::string_view dataset) {
    const auto found = datasets.find(dataset);
    if (found == datasets.end()) {
        return dataset_not_prepared(dataset);
    }
    return &found->second;
}

Result<MemoryDataset*> MemoryDatabase::find_counter(std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, find_known(dataset));
    if (known->dataset.kind() == DatasetKind::gauge) {
        return dataset_is_gauge(dataset);
    }
    return known;
}

Result<MemoryDataset*> MemoryDatabase::find_gauge(std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, find_known(dataset));
    if (known->dataset.kind() == DatasetKind::counter) {
        return dataset_is_counter(dataset);
    }
    return known;
}

Result<MemoryBatch*> MemoryDatabase::find_stored(std::string_view dataset, std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, find_known(dataset));
    if (batch_seq < 1 || batch_seq > known->last_seq()) {
        return no_such_batch(dataset, batch_seq);
    }
    return &known->batches[static_cast<std::size_t>(batch_seq - 1)];
}

const BatchReceipt* MemoryDatabase::find_receipt(std::string_view feed, std::string_view key) {
    const auto place = places.find({std::string(feed), std::string(key)});
    if (place == places.end()) {
        return nullptr;
    }
    const MemoryDataset& known = datasets.at(place->second.dataset);
    return &known.batches[static_cast<std::size_t>(place->second.batch_seq - 1)].receipt;
}

BatchReceipt MemoryDatabase::commit(MemoryDataset& known, MemoryBatch batch, Timestamp now) {
    BatchReceipt& receipt = batch.receipt;
    receipt.batch_seq = known.last_seq() + 1;
    receipt.committed_at = now;
    if (known.dataset.kind() == DatasetKind::counter) {
        sum_up(known.dataset, batch);
    }
    places[{receipt.identity.feed, receipt.identity.key}] = {known.dataset.name(),
                                                             receipt.batch_seq};
    known.batches.push_back(std::move(batch));
    return known.batches.back().receipt;
}

}  // namespace tidemark
