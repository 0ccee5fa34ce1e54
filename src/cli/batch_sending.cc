#include "cli/batch_sending.h"

#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/input_files.h"
#include "cli/progress_bar.h"
#include "cli/store_location.h"
#include "report/ledger_report.h"
#include "report/text_table.h"
#include "store/refusals.h"

namespace tidemark {

namespace {

// The reader of a file of lines must live as long as what reads with it.
struct PreparedInput {
    std::unique_ptr<LogReader> reader;
    ReadInput read;
};

Result<std::string> feed_of_batch(const BatchJob& job, const std::string& url, const Clock& clock) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_existing_store(url, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<BatchReceipt> found,
                              store->batches(job.dataset, job.correction->batch_seq - 1, 1));
    if (found.empty() || found.front().batch_seq != job.correction->batch_seq) {
        return no_such_batch(job.dataset, job.correction->batch_seq);
    }
    return found.front().identity.feed;
}

Result<PreparedInput> prepare_input(const BatchFile& file,
                                    BatchJob& job,
                                    const std::string& url,
                                    const Configuration& configuration,
                                    const Clock& clock) {
    PreparedInput input;
    if (!file.lines) {
        if (!file.feed.max_rejected.empty()) {
            TIDEMARK_ASSIGN_OR_RETURN(job.rejected_share_max, parse_share(file.feed.max_rejected));
        }
        TIDEMARK_ASSIGN_OR_RETURN(Dataset dataset, configuration.require_dataset(job.dataset));
        RowReading reading{.dataset = std::move(dataset)};
        std::error_code none;
        reading.sorting.directory = std::filesystem::temp_directory_path(none).string();
        input.read = row_input(file.path, std::move(reading), clock);
        return input;
    }
    FeedOptions options = file.feed;
    options.dataset = job.dataset;
    if (options.feed.empty() && options.format.empty() && job.correction.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(options.feed, feed_of_batch(job, url, clock));
    }
    TIDEMARK_ASSIGN_OR_RETURN(ChosenFeed chosen, choose_feed(options, configuration));
    if (options.max_rejected.empty()) {
        job.rejected_share_max = chosen.feed.rejected_share_max;
    } else {
        TIDEMARK_ASSIGN_OR_RETURN(job.rejected_share_max, parse_share(options.max_rejected));
    }
    TIDEMARK_ASSIGN_OR_RETURN(input.reader, LogReader::make(std::move(chosen.feed.reading), clock));
    input.read = log_input(file.path, *input.reader);
    return input;
}

std::string describe(const Dataset& dataset, const BatchReceipt& receipt) {
    std::vector<std::string> totals;
    for (std::size_t metric = 0; metric < receipt.totals.size(); ++metric) {
        totals.push_back(fmt::format("{} {}",
                                     dataset.metrics()[metric],
                                     with_thousands(receipt.totals[metric].to_string())));
    }
    const std::string days = receipt.days.empty() ? "no day"
                             : receipt.days.size() == 1
                                 ? receipt.days.front().to_string()
                                 : fmt::format("{} days, {} to {}",
                                               receipt.days.size(),
                                               receipt.days.front().to_string(),
                                               receipt.days.back().to_string());
    return fmt::format("{}: {} rows of {}; {}; {} accepted, {} rejected; content {}",
                       BatchName{dataset.name(), receipt.batch_seq}.to_string(),
                       receipt.row_count,
                       days,
                       fmt::join(totals, ", "),
                       receipt.counts.accepted,
                       receipt.counts.rejected,
                       receipt.identity.content_hash.to_string());
}

void print_receipt(const Dataset& dataset, const SentBatch& sent, bool json) {
    if (json) {
        std::fputs(sent.voiding.has_value()
                       ? replacement_json(dataset, {*sent.voiding, *sent.stored}).c_str()
                       : receipt_json(dataset, *sent.stored).c_str(),
                   stdout);
        return;
    }
    if (sent.voiding.has_value()) {
        fmt::print("{}: takes back {} rows of batch {}\n",
                   BatchName{dataset.name(), sent.voiding->receipt.batch_seq}.to_string(),
                   sent.voiding->receipt.row_count,
                   *sent.voiding->receipt.voids);
    }
    fmt::print("{}{}\n",
               describe(dataset, sent.stored->receipt),
               sent.stored->already_stored ? " (already stored, not counted again)" : "");
    if (sent.stored->receipt.adjusted.has_value()) {
        fmt::print("  {}\n", adjusted_text(dataset, *sent.stored->receipt.adjusted));
    }
}

// The first of them, for whoever is to mend the file.
void print_rejected(const Batch& batch) {
    constexpr std::size_t shown_max = 10;
    for (std::size_t index = 0; index < std::min(batch.rejected_samples.size(), shown_max);
         ++index) {
        const RejectedSample& sample = batch.rejected_samples[index];
        fmt::print(
            stderr, "{}:{}: {}: {}\n", batch.source, sample.line, sample.reason, sample.text);
    }
    if (batch.counts.rejected > static_cast<std::int64_t>(shown_max)) {
        fmt::print(stderr, "{}: {} rejected in all\n", batch.source, batch.counts.rejected);
    }
}

}  // namespace

Result<ExitCode> send_file(const BatchFile& file,
                           BatchJob job,
                           const std::string& url,
                           const Configuration& configuration,
                           bool json) {
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, configuration.require_dataset(job.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::string> files, expand_inputs({file.path}));
    if (files.size() != 1 || files.front() != file.path) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("'{}': a directory; one file is one batch", file.path)};
    }
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(const PreparedInput input,
                              prepare_input(file, job, url, configuration, clock));
    TIDEMARK_RETURN_IF_ERROR(open_prepared_store(url, configuration, clock));
    ProgressBar bar(total_size_bytes(files));
    const StoreOpener opener = [&url, &clock] { return open_store(url, clock); };
    TIDEMARK_ASSIGN_OR_RETURN(
        const SentBatch sent,
        send_batch(job, input.read, opener, [&](const ReadingProgress& progress) {
            bar.show(file.path, progress);
        }));
    bar.wipe();
    print_rejected(sent.batch);
    if (sent.error.has_value()) {
        return *sent.error;
    }
    print_receipt(dataset, sent, json);
    return ExitCode::done;
}

}  // namespace tidemark
