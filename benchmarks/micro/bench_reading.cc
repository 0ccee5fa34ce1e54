// The steps of reading a log, each by itself on lines in memory: finding the marks, parsing,
// counting whole blocks, and the table of sums.
//
//     build/release/benchmarks/bench_reading --benchmark_filter=table

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "domain/dataset.h"
#include "generate/log_generator.h"
#include "logs/count_rules.h"
#include "logs/line_counter.h"
#include "logs/line_index.h"
#include "logs/lines/formats.h"
#include "logs/usage_table.h"

namespace {

using namespace tidemark;

constexpr std::size_t block_size = std::size_t{256} << 10U;
constexpr std::size_t padding = 64;

template <typename Value>
Value checked(Result<Value> result) {
    if (!result.has_value()) {
        throw std::runtime_error(result.error().message);
    }
    return std::move(*result);
}

struct Lines {
    std::vector<LineBlock> blocks;
    std::size_t bytes = 0;
};

// Whole lines in blocks: a minute or two out of the middle of a day of 5 million lines, as the
// side-by-side benchmark has them.
Lines make_lines(GeneratedFormat format) {
    constexpr std::int64_t first = 2'500'000;
    constexpr std::int64_t count = 75'000;
    GenerateOptions options;
    options.format = format;
    options.lines = 2 * first;
    options.subjects = 5000;
    options.subject_skew = 1.0;
    options.malformed_share = 0;
    std::string text;
    const auto generator = checked(LogGenerator::make(options));
    const auto keep = [&text](std::string_view piece) {
        text += piece;
        return Result<void>();
    };
    if (!generator->write(first, first + count, keep, nullptr).has_value()) {
        throw std::runtime_error("the generator failed");
    }
    Lines lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t aim = std::min(begin + block_size, text.size()) - 1;
        const std::size_t end = text.rfind('\n', aim) + 1;
        LineBlock block;
        block.size = end - begin;
        block.bytes = std::make_unique<char[]>(block.size + padding);
        std::copy_n(text.data() + begin, block.size, block.bytes.get());
        block.sequence = static_cast<std::int64_t>(lines.blocks.size());
        lines.blocks.push_back(std::move(block));
        begin = end;
    }
    lines.bytes = text.size();
    return lines;
}

const Lines& combined_lines() {
    static const Lines lines = make_lines(GeneratedFormat::combined);
    return lines;
}

void report(benchmark::State& state, std::size_t lines, std::size_t bytes) {
    const auto rounds = static_cast<double>(state.iterations());
    state.counters["line"] =
        benchmark::Counter(rounds * static_cast<double>(lines),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    if (bytes > 0) {
        state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
    }
}

// Of one block, which is in the cache: it has just been read.
void find_marks(benchmark::State& state) {
    const std::string_view block = combined_lines().blocks.front().text();
    LineIndex index;
    for (auto round : state) {
        index.find(block, LineIndex::Wanted::newlines_and_quotes);
    }
    report(state, index.newlines().size(), block.size());
}
BENCHMARK(find_marks)->Unit(benchmark::kMicrosecond);

Reading reading_of(const std::string& format) {
    Reading reading;
    reading.format = format;
    reading.metrics = default_metric_rules(built_in_datasets().front());
    return reading;
}

void parse(benchmark::State& state) {
    const Lines& lines = combined_lines();
    const auto parser = checked(make_line_parser(reading_of("combined")));
    LineIndex index;
    LogRecord record;
    std::size_t count = 0;
    for (auto round : state) {
        count = 0;
        for (const LineBlock& block : lines.blocks) {
            const std::string_view text = block.text();
            index.find(text, LineIndex::Wanted::newlines_and_quotes);
            std::size_t begin = 0;
            for (std::size_t at = 0; at < index.newlines().size(); ++at) {
                const std::size_t end = index.newlines()[at];
                const LineVerdict verdict = parser->parse_marked(
                    text.substr(begin, end - begin), index.next_marks(end), record);
                benchmark::DoNotOptimize(verdict);
                begin = end + 1;
            }
            count += index.newlines().size();
        }
    }
    report(state, count, lines.bytes);
}
BENCHMARK(parse)->Unit(benchmark::kMillisecond);

void count_blocks(benchmark::State& state, GeneratedFormat generated, const std::string& format) {
    const Lines lines = make_lines(generated);
    const Reading reading = reading_of(format);
    const CountRules rules = checked(CountRules::make(reading));
    const auto finder = checked(SubjectFinder::make(reading.subject));
    const auto layout = checked(make_line_parser(reading));
    const auto parser = layout->clone();
    LineCounter counter(
        {.count = rules, .missing_subject = "/", .line_length_max = reading.line_length_max},
        finder->clone(),
        {.metric_count = rules.metric_count(), .days_max = 400, .hash_seed = 1});
    constexpr std::chrono::sys_seconds latest =
        std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);
    std::int64_t count = 0;
    for (auto round : state) {
        count = 0;
        for (const LineBlock& block : lines.blocks) {
            LineCounter::BlockCount counted;
            if (!counter.count(block, *parser, latest, 0, counted)) {
                throw std::runtime_error("the table refuses a generated line");
            }
            count += counted.lines;
        }
    }
    if (counter.counts().rejected > 0) {
        throw std::runtime_error("a generated line was not understood");
    }
    report(state, static_cast<std::size_t>(count), lines.bytes);
}
BENCHMARK_CAPTURE(count_blocks, combined, GeneratedFormat::combined, "combined")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count_blocks, fastly_json, GeneratedFormat::fastly, "fastly")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count_blocks, fastly_text, GeneratedFormat::fastly_text, "fastly")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count_blocks, edgecast, GeneratedFormat::edgecast, "edgecast")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count_blocks, cloudfront, GeneratedFormat::cloudfront, "cloudfront")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count_blocks, w3c, GeneratedFormat::w3c, "w3c")->Unit(benchmark::kMillisecond);

