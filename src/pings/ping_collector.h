#pragma once
// PingCollector: a player's pings as they come in, kept in a journal as the log lines that a web
// server would have written of them, so that they are read as such files are (docs/log_formats.md,
// `ping`).
//
// Of a ping its time, path and query are kept: who sent it is nobody's business.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/batch.h"
#include "journal/journal.h"
#include "logs/lines/formats.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

// How pings are read unless a feed says otherwise: the player's own events, on its own paths and on
// /v1/ping and /v1/ping.gif, where `e` alone decides; subject `aid`.
Reading default_ping_reading(const Dataset& dataset);

// What will become of the pings of one request.
struct PingJudgement {
    LineCounts counts;
    std::vector<RejectedSample> rejected;  // `line` counts them from 1
};

// Safe from several threads.
class PingCollector {
 public:
    static constexpr std::size_t pings_max = 1000;  // of one request

    // The reading's format is `ping`. Borrows journal and clock. Fails with invalid_input as
    // LogReader::make() does.
    static Result<std::unique_ptr<PingCollector>> make(const Reading& reading,
                                                       Journal& journal,
                                                       const Clock& clock);

    // Called once, from the journal's thread: the pings are on the disk, or nowhere.
    using Collected = std::function<void(const Result<PingJudgement>&)>;

    // Keeps the pings with these queries ("aid=...&e=s") of a request to `path`, all or none of
    // them. A ping with which something is wrong is kept too, and will be rejected where lines of a
    // file are. False when too much waits for the disk: then they were not taken.
    [[nodiscard]] bool collect(std::string_view path,
                               std::span<const std::string_view> queries,
                               Collected collected);

    // Every ping with a time before `through` is in one of the segments, or was in one earlier.
    struct Sealed {
        std::vector<std::string> segments;  // paths, the oldest first
        Timestamp through{};
    };
    Result<Sealed> seal();

    // When it was made.
    [[nodiscard]] Timestamp began() const { return began_; }

 private:
    PingCollector(const Reading& reading,
                  std::unique_ptr<LineParser> parser,
                  std::unique_ptr<SubjectFinder> finder,
                  Journal& journal,
                  const Clock& clock);

    void judge(const std::string& line, std::size_t length, PingJudgement& judgement);

    const std::size_t line_length_max_;
    const bool has_subject_for_missing_;
    Journal& journal_;
    const Clock& clock_;
    const Timestamp began_;

    // A ping gets its time and its place in the journal at once, so that a seal parts them by time.
    std::mutex mutex_;
    std::unique_ptr<LineParser> parser_;
    std::unique_ptr<SubjectFinder> finder_;
};

}  // namespace tidemark
