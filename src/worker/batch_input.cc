#include "worker/batch_input.h"

#include <utility>

namespace tidemark {

Batch batch_of(const std::string& file, const Aggregation& aggregation) {
    Batch batch;
    batch.identity.content_hash = aggregation.content_hash;
    batch.source = file;
    batch.counts = aggregation.counts;
    for (std::size_t reason = 0; reason < reject_reason_count; ++reason) {
        if (aggregation.rejected_by_reason[reason] > 0) {
            batch.rejected_by_reason.emplace_back(to_string(static_cast<RejectReason>(reason)),
                                                  aggregation.rejected_by_reason[reason]);
        }
    }
    for (const RejectedLine& line : aggregation.rejected_samples) {
        batch.rejected_samples.push_back(
            {.line = line.line, .reason = std::string(to_string(line.reason)), .text = line.text});
    }
    return batch;
}

BatchInput batch_input_of(const std::string& source, RowFile read) {
    BatchInput input;
    input.batch.identity.content_hash = read.content_hash;
    input.batch.source = source;
    input.batch.counts = read.counts;
    input.batch.rejected_by_reason = std::move(read.rejected_by_reason);
    input.batch.rejected_samples = std::move(read.rejected_samples);
    input.batch.day_grained = read.day_grained;
    input.rows = std::move(read.rows);
    input.bytes_read = read.bytes_read;
    return input;
}

ReadInput row_input(std::string file, RowReading reading, const Clock& clock) {
    return [file = std::move(file), reading = std::move(reading), &clock](
               const ProgressCallback& progress) -> Result<BatchInput> {
        TIDEMARK_ASSIGN_OR_RETURN(RowFile read, read_row_file(file, reading, clock, progress));
        return batch_input_of(file, std::move(read));
    };
}

ReadInput log_input(std::string file, const LogReader& reader) {
    return
        [file = std::move(file), &reader](const ProgressCallback& progress) -> Result<BatchInput> {
            TIDEMARK_ASSIGN_OR_RETURN(Aggregation read, reader.read(file, progress));
            BatchInput input;
            input.batch = batch_of(file, read);
            input.rows = std::move(read.rows);
            input.bytes_read = read.bytes_read;
            return input;
        };
}

}  // namespace tidemark
