#include "simulate/plan/check_report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "report/text_table.h"
#include "simulate/plan/duration_text.h"
#include "simulate/plan/identifier_pool.h"
#include "simulate/plan/schedule.h"
#include "simulate/plan/trace.h"
#include "simulate/plan/traffic.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::int64_t minutes_shown = 60;
// A writer that starts more often is shown a line a minute, not a line a start.
constexpr std::size_t starts_shown_max = 60;

std::string count_text(double count) {
    return with_thousands(fmt::format("{:.0f}", count));
}

std::string starts_text(const Writer& writer) {
    std::string text = writer.cron;
    if (!writer.trace.empty()) {
        text = fmt::format("trace of {}", writer.trace.size());
    } else if (writer.cron.empty()) {
        text = (writer.arrival == Arrival::poisson ? "about every " : "every ") +
               duration_text(writer.every);
    }
    return text;
}

std::string traffic_table(const Plan& plan) {
    TextTable table({{"writer"},
                     {"kind"},
                     {"starts"},
                     {"rows/hour", TextAlign::right},
                     {"rows/day", TextAlign::right},
                     {"transactions/day", TextAlign::right},
                     {"WAL/day", TextAlign::right},
                     {"table in a year", TextAlign::right}});
    WriterTraffic sum{.writer = "all"};
    const std::vector<WriterTraffic> all = traffic_of(plan);
    const auto add = [&table](const WriterTraffic& traffic, std::string kind, std::string starts) {
        table.add_row({traffic.writer,
                       std::move(kind),
                       std::move(starts),
                       count_text(traffic.rows_per_day / 24),
                       count_text(traffic.rows_per_day),
                       count_text(traffic.transactions_per_day),
                       size_text(traffic.wal_bytes_per_day),
                       size_text(traffic.table_bytes_per_year)});
    };
    for (std::size_t place = 0; place < all.size(); ++place) {
        const Writer& writer = plan.writers[place];
        WriterTraffic traffic = all[place];
        sum.rows_per_day += traffic.rows_per_day;
        sum.transactions_per_day += traffic.transactions_per_day;
        sum.wal_bytes_per_day += traffic.wal_bytes_per_day;
        sum.table_bytes_per_year += traffic.table_bytes_per_year;
        traffic.writer += writer.instances > 1 ? fmt::format(" x{}", writer.instances) : "";
        add(traffic, std::string(to_string(writer.kind)), starts_text(writer));
    }
    add(sum, "", "");
    return table.to_string();
}

std::string pools_text(const Plan& plan) {
    std::string text;
    for (const Pool& pool : plan.pools) {
        const IdentifierPool identifiers(pool, plan.seed);
        const auto last = static_cast<std::uint32_t>(identifiers.size_at(plan.duration) - 1);
        text += fmt::format("pool {}: {} ... {}, {}",
                            pool.name,
                            identifiers.text(0),
                            identifiers.text(last),
                            to_string(pool.skew));
        text += pool.skew == Skew::zipf ? fmt::format(" {:g}", pool.exponent) : "";
        text += pool.new_per_day > 0 ? fmt::format(", {} new a day\n", pool.new_per_day) : "\n";
    }
    return text;
}

struct MinuteLine {
    std::int64_t at_us = 0;
    std::string writer{};
    std::int64_t runs = 0;
    std::int64_t rows = 0;
    std::int64_t transactions = 0;
    std::int64_t last_us = 0;
};

