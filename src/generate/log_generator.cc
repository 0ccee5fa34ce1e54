#include "generate/log_generator.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "domain/total.h"
#include "generate/flaw.h"
#include "generate/names.h"

namespace tidemark {

namespace {

constexpr std::int64_t piece_records = 4096;

}  // namespace

Result<std::unique_ptr<LogGenerator>> LogGenerator::make(const GenerateOptions& options) {
    TIDEMARK_RETURN_IF_ERROR(check(options));
    return std::unique_ptr<LogGenerator>(new LogGenerator(options));
}

LogGenerator::LogGenerator(const GenerateOptions& options)
    : options_(options),
      pieces_(std::make_unique<LinePieces>(options)),
      format_(LineFormat::make(options.format, *pieces_)),
      requests_(std::make_unique<RequestSource>(options)) {
    record_count_ = options.lines;
    if (options.bytes > 0) {
        // Lines differ in length: a sample tells how many make up the bytes.
        shape_ = std::make_unique<DayShape>(options, piece_records);
        Piece sample;
        render(0, piece_records, false, sample);
        const auto sample_bytes = static_cast<std::int64_t>(sample.text.size());
        record_count_ = std::max<std::int64_t>(
            static_cast<std::int64_t>(static_cast<Total::Wide>(options.bytes) * piece_records /
                                      sample_bytes),
            1);
    }
    shape_ = std::make_unique<DayShape>(options, record_count_);
}

void LogGenerator::count(const Request& request, Flaw flaw, int times, Piece& piece) const {
    const Expectation expectation = expectation_of(flaw);
    if (expectation.kind != Expectation::Kind::accepted) {
        piece.flawed.emplace_back(flaw, times);
        return;
    }
    CountedLine line;
    line.subject = request.subject;
    line.slot =
        Slot::containing(std::chrono::sys_seconds(std::chrono::seconds(request.time_s))).index();
    line.values = {request.bytes, 1, 0};
    if (options_.format == GeneratedFormat::ping) {
        if (request.event > PingEvent::ad_complete) {
            piece.ignored_events += times;
            return;
        }
        line.values = {};
        line.values[static_cast<std::size_t>(request.event)] = 1;
    }
    piece.counted.insert(piece.counted.end(), static_cast<std::size_t>(times), line);
}

void LogGenerator::render(std::int64_t first,
                          std::int64_t end,
                          bool with_truth,
                          Piece& piece) const {
    RandomStream random(options_.seed ^ mix(static_cast<std::uint64_t>(first)), "lines");
    const std::span<const Flaw> flaws = flaws_of(options_.format);
    // Two lines at most a record, and one more for what a line may write beyond its end.
    const std::size_t room = 3 * generated_line_length_max;
    std::size_t used = 0;
    for (std::int64_t index = first; index < end; ++index) {
        if (piece.text.size() < used + room) {
            piece.text.resize(std::max(used + room, piece.text.size() * 2));
        }
        Request request = requests_->draw(shape_->second_of(index), random);
        Flaw flaw = Flaw::none;
        if (random.chance(options_.malformed_share)) {
            flaw = flaws[random.below(flaws.size())];
            spoil_request(flaw, request);
        }
        char* const line = piece.text.data() + used;
        char* line_end = format_->write(request, line);
        if (flaw != Flaw::none) {
            line_end = spoil_line(flaw, options_.format, line, line_end);
        }
        *line_end++ = '\n';
        int times = 1;
        if (random.chance(options_.repeated_share)) {
            line_end = write_text({line, static_cast<std::size_t>(line_end - line)}, line_end);
            times = 2;
        }
        used = static_cast<std::size_t>(line_end - piece.text.data());
        if (with_truth) {
            count(request, flaw, times, piece);
        }
    }
    piece.text.resize(used);
}

void LogGenerator::add_to(GeneratedTruth& truth, const Piece& piece) {
    truth.add(Expectation{}, static_cast<std::int64_t>(piece.counted.size()));
    for (const CountedLine& line : piece.counted) {
        truth.add(line);
    }
    for (const auto& [flaw, times] : piece.flawed) {
        truth.add(expectation_of(flaw), times);
    }
    if (piece.ignored_events > 0) {
        truth.add({.kind = Expectation::Kind::ignored, .reason = "event"}, piece.ignored_events);
    }
}

Result<void> LogGenerator::write(std::int64_t first,
                                 std::int64_t end,
                                 const LineSink& sink,
                                 GeneratedTruth* truth) const {
    const std::string header = format_->header();
    if (!header.empty()) {
        TIDEMARK_RETURN_IF_ERROR(sink(header));
        if (truth != nullptr) {
            const std::int64_t lines = std::count(header.begin(), header.end(), '\n');
            truth->lines += lines;
            truth->comments += lines;
        }
    }
    return options_.threads == 1 ? write_pieces(first, end, sink, truth)
                                 : write_with_threads(first, end, sink, truth);
}

Result<void> LogGenerator::write_pieces(std::int64_t first,
                                        std::int64_t end,
                                        const LineSink& sink,
                                        GeneratedTruth* truth) const {
    Piece piece;
    for (std::int64_t begin = first; begin < end; begin += piece_records) {
        piece.clear();
        render(begin, std::min(begin + piece_records, end), truth != nullptr, piece);
        if (truth != nullptr) {
            add_to(*truth, piece);
        }
        TIDEMARK_RETURN_IF_ERROR(sink(piece.text));
    }
    return {};
}

Result<void> LogGenerator::write_with_threads(std::int64_t first,
                                              std::int64_t end,
                                              const LineSink& sink,
                                              GeneratedTruth* truth) const {
    const std::int64_t piece_count = (end - first + piece_records - 1) / piece_records;
    const std::int64_t ahead_max = std::int64_t{4} * options_.threads;
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::int64_t, Piece> finished;
    std::vector<Piece> spare;  // written ones, for their memory
    std::int64_t taken = 0;
    std::int64_t written = 0;
    bool stopped = false;

    const auto work = [&] {
        while (true) {
            std::int64_t number = 0;
            Piece piece;
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, [&] { return stopped || taken < written + ahead_max; });
                if (stopped || taken == piece_count) {
                    return;
                }
                number = taken++;
                if (!spare.empty()) {
                    piece = std::move(spare.back());
                    spare.pop_back();
                }
            }
            piece.clear();
            const std::int64_t begin = first + number * piece_records;
            render(begin, std::min(begin + piece_records, end), truth != nullptr, piece);
            const std::lock_guard lock(mutex);
            finished.emplace(number, std::move(piece));
            changed.notify_all();
        }
    };
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < options_.threads; ++thread) {
        threads.emplace_back(work);
    }

    Result<void> outcome;
    while (written < piece_count && outcome.has_value()) {
        Piece piece;
        {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return finished.contains(written); });
            piece = std::move(finished.extract(written).mapped());
        }
        if (truth != nullptr) {
            add_to(*truth, piece);
        }
        outcome = sink(piece.text);
        const std::lock_guard lock(mutex);
        spare.push_back(std::move(piece));
        ++written;
        changed.notify_all();
    }
    const std::lock_guard lock(mutex);
    stopped = true;
    changed.notify_all();
    return outcome;
}

}  // namespace tidemark
