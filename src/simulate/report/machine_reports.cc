#include "simulate/report/machine_reports.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulate/report/markup.h"

namespace tidemark::simulate {

namespace {

using Json = nlohmann::ordered_json;

Json latencies(const LatencyHistogram& histogram) {
    return {{"count", histogram.count()},
            {"mean_us", histogram.mean_us()},
            {"p50_us", histogram.at_share(0.5)},
            {"p90_us", histogram.at_share(0.9)},
            {"p95_us", histogram.at_share(0.95)},
            {"p99_us", histogram.at_share(0.99)},
            {"p999_us", histogram.at_share(0.999)},
            {"max_us", histogram.max_us()}};
}

Json counts(const OutcomeCounts& of) {
    return {{"planned", of.planned},
            {"committed", of.committed},
            {"failed", of.failed},
            {"skipped", of.skipped},
            {"unresolved", of.unresolved}};
}

Json writer_json(const WriterFigures& writer) {
    return {{"name", writer.name},
            {"kind", std::string(to_string(writer.kind))},
            {"transactions", counts(writer.counts)},
            {"never_begun", writer.never_begun},
            {"retries", writer.retries},
            {"rows", writer.rows},
            {"runs", writer.runs},
            {"runs_missed", writer.runs_missed},
            {"late", writer.judged_late},
            {"states", writer.states},
            {"response", latencies(writer.response)},
            {"service", latencies(writer.service)},
            {"wait", latencies(writer.wait)},
            {"own", latencies(writer.own)}};
}

Json database_json(const DatabaseFigures& database) {
    Json tables = Json::array();
    for (const TableFigures& table : database.tables) {
        tables.push_back({{"name", table.name},
                          {"inserted", table.inserted},
                          {"updated", table.updated},
                          {"hot_updated", table.hot_updated},
                          {"removed", table.removed},
                          {"autovacuums", table.vacuums},
                          {"dead_share_max", table.dead_share_max}});
    }
    return {{"wal_bytes", database.wal_bytes},
            {"full_page_images", database.full_page_images},
            {"checkpoints_timed", database.checkpoints_timed},
            {"checkpoints_requested", database.checkpoints_requested},
            {"deadlocks", database.deadlocks},
            {"rollbacks", database.rollbacks},
            {"temp_bytes", database.temp_bytes},
            {"waits", database.waits},
            {"blocked", database.blocked},
            {"tables", tables}};
}

}  // namespace

std::string json_report(const Figures& figures, const Verdict& verdict) {
    Json findings = Json::array();
    for (const ObjectiveFinding& finding : verdict.findings) {
        findings.push_back({{"subject", finding.subject},
                            {"objective", finding.objective},
                            {"limit", finding.limit},
                            {"figure", finding.figure},
                            {"bound", finding.bound},
                            {"standing", std::string(to_string(finding.standing))},
                            {"cause", finding.cause}});
    }
    Json writers = Json::array();
    for (const WriterFigures& writer : figures.writers) {
        writers.push_back(writer_json(writer));
    }
    Json ledger = Json::array();
    for (const LedgerFinding& finding : figures.facts.findings) {
        ledger.push_back({{"kind", finding.kind},
                          {"writer", finding.writer},
                          {"instance", finding.instance},
                          {"operation", finding.operation},
                          {"planned_us", finding.planned_us},
                          {"words", finding.words}});
    }
    const Json report = {{"schema", report_schema_version},
                         {"plan", figures.plan.name},
                         {"seed", figures.plan.seed},
                         {"speed", figures.facts.speed},
                         {"started_at", figures.facts.started_at},
                         {"simulated_s", figures.simulated_s},
                         {"server_version", figures.facts.server_version},
                         {"settings", figures.facts.settings},
                         {"verdict", std::string(to_string(verdict.kind))},
                         {"first_limit", verdict.first_limit},
                         {"invalid_for", verdict.invalid_for},
                         {"remarks", verdict.remarks},
                         {"findings", findings},
                         {"writers", writers},
                         {"database", database_json(figures.database)},
                         {"ledger", ledger}};
    return report.dump(2) + "\n";
}

std::string junit_report(const Figures& figures, const Verdict& verdict) {
    std::size_t failures = 0;
    std::string cases;
    for (const ObjectiveFinding& finding : verdict.findings) {
        cases += fmt::format("  <testcase classname=\"{}\" name=\"{}\">",
                             markup_text(finding.subject),
                             markup_text(finding.objective));
        if (finding.standing == Standing::broken) {
            ++failures;
            cases += fmt::format("<failure message=\"{} {}\">{}</failure>",
                                 markup_text(finding.figure),
                                 markup_text(finding.limit),
                                 markup_text(finding.cause));
        }
        cases += "</testcase>\n";
    }
    for (const std::string& reason : verdict.invalid_for) {
        cases += fmt::format(
            "  <testcase classname=\"measurement\" name=\"valid\"><error "
            "message=\"{}\"/></testcase>\n",
            markup_text(reason));
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n{}"
        "</testsuite>\n",
        markup_text(figures.plan.name),
        verdict.findings.size() + verdict.invalid_for.size(),
        failures,
        verdict.invalid_for.size(),
        cases);
}

}  // namespace tidemark::simulate