// The runs of an instance in the first hour: one line each, or one a minute where they are many.
void add_lines(const Writer& writer,
               std::int64_t instance,
               const Schedule& schedule,
               std::vector<MinuteLine>& lines) {
    const auto beyond = std::ranges::find_if(schedule.runs, [](const PlannedRun& run) {
        return run.planned_us >= minutes_shown * minute_us;
    });
    const bool many = static_cast<std::size_t>(beyond - schedule.runs.begin()) > starts_shown_max;
    const std::string name =
        writer.instances > 1 ? fmt::format("{}/{}", writer.name, instance) : writer.name;
    for (auto run = schedule.runs.begin(); run != beyond; ++run) {
        const std::int64_t at_us = many ? run->planned_us / minute_us * minute_us : run->planned_us;
        if (lines.empty() || lines.back().writer != name || lines.back().at_us != at_us) {
            lines.push_back({.at_us = at_us, .writer = name});
        }
        MinuteLine& line = lines.back();
        ++line.runs;
        line.rows += run->rows;
        line.transactions += run->operations;
        line.last_us = schedule.operations[run->first_operation + run->operations - 1].planned_us;
    }
}

std::string clock_text(const Plan& plan, std::int64_t at_us) {
    const auto instant = plan.start + std::chrono::floor<std::chrono::seconds>(Micros(at_us));
    return instant_text(instant).substr(11, 8);
}

Result<std::string> schedule_table(const Plan& plan) {
    std::vector<MinuteLine> lines;
    for (const Writer& writer : plan.writers) {
        for (std::int64_t instance = 0; instance < writer.instances; ++instance) {
            TIDEMARK_ASSIGN_OR_RETURN(const Schedule schedule, schedule_of(plan, writer, instance));
            add_lines(writer, instance, schedule, lines);
        }
    }
    std::ranges::stable_sort(lines, {}, &MinuteLine::at_us);
    TextTable table({{"from"},
                     {"writer"},
                     {"runs", TextAlign::right},
                     {"rows", TextAlign::right},
                     {"transactions", TextAlign::right},
                     {"last planned at"}});
    std::array<std::int64_t, minutes_shown> rows_of_minute{};
    for (const MinuteLine& line : lines) {
        table.add_row({clock_text(plan, line.at_us),
                       line.writer,
                       count_text(static_cast<double>(line.runs)),
                       count_text(static_cast<double>(line.rows)),
                       count_text(static_cast<double>(line.transactions)),
                       clock_text(plan, line.last_us)});
        rows_of_minute.at(static_cast<std::size_t>(line.at_us / minute_us)) += line.rows;
    }
    const auto busiest = std::ranges::max_element(rows_of_minute);
    return table.to_string() +
           fmt::format("busiest minute: {}, runs of {} rows begin in it\n",
                       clock_text(plan, (busiest - rows_of_minute.begin()) * minute_us),
                       count_text(static_cast<double>(*busiest)));
}

std::string faults_text(const Plan& plan) {
    std::string text;
    for (const Fault& fault : plan.faults) {
        text += fmt::format(
            "fault at {}: {}", clock_text(plan, fault.at.count()), to_string(fault.kind));
        text += fault.writer.empty() && fault.table.empty()
                    ? ""
                    : fmt::format(" {}{}", fault.writer, fault.table);
        text +=
            fault.lasts.count() > 0 ? fmt::format(" for {}\n", duration_text(fault.lasts)) : "\n";
    }
    return text;
}

}  // namespace

Result<std::string> check_report(const Plan& plan) {
    std::int64_t processes = 0;
    std::int64_t connections = 0;
    for (const Writer& writer : plan.writers) {
        processes += writer.instances;
        connections += writer.instances * writer.connections;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::string schedule, schedule_table(plan));
    return fmt::format(
        "plan {}: {} simulated from {}, seed {}, {} writer processes with {} "
        "connections, target {}\n{}{}"
        "\nWrite traffic (rows are exact on average; bytes are estimated from widths, "
        "to a factor of about 3)\n{}"
        "\nThe first hour\n{}",
        plan.name,
        duration_text(plan.duration),
        instant_text(plan.start),
        plan.seed,
        processes,
        connections,
        plan.target.url.empty() ? "a private PostgreSQL" : "the URL of [target]",
        pools_text(plan),
        faults_text(plan),
        traffic_table(plan),
        schedule);
}

}  // namespace tidemark::simulate
