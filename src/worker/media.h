#pragma once
// The media worker: events of a gauge, from a file, a stream or a query, stored chunk by chunk.
//
// A chunk is committed when it has `rows_max` events or, of a stream, when its first event has
// waited for `every`. Its key is the digest of its lines: the same chunk handed over again counts
// once. Whatever is handed over again in other chunks counts once too, since an event is one event
// however often it comes (domain/gauge.h). So a worker that was killed is simply started again.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/coverage.h"
#include "store/row_query.h"
#include "store/store.h"
#include "worker/aggregate.h"
#include "worker/event_input.h"
#include "worker/event_parser.h"
#include "worker/poll_schedule.h"

namespace tidemark {

struct MediaJob {
    Dataset dataset;
    std::string feed;
    std::string source;  // for people: a file's name
    std::size_t rows_max = 2000;
    // Empty: a file, read to its end, whose chunks wait for nobody.
    std::optional<std::chrono::milliseconds> every;
    Coverage
        covers;  // what a run over a file declares; a stream and a poll cover the days they run
    // How long a store that is not there is waited for; nothing: until it is back.
    std::optional<std::chrono::milliseconds> patience;
};

// One chunk that is committed. Handed over after the commit.
struct CommittedChunk {
    std::int64_t number = 0;  // of this worker's chunks, from 1
    StoredBatch stored;
    LineCounts counts;
    std::int64_t last_line = 0;
};

struct MediaTotals {
    std::int64_t chunks = 0;
    LineCounts counts;
    std::map<std::string, std::int64_t> rejected_by_reason;
    std::vector<RejectedSample> rejected_samples;  // the first few
};

using ChunkListener = std::function<void(const CommittedChunk&)>;

// Reads to the end, or, of a stream, until `stop` as well; then commits what is left. Runs are
// begun and ended: one for a file, one about every minute for a stream. Fails as the input, the
// parser and the store do; everything that was announced is stored all the same.
Result<MediaTotals> store_media_lines(const MediaJob& job,
                                      const StoreOpener& open_store,
                                      const Clock& clock,
                                      EventInput& input,
                                      EventParser parser,
                                      const std::atomic<bool>& stop,
                                      const ChunkListener& committed);

// The same for a content that is soon read, on a store that is open: a run without a heartbeat.
Result<MediaTotals> store_received_events(const MediaJob& job,
                                          Store& store,
                                          const Clock& clock,
                                          EventInput& input,
                                          EventParser parser,
                                          const ChunkListener& committed);

// What would become of the events, days whose events are purged included. Stores nothing.
Result<MediaTotals> judge_events(const MediaJob& job,
                                 Store& store,
                                 EventInput& input,
                                 EventParser parser);

// Hands over every event that is understood, in order, until one is not taken. Stores nothing.
Result<void> visit_events(const MediaJob& job,
                          EventInput& input,
                          EventParser parser,
                          const std::function<Result<void>(const GaugeEvent&)>& take);

// Asks the query when the schedule says so, the first time at once, until `stop`; or once, without
// a schedule. A poll is a run. A source that is not there is tried again with the next poll, and
// logged.
Result<MediaTotals> poll_media(const MediaJob& job,
                               const StoreOpener& open_store,
                               const Clock& clock,
                               RowQuery& query,
                               const PollSchedule* schedule,
                               const std::atomic<bool>& stop,
                               const ChunkListener& committed);

}  // namespace tidemark
