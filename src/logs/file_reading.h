#pragma once
// FileReading: one file read by several workers.
//
// The workers take turns at the input: whoever is free reads the next block, hashes it and cuts it
// at a line's end, then counts its lines while others take theirs. So a block is parsed on the
// core whose cache it was read into, one worker needs no second thread, and there is no queue
// to tune. A compressed file is unpacked by a thread of its own, which the turns wait for.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "logs/aggregation.h"
#include "logs/byte_source.h"
#include "logs/count_rules.h"
#include "logs/line_counter.h"
#include "logs/line_cutter.h"
#include "logs/lines/formats.h"
#include "logs/lines/line_parser.h"
#include "logs/sample_order.h"

namespace tidemark {

class FileReading {
 public:
    // What is borrowed here outlives the reading.
    struct Plan {
        const Reading& reading;
        const CountRules& count_rules;
        const LineParser& parser;
        const SubjectFinder& finder;
        const Clock& clock;
        std::size_t block_bytes;
        std::string name;  // of the content, for messages; empty: it has none
    };

    FileReading(const Plan& plan,
                std::unique_ptr<ByteSource> source,
                const ProgressCallback& progress);

    // Reads to the end; once.
    Result<Aggregation> run();

 private:
    struct Worker {
        LineCounter counter;
        WorkerParser parser{};
        LineBlock block{};
        std::chrono::sys_seconds latest{};
    };

    [[nodiscard]] std::unique_ptr<Worker> make_worker(const UsageTable::Limits& limits) const;
    void work(Worker& worker, bool reports_progress);
    [[nodiscard]] std::unique_lock<std::mutex> take_turn();
    [[nodiscard]] bool take_block(Worker& worker);
    [[nodiscard]] bool count_block(Worker& worker);
    void fail(Error error);
    [[nodiscard]] Error failure_of(const UsageTable& table) const;
    void report_progress(bool at_end);
    Result<Aggregation> gather();

    Plan plan_;
    std::unique_ptr<ByteSource> source_;
    std::unique_ptr<LineParser> layout_;
    const ProgressCallback& progress_;
    std::chrono::steady_clock::time_point next_report_{};
    std::vector<std::unique_ptr<Worker>> workers_;

    std::mutex input_mutex_;
    LineCutter cutter_;         // guarded by input_mutex_, as source_ and layout_
    bool input_ended_ = false;  // guarded by input_mutex_
    std::atomic<bool> failed_{false};
    std::atomic<std::uint64_t> bytes_read_{0};
    std::atomic<std::uint64_t> bytes_expanded_{0};

    std::mutex result_mutex_;
    SampleOrder samples_;               // guarded by result_mutex_
    std::optional<Error> first_error_;  // guarded by result_mutex_
    std::atomic<std::int64_t> lines_{0};
    std::atomic<bool> samples_full_{false};
};

}  // namespace tidemark
