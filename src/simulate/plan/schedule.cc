#include "simulate/plan/schedule.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/random.h"
#include "generate/distributions.h"
#include "simulate/plan/cron.h"

namespace tidemark::simulate {

namespace {

constexpr std::uint64_t operations_max = 50'000'000;
constexpr double day_us = 86'400'000'000.0;

RandomStream stream_of(const Plan& plan, const Writer& writer, std::int64_t instance) {
    return {plan.seed, fmt::format("schedule {} {}", writer.name, instance)};
}

// An exponential gap of the given mean, in integers, so that it is the same on every machine:
// -ln(u) = (64 - log2(x)) * ln 2 for u = x / 2^64.
std::int64_t exponential_us(RandomStream& random, std::int64_t mean_us) {
    constexpr Fixed ln_2 = fixed(0.6931471805599453);
    const Fixed bits = (Fixed{64} << 32U) - fixed_log2(std::max<std::uint64_t>(random.next(), 1));
    __extension__ using Wide = __int128;
    const Wide nepers = (static_cast<Wide>(bits) * ln_2) >> 32U;
    return static_cast<std::int64_t>((nepers * mean_us) >> 32U);
}

// Where the starts of a writer come from, before jitter.
std::vector<std::int64_t> starts_of(const Plan& plan,
                                    const Writer& writer,
                                    std::int64_t instance,
                                    RandomStream& random) {
    const std::int64_t end_us = plan.duration.count();
    std::vector<std::int64_t> starts;
    if (!writer.cron.empty()) {
        const Result<Cron> cron = Cron::parse(writer.cron);  // was checked with the plan
        const auto first = std::chrono::ceil<std::chrono::minutes>(plan.start);
        for (std::chrono::sys_seconds minute = first; Micros(minute - plan.start).count() < end_us;
             minute += std::chrono::minutes(1)) {
            if (cron.has_value() && cron->matches(minute)) {
                starts.push_back(Micros(minute - plan.start).count() + writer.phase.count());
            }
        }
        return starts;
    }
    if (!writer.trace.empty()) {
        for (const TracedRun& run : writer.trace) {
            starts.push_back(run.at.count() + writer.phase.count());
        }
        return starts;
    }
    const std::int64_t every_us = writer.every.count();
    std::int64_t at_us = writer.phase.count();
    if (writer.staggered) {
        at_us += every_us * instance / writer.instances;
    }
    if (writer.arrival == Arrival::poisson) {
        at_us += exponential_us(random, every_us);
    }
    while (at_us < end_us && starts.size() <= operations_max) {
        starts.push_back(at_us);
        at_us += writer.arrival == Arrival::poisson
                     ? std::max<std::int64_t>(exponential_us(random, every_us), 1)
                     : every_us;
    }
    return starts;
}

void add_run(const Writer& writer, std::int64_t start_us, std::int64_t rows, Schedule& schedule) {
    const std::int64_t size =
        writer.transaction_rows == 0 ? rows : std::min(writer.transaction_rows, rows);
    const std::int64_t count = size == 0 ? 1 : (rows + size - 1) / size;
    const auto run = static_cast<std::uint32_t>(schedule.runs.size());
    schedule.runs.push_back(
        {.planned_us = start_us,
         .first_operation = static_cast<std::uint32_t>(schedule.operations.size()),
         .operations = static_cast<std::uint32_t>(count),
         .rows = static_cast<std::uint32_t>(rows)});
    for (std::int64_t operation = 0; operation < count; ++operation) {
        schedule.operations.push_back(
            {.planned_us = start_us + writer.spread.count() * operation / count,
             .run = run,
             .rows = static_cast<std::uint32_t>(std::min(size, rows - operation * size))});
    }
}

}  // namespace

Result<Schedule> schedule_of(const Plan& plan, const Writer& writer, std::int64_t instance) {
    RandomStream random = stream_of(plan, writer, instance);
    struct Start {
        std::int64_t at_us;
        std::int64_t rows;
    };
    std::vector<Start> starts;
    std::uint64_t operations = 0;
    std::size_t place = 0;
    for (std::int64_t at_us : starts_of(plan, writer, instance, random)) {
        const std::int64_t rows = writer.trace.empty() ? writer.rows : writer.trace[place].rows;
        ++place;
        if (writer.jitter.count() > 0) {
            at_us += static_cast<std::int64_t>(
                random.below(static_cast<std::uint64_t>(writer.jitter.count())));
        }
        if (at_us < plan.duration.count()) {
            starts.push_back({at_us, rows});
            const std::int64_t size = writer.transaction_rows;
            operations += static_cast<std::uint64_t>(size == 0 ? 1 : rows / size + 1);
        }
    }
    if (operations > operations_max) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("writer '{}': more than {} transactions in {} simulated hours; "
                                 "shorten `duration`, or let `transaction_rows` or `every` grow",
                                 writer.name,
                                 operations_max,
                                 plan.duration / std::chrono::hours(1))};
    }
    std::ranges::stable_sort(starts, {}, &Start::at_us);
    Schedule schedule;
    schedule.runs.reserve(starts.size());
    for (const Start& start : starts) {
        add_run(writer, start.at_us, start.rows, schedule);
    }
    return schedule;
}

double runs_per_day(const Plan& plan, const Writer& writer) {
    if (!writer.trace.empty()) {
        const double days = std::ceil(
            std::max(1.0, static_cast<double>(writer.trace.back().at.count() + 1) / day_us));
        return static_cast<double>(writer.trace.size()) / days;
    }
    if (writer.cron.empty()) {
        return day_us / static_cast<double>(writer.every.count());
    }
    // Four weeks hold every weekday alike and nearly a month.
    const Result<Cron> cron = Cron::parse(writer.cron);
    constexpr int days = 28;
    int starts = 0;
    const auto midnight = std::chrono::floor<std::chrono::days>(plan.start);
    for (int minute = 0; minute < days * 1440; ++minute) {
        const bool matches =
            cron.has_value() && cron->matches(midnight + std::chrono::minutes(minute));
        starts += matches ? 1 : 0;
    }
    return static_cast<double>(starts) / days;
}

}  // namespace tidemark::simulate
