#include "cli/intake.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "cli/store_location.h"
#include "store/postgres/postgres_query.h"
#include "worker/file_coverage.h"
#include "worker/media.h"

namespace tidemark {

namespace {

void log_counted(const std::string& feed, const FileOutcome& outcome) {
    log_event(
        LogLevel::info,
        "watch.counted",
        {{"feed", feed},
         {"file", outcome.file},
         {"accepted", std::to_string(outcome.receipt->counts.accepted)},
         {"rejected", std::to_string(outcome.receipt->counts.rejected)},
         {"adjusted",
          std::to_string(outcome.receipt->adjusted ? outcome.receipt->adjusted->row_count : 0)},
         {"already_stored", outcome.already_stored ? "true" : "false"}});
}

}  // namespace

Result<void> watch_until(const std::string& url,
                         const std::string& name,
                         const FeedConfiguration& feed,
                         const Clock& clock,
                         const std::atomic<bool>& stop) {
    AggregateJob job{.dataset = feed.dataset,
                     .feed = name,
                     .files = {},
                     .covers = {},
                     .rejected_share_max = feed.rejected_share_max};
    std::unique_ptr<FileCoverage> coverage;
    if (!feed.covers_pattern.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(coverage, FileCoverage::make(feed.covers_pattern));
        job.file_coverage = coverage.get();
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader,
                              LogReader::make(feed.reading, clock));
    return watch_folder(
        job,
        feed.watch,
        *reader,
        [&] { return open_existing_store(url, clock); },
        clock,
        stop,
        [&name](const FileOutcome& outcome) { log_counted(name, outcome); });
}

Result<void> poll_until(const std::string& url,
                        const Configuration& configuration,
                        const Clock& clock,
                        const std::atomic<bool>& stop) {
    const MediaConfiguration& media = configuration.media;
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, configuration.require_dataset(media.dataset));
    if (media.source_query.empty() || dataset.kind() != DatasetKind::gauge) {
        return Error{ErrorKind::invalid_input,
                     "[media.source]: needs a query, and [media] dataset a gauge"};
    }
    const MediaJob job{.dataset = dataset,
                       .feed = media.feed,
                       .source = "[media.source]",
                       .every = std::nullopt,
                       .covers = {},
                       .patience = std::nullopt};
    TIDEMARK_ASSIGN_OR_RETURN(const PollSchedule schedule, PollSchedule::parse(media.source_every));
    const std::unique_ptr<RowQuery> query =
        make_postgres_query(media.source_url, media.source_query);
    TIDEMARK_RETURN_IF_ERROR(poll_media(
        job,
        [&] { return open_existing_store(url, clock); },
        clock,
        *query,
        &schedule,
        stop,
        [](const CommittedChunk&) {}));
    return {};
}

}  // namespace tidemark
