#include "pings/ping_collector.h"

#include <utility>

#include "logs/line_text.h"
#include "pings/ping_line.h"

namespace tidemark {

namespace {

constexpr std::size_t subject_size_max = 512;
constexpr std::size_t padding_bytes = 64;  // parsers may read so far beyond a line

}  // namespace

Reading default_ping_reading(const Dataset& dataset) {
    Reading reading{.format = "ping",
                    .subject = {.kind = SubjectRule::Kind::query, .text = "aid"},
                    .metrics = default_metric_rules(dataset)};
    for (const auto& [event, path_part, parameter] :
         {std::tuple("play", "/jwplayer6/ping.gif", "s"),
          std::tuple("ad_impression", "/clienta/ping.gif", "i"),
          std::tuple("ad_complete", "/clienta/ping.gif", "c"),
          std::tuple("play", "/v1/ping", "s"),
          std::tuple("ad_impression", "/v1/ping", "i"),
          std::tuple("ad_complete", "/v1/ping", "c")}) {
        reading.events.push_back({.event = event, .path_part = path_part, .parameter = parameter});
    }
    return reading;
}

Result<std::unique_ptr<PingCollector>> PingCollector::make(const Reading& reading,
                                                           Journal& journal,
                                                           const Clock& clock) {
    if (reading.format != "ping") {
        return Error{ErrorKind::invalid_input,
                     "format '" + reading.format + "': pings are collected in the format 'ping'"};
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<LineParser> parser, make_line_parser(reading));
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<SubjectFinder> finder,
                              SubjectFinder::make(reading.subject));
    return std::unique_ptr<PingCollector>(
        new PingCollector(reading, std::move(parser), std::move(finder), journal, clock));
}

PingCollector::PingCollector(const Reading& reading,
                             std::unique_ptr<LineParser> parser,
                             std::unique_ptr<SubjectFinder> finder,
                             Journal& journal,
                             const Clock& clock)
    : line_length_max_(reading.line_length_max),
      has_subject_for_missing_(!reading.missing_subject.empty()),
      journal_(journal),
      clock_(clock),
      began_(clock.now()),
      parser_(std::move(parser)),
      finder_(std::move(finder)) {}

bool PingCollector::collect(std::string_view path,
                            std::span<const std::string_view> queries,
                            Collected collected) {
    PingJudgement judgement;
    std::string record;
    const std::lock_guard guard(mutex_);
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
    for (const std::string_view query : queries) {
        std::string line = ping_line(now, path, query);
        const std::size_t length = line.size();
        record += line;
        record += '\n';
        line.append(padding_bytes, '\0');
        judge(line, length, judgement);
    }
    return journal_.append(
        std::move(record),
        [judgement = std::move(judgement), collected = std::move(collected)](Result<void> written) {
            collected(written.has_value() ? Result<PingJudgement>(judgement)
                                          : Result<PingJudgement>(std::move(written).error()));
        });
}

// As a line of a file is judged, but for what cannot be wrong with a line of our own.
void PingCollector::judge(const std::string& line, std::size_t length, PingJudgement& judgement) {
    const std::string_view text(line.data(), length);
    ++judgement.counts.lines;
    const auto reject = [&](RejectReason reason) {
        ++judgement.counts.rejected;
        judgement.rejected.push_back({.line = judgement.counts.lines,
                                      .reason = std::string(to_string(reason)),
                                      .text = sample_of(text)});
    };
    if (length > line_length_max_) {
        reject(RejectReason::too_long);
        return;
    }
    LogRecord record;
    const LineVerdict verdict = parser_->parse(text, record);
    if (verdict.kind == LineKind::rejected) {
        reject(verdict.reject);
        return;
    }
    if (verdict.kind != LineKind::record) {
        ++judgement.counts.ignored;
        return;
    }
    bool malformed = false;
    const std::string_view subject = finder_->find(record, malformed);
    if (malformed) {
        reject(RejectReason::bad_url);
    } else if (subject.empty() && !has_subject_for_missing_) {
        reject(RejectReason::no_subject);
    } else if (subject.size() > subject_size_max) {
        reject(RejectReason::bad_subject);
    } else {
        ++judgement.counts.accepted;
    }
}

Result<PingCollector::Sealed> PingCollector::seal() {
    // Not held while the journal seals: whoever comes meanwhile has a later time and may stand in
    // either segment.
    Timestamp through;
    {
        const std::lock_guard guard(mutex_);
        through = clock_.now();
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<std::string> segments, journal_.seal());
    return Sealed{.segments = std::move(segments), .through = through};
}

}  // namespace tidemark