struct TableLine {
    std::string subject;  // of its own: the lines would have to be fetched from memory
    Slot slot;
    std::array<std::int64_t, 2> values;
};

// What the combined lines add to the table.
std::vector<TableLine> table_lines() {
    const auto parser = checked(make_line_parser(reading_of("combined")));
    const auto finder = checked(SubjectFinder::make({}));
    std::vector<TableLine> lines;
    for (const LineBlock& block : combined_lines().blocks) {
        std::string_view rest = block.text();
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            LogRecord record;
            bool malformed = false;
            parser->parse(rest.substr(0, end), record);
            lines.push_back({.subject = std::string(finder->find(record, malformed)),
                             .slot = Slot::containing(record.time),
                             .values = {record.bytes, 1}});
            rest.remove_prefix(end + 1);
        }
    }
    return lines;
}

constexpr UsageTable::Limits table_limits{.metric_count = 2, .days_max = 400, .hash_seed = 1};

void add_to_table(benchmark::State& state) {
    const std::vector<TableLine> lines = table_lines();
    UsageTable table(table_limits);
    for (auto round : state) {
        for (const TableLine& line : lines) {
            std::ranges::copy(line.values, table.add(line.subject, line.slot));
        }
        benchmark::DoNotOptimize(table.flush());
    }
    report(state, lines.size(), 0);
}
BENCHMARK(add_to_table)->Unit(benchmark::kMillisecond);

// 5,000 subjects in 48 slots.
UsageTable make_day_table() {
    constexpr int subject_count = 5000;
    const Slot first = Slot::of_day(UtcDay::from_days_since_epoch(20240), 0);
    UsageTable table(table_limits);
    for (int slot = 0; slot < Slot::per_day; ++slot) {
        for (int number = 0; number < subject_count; ++number) {
            const std::string subject = std::to_string(number * 7919 % subject_count);
            std::fill_n(table.add(subject, Slot::from_index(first.index() + slot)), 2, 1);
        }
    }
    benchmark::DoNotOptimize(table.flush());
    return table;
}

constexpr std::size_t rows_of_day = std::size_t{5000} * Slot::per_day;

void read_rows(benchmark::State& state) {
    for (auto round : state) {
        state.PauseTiming();
        UsageTable table = make_day_table();
        state.ResumeTiming();
        const std::unique_ptr<RowSource> source = std::move(table).into_rows();
        while (const UsageRow* row = source->next()) {
            benchmark::DoNotOptimize(row->values[0]);
        }
    }
    report(state, rows_of_day, 0);
}
BENCHMARK(read_rows)->Unit(benchmark::kMillisecond);

// What the first thread does with the tables of the others.
void absorb_table(benchmark::State& state) {
    for (auto round : state) {
        state.PauseTiming();
        UsageTable table = make_day_table();
        UsageTable other = make_day_table();
        state.ResumeTiming();
        benchmark::DoNotOptimize(table.absorb(std::move(other)));
    }
    report(state, rows_of_day, 0);
}
BENCHMARK(absorb_table)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
