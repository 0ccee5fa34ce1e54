#include <algorithm>
#include <cmath>

#include "simulate/plan/cron.h"
#include "simulate/plan/reading.h"
#include "simulate/plan/trace.h"

namespace tidemark::simulate {

namespace {

constexpr Micros nothing{0};
constexpr Micros shortest = std::chrono::microseconds(1);
constexpr Micros longest = std::chrono::days(1000);

Error wrong(std::string words) {
    return {ErrorKind::invalid_input, std::move(words)};
}

bool is_batch(WriterKind kind) {
    return kind == WriterKind::batch || kind == WriterKind::copy;
}

void read_trace(TomlReader& reader, const FileReader& read_file, Writer& writer) {
    std::string file;
    std::string name = writer.name;
    reader.read("trace", file);
    reader.read("trace_writer", name);
    const Result<std::string> text = read_file(file);
    if (!text.has_value()) {
        reader.refuse("trace", text.error());
        return;
    }
    Result<std::vector<TracedRun>> trace = parse_trace(*text, file, name);
    if (!trace.has_value()) {
        reader.refuse("trace", trace.error());
        return;
    }
    writer.trace = std::move(trace).value();
}

void read_runs_per_hour(TomlReader& reader, Writer& writer) {
    double runs_per_hour = 0;
    reader.read("runs_per_hour", runs_per_hour, 0.001, 3'600'000);
    if (runs_per_hour > 0) {
        writer.every = Micros(std::llround(3.6e9 / runs_per_hour));
    }
    if (!is_batch(writer.kind)) {
        reader.refuse("runs_per_hour", wrong("is for kind \"batch\" and \"copy\"; use `every`"));
    }
}

// When runs start: exactly one of every, runs_per_hour, cron and trace.
void read_starts(TomlReader& reader, const FileReader& read_file, Writer& writer) {
    int given = 0;
    for (const char* key : {"every", "runs_per_hour", "cron", "trace"}) {
        given += reader.has(key) ? 1 : 0;
    }
    if (given != 1) {
        reader.refuse(given == 0 ? "every" : (reader.has("cron") ? "cron" : "every"),
                      wrong(fmt::format("writer '{}' must have exactly one of every, "
                                        "runs_per_hour, cron and trace",
                                        writer.name)));
        return;
    }
    read_span(reader, "every", writer.every, shortest, longest);
    if (reader.has("runs_per_hour")) {
        read_runs_per_hour(reader, writer);
    }
    reader.read("cron", writer.cron);
    if (reader.has("cron")) {
        if (const Result<Cron> cron = Cron::parse(writer.cron); !cron.has_value()) {
            reader.refuse("cron", cron.error());
        }
    }
    if (reader.has("trace")) {
        read_trace(reader, read_file, writer);
    }
    read_span(reader, "phase", writer.phase, nothing, longest);
    read_span(reader, "jitter", writer.jitter, nothing, longest);
    read_word(reader, "arrival", writer.arrival, {Arrival::regular, Arrival::poisson});
    reader.read("staggered", writer.staggered);
    if (writer.every == nothing && (writer.arrival == Arrival::poisson || writer.staggered)) {
        reader.refuse(writer.staggered ? "staggered" : "arrival",
                      wrong("needs `every` or `runs_per_hour`: cron and trace say the times"));
    }
}

void read_rows(TomlReader& reader, Writer& writer) {
    constexpr std::int64_t rows_most = 100'000'000;
    if (reader.has("trace") && reader.has("rows")) {
        reader.refuse("rows", wrong("comes from the trace; leave it out"));
    }
    reader.read("rows", writer.rows, 1, rows_most);
    reader.read("transaction_rows", writer.transaction_rows, 0, rows_most);
    writer.statement_rows = writer.kind == WriterKind::reads ? 1 : 0;
    reader.read("statement_rows", writer.statement_rows, 0, rows_most);
    const std::int64_t rows = writer.rows_max();
    if (writer.transaction_rows > rows) {
        reader.refuse("transaction_rows",
                      wrong(fmt::format("is more than the run's {} rows", rows)));
    }
    const std::int64_t of_transaction =
        writer.transaction_rows == 0 ? rows : writer.transaction_rows;
    if (writer.statement_rows > of_transaction) {
        reader.refuse("statement_rows",
                      wrong(fmt::format("is more than the transaction's {} rows", of_transaction)));
    }
    read_word(reader, "order", writer.order, {RowOrder::sorted, RowOrder::random});
    read_word(reader, "drawing", writer.drawing, {Drawing::distinct, Drawing::repeated});
    read_share(reader, "late_share", writer.late_share);
    reader.read("late_days_max", writer.late_days_max, 1, 10'000);
}

// What a run is measured by when the plan does not say: it is done before the next one is due.
Micros default_deadline(const Writer& writer) {
    if (writer.kind == WriterKind::reads) {
        return nothing;  // a query has its response to be judged by
    }
    if (writer.every > nothing) {
        return std::max<Micros>(writer.every, writer.spread);
    }
    return std::max<Micros>(std::chrono::minutes(30), writer.spread);
}

void read_run_limits(TomlReader& reader, Writer& writer) {
    read_span(reader, "spread", writer.spread, nothing, longest);
    writer.deadline = default_deadline(writer);
    read_span(reader, "deadline", writer.deadline, shortest, longest);
    read_word(reader, "overlap", writer.overlap, {Overlap::skip, Overlap::queue, Overlap::allow});
    if (writer.spread > nothing && !is_batch(writer.kind)) {
        reader.refuse("spread", wrong("is for kind \"batch\" and \"copy\""));
    }
    if (writer.spread > nothing && writer.transaction_rows == 0) {
        reader.refuse("spread",
                      wrong("needs `transaction_rows`: one transaction cannot be spread"));
    }
    if (writer.deadline < writer.spread) {
        reader.refuse("deadline", wrong("is shorter than `spread`: every run would miss it"));
    }
    if (writer.overlap == Overlap::allow && writer.connections < 2) {
        reader.refuse("overlap",
                      wrong("\"allow\" needs `connections` of at least 2: one connection does one "
                            "run at a time"));
    }
}

void check_state(TomlReader& reader, const std::string& state) {
    const bool alphanumeric = std::ranges::all_of(state, [](char character) {
        return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z');
    });
    if (!alphanumeric || (state.size() != 5 && state.size() != 2)) {
        reader.refuse("states",
                      wrong(fmt::format(
                          "'{}' is no SQLSTATE of five characters, nor a class of two", state)));
    }
}

void read_retry(TomlReader& parent, const std::string& file, RetryPolicy& retry) {
    const toml::table* table = parent.find_table("retry");
    if (table == nullptr) {
        return;
    }
    TomlReader reader(*table, file, parent.path() + ".retry");
    reader.read("states", retry.states);
    for (const std::string& state : retry.states) {
        check_state(reader, state);
    }
    reader.read("attempts_max", retry.attempts_max, 1, 1000);
    read_span(reader, "backoff", retry.backoff, nothing, longest);
    read_span(reader, "backoff_max", retry.backoff_max, nothing, longest);
    read_word(
        reader, "ambiguous", retry.ambiguous, {AmbiguousCommit::resolve, AmbiguousCommit::retry});
    if (retry.backoff_max < retry.backoff) {
        reader.refuse("backoff_max", wrong("is less than `backoff`"));
    }
    if (const Result<void> finished = reader.finish(); !finished.has_value()) {
        parent.pass_on(finished.error());
    }
}

void read_objectives(TomlReader& parent, const std::string& file, Writer& writer) {
    writer.objectives.p99 =
        is_batch(writer.kind) ? writer.deadline : Micros(std::chrono::seconds(1));
    const toml::table* table = parent.find_table("objectives");
    if (table == nullptr) {
        return;
    }
    TomlReader reader(*table, file, parent.path() + ".objectives");
    read_span(reader, "p99", writer.objectives.p99, shortest, longest);
    read_share(reader, "deadline_miss_share", writer.objectives.deadline_miss_share);
    read_share(reader, "error_share", writer.objectives.error_share);
    if (const Result<void> finished = reader.finish(); !finished.has_value()) {
        parent.pass_on(finished.error());
    }
}

void check_statements(TomlReader& reader, const Plan& plan, const Writer& writer) {
    const std::string_view key = reader.has("sql") ? "sql" : "statement";
    bool copies = false;
    for (const Statement& statement : writer.statements) {
        copies = copies || statement.copy;
        if (writer.kind == WriterKind::reads && statement.effect != Effect::select) {
            reader.refuse(key,
                          wrong(fmt::format("{}:{} is no query, and kind \"reads\" only reads",
                                            writer.sql_file,
                                            statement.line)));
        }
    }
    if (writer.kind == WriterKind::copy && !copies && !writer.statements.empty()) {
        reader.refuse(key, wrong("kind \"copy\" needs a COPY ... FROM STDIN VALUES (...)"));
    }
    if (writer.drawing == Drawing::distinct) {
        const std::string lacking = lacking_identifiers(plan, writer.values, writer.rows_max());
        if (!lacking.empty()) {
            reader.refuse("rows", wrong(lacking));
        }
    }
}

// What is sent without BEGIN and COMMIT has to be one statement.
void check_autocommit(TomlReader& reader, const Writer& writer) {
    const std::int64_t rows =
        writer.transaction_rows == 0 ? writer.rows_max() : writer.transaction_rows;
    const bool whole = writer.statement_rows == 0 || writer.statement_rows >= rows;
    const char* why = nullptr;
    if (writer.kind == WriterKind::copy || writer.kind == WriterKind::reads) {
        why = "is for kind \"stream\" and \"batch\"";
    } else if (writer.statements.size() != 1 || !whole) {
        why =
            "needs transactions of one statement: one in `sql`, and `statement_rows` 0 or as "
            "many as `transaction_rows`";
    } else if (writer.isolation != Isolation::read_committed) {
        why = "and `isolation` cannot go together: there is no BEGIN to say it in";
    }
    if (writer.autocommit && why != nullptr) {
        reader.refuse("autocommit", wrong(why));
    }
}

// `marker = "cdn_batch.batch"`: the rows whose column has the transaction's :operation.
std::string marker_query(TomlReader& reader, const std::string& marker) {
    const std::size_t dot = marker.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == marker.size()) {
        reader.refuse(
            "marker",
            wrong(fmt::format("'{}': expected TABLE.COLUMN, as in cdn_batch.batch", marker)));
        return {};
    }
    return fmt::format("select {0}, count(*) from {1} group by {0}",
                       marker.substr(dot + 1),
                       marker.substr(0, dot));
}

void check_verify(TomlReader& reader, const Writer& writer) {
    const Verify& verify = writer.verify;
    if (writer.kind == WriterKind::reads) {
        reader.refuse("query", wrong("kind \"reads\" writes nothing that could be verified"));
    }
    if (reader.has("query") && reader.has("marker")) {
        reader.refuse("marker", wrong("give either `query` or `marker`"));
    }
    if (verify.query.empty() && verify.total.empty() && !verify.repeatable) {
        reader.refuse("query", wrong("give one of query, marker, total and repeatable"));
    }
    if (reader.has("rows") && verify.query.empty()) {
        reader.refuse("rows", wrong("belongs to `query` or `marker`"));
    }
    if (reader.has("of") && verify.total.empty()) {
        reader.refuse("of", wrong("belongs to `total`"));
    }
    const auto value = writer.values.find(verify.of);
    if (!verify.of.empty() &&
        (value == writer.values.end() || value->second.kind != ValueKind::integer)) {
        reader.refuse("of",
                      wrong(fmt::format("'{}' is no placeholder of this writer with whole numbers "
                                        "in `values`",
                                        verify.of)));
    }
}

void read_verify(TomlReader& parent, const std::string& file, Writer& writer) {
    const toml::table* table = parent.find_table("verify");
    if (table == nullptr) {
        return;
    }
    TomlReader reader(*table, file, parent.path() + ".verify");
    std::string marker;
    reader.read("query", writer.verify.query);
    reader.read("marker", marker);
    if (reader.has("marker") && !reader.failed()) {
        writer.verify.query = marker_query(reader, marker);
    }
    reader.read("rows", writer.verify.rows, 1, 100'000'000);
    reader.read("total", writer.verify.total);
    reader.read("of", writer.verify.of);
    reader.read("repeatable", writer.verify.repeatable);
    check_verify(reader, writer);
    if (const Result<void> finished = reader.finish(); !finished.has_value()) {
        parent.pass_on(finished.error());
    }
}

void check_name(TomlReader& reader, const Plan& plan, const std::string& name) {
    const bool plain = std::ranges::all_of(name, [](char character) {
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
               character == '_';
    });
    if (!plain || name.empty() || name.size() > 40) {
        reader.refuse("name",
                      wrong(fmt::format("'{}': expected 1 to 40 of a-z, 0-9 and _: it becomes the "
                                        "application_name and a file's name",
                                        name)));
    }
    if (plan.find_writer(name) != nullptr) {
        reader.refuse("name", wrong(fmt::format("there are two writers '{}'", name)));
    }
}

}  // namespace

Result<Writer> read_writer(const toml::table& table,
                           const Plan& plan,
                           const FileReader& read_file) {
    TomlReader reader(table, plan.file, "writer");
    Writer writer;
    writer.line = static_cast<int>(table.source().begin.line);
    reader.read("name", writer.name);
    check_name(reader, plan, writer.name);
    reader.read("service", writer.service);
    if (!reader.has("kind")) {
        reader.refuse("kind", wrong("expected stream, batch, copy or reads"));
    }
    read_word(reader,
              "kind",
              writer.kind,
              {WriterKind::stream, WriterKind::batch, WriterKind::copy, WriterKind::reads});
    reader.read("instances", writer.instances, 1, 1000);
    reader.read("connections", writer.connections, 1, 1000);
    read_starts(reader, read_file, writer);
    read_rows(reader, writer);
    read_run_limits(reader, writer);
    read_word(reader,
              "isolation",
              writer.isolation,
              {Isolation::read_committed, Isolation::repeatable_read, Isolation::serializable});
    reader.read("autocommit", writer.autocommit);
    read_retry(reader, plan.file, writer.retry);
    reader.read("restarts_max", writer.restarts_max, 0, 1'000'000);
    read_span(reader, "restart_after", writer.restart_after, nothing, longest);
    read_objectives(reader, plan.file, writer);
    read_statements(reader, table, plan.file, read_file, writer.sql_file, writer.statements);
    if (!reader.failed()) {
        read_values(reader, plan.file, plan, writer.sql_file, writer.statements, writer.values);
    } else {
        reader.find_table("values");
    }
    check_statements(reader, plan, writer);
    if (!reader.failed()) {
        check_autocommit(reader, writer);
    }
    read_verify(reader, plan.file, writer);
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return writer;
}

}  // namespace tidemark::simulate
