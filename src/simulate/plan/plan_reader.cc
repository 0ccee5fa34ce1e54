#include "simulate/plan/plan_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "simulate/plan/duration_text.h"
#include "simulate/plan/identifier_pool.h"
#include "simulate/plan/reading.h"
#include "simulate/plan/trace.h"

namespace tidemark::simulate {

namespace {

constexpr Micros nothing{0};
constexpr Micros longest = std::chrono::days(1000);

Error wrong(std::string words) {
    return {ErrorKind::invalid_input, std::move(words)};
}

void read_start(TomlReader& reader, Plan& plan) {
    std::string start;
    reader.read("start", start);
    if (!reader.has("start") || reader.failed()) {
        return;
    }
    const Result<std::chrono::sys_seconds> instant = parse_instant(start);
    if (instant.has_value()) {
        plan.start = *instant;
    } else {
        reader.refuse("start", instant.error());
    }
}

void read_run_keys(TomlReader& reader, Plan& plan) {
    constexpr std::int64_t seed_max = INT64_MAX;
    reader.read("name", plan.name);
    std::int64_t seed = 1;
    reader.read("seed", seed, 0, seed_max);
    plan.seed = static_cast<std::uint64_t>(seed);
    read_span(reader, "duration", plan.duration, std::chrono::seconds(1), longest);
    read_span(reader, "warm_up", plan.warm_up, nothing, longest);
    if (plan.warm_up >= plan.duration) {
        reader.refuse("warm_up", wrong("leaves nothing of `duration` to judge"));
    }
    read_start(reader, plan);
    std::string dates = "advance";
    reader.read("dates", dates);
    if (dates != "advance" && dates != "stay") {
        reader.refuse("dates", wrong(fmt::format("'{}' is not one of advance, stay", dates)));
    }
    plan.dates_advance = dates == "advance";
    reader.read("speed", plan.speed, 0.01, 100'000);
    std::string ledger = "durable";
    reader.read("ledger", ledger);
    if (ledger != "durable" && ledger != "written") {
        reader.refuse("ledger", wrong(fmt::format("'{}' is not one of durable, written", ledger)));
    }
    plan.durable_ledger = ledger == "durable";
}

// The settings that find the server again are the simulator's own.
bool is_reserved_setting(std::string_view name) {
    return name == "port" || name == "listen_addresses" || name == "unix_socket_directories" ||
           name == "data_directory" || name == "hba_file" || name == "logging_collector";
}

void read_settings(TomlReader& parent, const Plan& plan, Target& target) {
    const toml::table* table = parent.find_table("settings");
    if (table == nullptr) {
        return;
    }
    TomlReader reader(*table, plan.file, "target.settings");
    for (const auto& [key, node] : *table) {
        const std::string name(key.str());
        if (is_reserved_setting(name)) {
            reader.refuse(key.str(), wrong("is the simulator's own; leave it out"));
        } else if (const auto* text = node.as_string(); text != nullptr) {
            target.settings[name] = text->get();
        } else if (const auto* whole = node.as_integer(); whole != nullptr) {
            target.settings[name] = std::to_string(whole->get());
        } else if (const auto* broken = node.as_floating_point(); broken != nullptr) {
            target.settings[name] = fmt::format("{}", broken->get());
        } else if (const auto* flag = node.as_boolean(); flag != nullptr) {
            target.settings[name] = flag->get() ? "on" : "off";
        } else {
            reader.refuse(key.str(), wrong("expected a text, a number, true or false"));
        }
    }
    if (reader.failed()) {
        parent.pass_on(reader.finish().error());
    }
}

// `schema` names a file or several, "tidemark" for Tidemark's own tables; `schema_statements` come
// after them.
void read_schema(TomlReader& reader,
                 const toml::table& table,
                 const FileReader& read_file,
                 Target& target) {
    std::vector<std::string> names(1);
    if (table.contains("schema") && table.get("schema")->is_string()) {
        reader.read("schema", names.front());
    } else {
        names.clear();
        reader.read("schema", names);
    }
    for (const std::string& name : names) {
        if (name == "tidemark") {
            target.schema.push_back({.name = name, .text = {}, .own_tables = true});
            continue;
        }
        Result<std::string> text = read_file(name);
        if (!text.has_value()) {
            reader.refuse("schema", text.error());
            return;
        }
        target.schema.push_back({.name = name, .text = std::move(text).value(), .is_file = true});
    }
    std::string statements;
    reader.read("schema_statements", statements);
    if (!statements.empty()) {
        target.schema.push_back(
            {.name = "[target] schema_statements", .text = std::move(statements)});
    }
}

void read_disk(TomlReader& reader, Target& target) {
    constexpr std::int64_t least_bytes = 200'000'000;  // a new cluster and some WAL
    read_size(reader, "disk", target.disk_bytes);
    if (!reader.has("disk") || reader.failed()) {
        return;
    }
    if (!target.url.empty()) {
        reader.refuse("disk", wrong("is of a private PostgreSQL; a named one keeps its own"));
    } else if (target.disk_bytes < least_bytes) {
        reader.refuse("disk", wrong("is less than 200MB, what an empty PostgreSQL needs"));
    }
}

Result<void> read_target(const toml::table* table, const FileReader& read_file, Plan& plan) {
    if (table == nullptr) {
        return {};
    }
    TomlReader reader(*table, plan.file, "target");
    Target& target = plan.target;
    reader.read("url", target.url);
    read_schema(reader, *table, read_file, target);
    if (!target.url.empty() && !target.url.starts_with("postgresql://") &&
        !target.url.starts_with("postgres://")) {
        reader.refuse("url", wrong("expected postgresql://HOST/DATABASE, or nothing"));
    }
    read_settings(reader, plan, target);
    if (!target.url.empty() && !target.settings.empty()) {
        reader.refuse("settings", wrong("are for a private PostgreSQL; a named one keeps its own"));
    }
    read_span(reader, "rtt", target.rtt, nothing, std::chrono::seconds(10));
    read_disk(reader, target);
    return reader.finish();
}

Result<Pool> read_pool(const toml::table& table, const Plan& plan, const std::string& name) {
    TomlReader reader(table, plan.file, "pool." + name);
    Pool pool{.name = name, .prefix = name + "_"};
    reader.read("prefix", pool.prefix);
    reader.read("width", pool.width, 1, 10);
    reader.read("count", pool.count, 1, 10'000'000);
    read_word(reader, "skew", pool.skew, {Skew::uniform, Skew::zipf});
    reader.read("exponent", pool.exponent, 0.1, 4);
    reader.read("new_per_day", pool.new_per_day, 0, 10'000'000);
    if (!reader.has("count")) {
        reader.refuse("count", wrong("is missing; say how many identifiers there are"));
    }
    if (reader.has("exponent") && pool.skew != Skew::zipf) {
        reader.refuse("exponent", wrong("is for skew = \"zipf\""));
    }
    const std::int64_t at_end = pool_size_at(pool, plan.duration);
    if (at_end > names_of(pool)) {
        reader.refuse(
            "width",
            wrong(fmt::format("{} digits name {} identifiers, and there are {} at the end "
                              "of the run",
                              pool.width,
                              names_of(pool),
                              at_end)));
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return pool;
}

Result<void> read_pools(const toml::table* tables, Plan& plan) {
    if (tables == nullptr) {
        return {};
    }
    TomlReader reader(*tables, plan.file, "pool");
    for (const auto& [key, node] : *tables) {
        const toml::table* table = reader.find_table(key.str());
        if (table == nullptr) {
            return reader.finish();
        }
        TIDEMARK_ASSIGN_OR_RETURN(Pool pool, read_pool(*table, plan, std::string(key.str())));
        plan.pools.push_back(std::move(pool));
    }
    return {};
}

void check_ageing(TomlReader& reader, const Plan& plan, const Prefill& prefill) {
    if (prefill.ageing_rounds > 0 && plan.find_writer(prefill.ageing_writer) == nullptr) {
        std::vector<std::string_view> known;
        known.reserve(plan.writers.size());
        for (const Writer& writer : plan.writers) {
            known.push_back(writer.name);
        }
        reader.refuse("ageing_writer",
                      wrong(fmt::format("no writer '{}'{}",
                                        prefill.ageing_writer,
                                        did_you_mean(prefill.ageing_writer, known))));
    }
}

Result<Prefill> read_prefill(const toml::table& table,
                             const Plan& plan,
                             const FileReader& read_file) {
    TomlReader reader(table, plan.file, "prefill");
    Prefill prefill;
    reader.read("pool", prefill.pool);
    reader.read("days", prefill.days, 1, 36'500);
    if (plan.find_pool(prefill.pool) == nullptr) {
        reader.refuse("pool", wrong(fmt::format("no [pool.{}] in this plan", prefill.pool)));
    }
    if (!reader.has("days")) {
        reader.refuse("days", wrong("is missing; say how many days of history there are"));
    }
    reader.read("ageing_writer", prefill.ageing_writer);
    reader.read("ageing_rounds", prefill.ageing_rounds, 0, 100'000);
    check_ageing(reader, plan, prefill);
    read_statements(reader, table, plan.file, read_file, prefill.sql_file, prefill.statements);
    if (!reader.failed() && (prefill.statements.size() != 1 || !prefill.statements[0].copy)) {
        reader.refuse(reader.has("sql") ? "sql" : "statement",
                      wrong("expected one COPY ... FROM STDIN VALUES (...)"));
    }
    if (!reader.failed()) {
        read_values(reader, plan.file, plan, prefill.sql_file, prefill.statements, prefill.values);
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return prefill;
}

Result<void> read_objectives(const toml::table* table, Plan& plan) {
    if (table == nullptr) {
        return {};
    }
    TomlReader reader(*table, plan.file, "objectives");
    DatabaseObjectives& objectives = plan.objectives;
    read_size(reader, "wal_per_day", objectives.wal_bytes_per_day);
    read_share(reader, "dead_tuple_share", objectives.dead_tuple_share);
    read_share(reader, "hot_share", objectives.hot_share);
    read_share(reader, "lock_wait_share", objectives.lock_wait_share);
    read_share(reader, "full_page_image_share", objectives.full_page_image_share);
    reader.read("deadlocks", objectives.deadlocks, 0, 1'000'000'000);
    return reader.finish();
}

Result<void> read_parts(TomlReader& reader, const FileReader& read_file, Plan& plan) {
    TIDEMARK_RETURN_IF_ERROR(read_target(reader.find_table("target"), read_file, plan));
    TIDEMARK_RETURN_IF_ERROR(read_pools(reader.find_table("pool"), plan));
    for (const toml::table* table : reader.find_tables("writer")) {
        TIDEMARK_ASSIGN_OR_RETURN(Writer writer, read_writer(*table, plan, read_file));
        plan.writers.push_back(std::move(writer));
    }
    for (const toml::table* table : reader.find_tables("prefill")) {
        TIDEMARK_ASSIGN_OR_RETURN(Prefill prefill, read_prefill(*table, plan, read_file));
        plan.prefills.push_back(std::move(prefill));
    }
    TIDEMARK_RETURN_IF_ERROR(read_objectives(reader.find_table("objectives"), plan));
    for (const toml::table* table : reader.find_tables("fault")) {
        TIDEMARK_RETURN_IF_ERROR(read_fault(*table, plan));
    }
    std::ranges::stable_sort(plan.faults, {}, &Fault::at);
    return reader.finish();
}

Result<std::string> read_whole(const std::filesystem::path& name) {
    std::ifstream stream(name, std::ios::binary);
    if (!stream || std::filesystem::is_directory(name)) {
        return Error{ErrorKind::not_found, fmt::format("'{}': cannot be read", name.string())};
    }
    return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

Result<Plan> parse_plan(std::string_view text,
                        const std::string& file,
                        const FileReader& read_file) {
    TIDEMARK_ASSIGN_OR_RETURN(const toml::table root, parse_toml(text, file));
    Plan plan;
    plan.file = file;
    plan.name = std::filesystem::path(file).stem().string();
    TomlReader reader(root, file, "");
    read_run_keys(reader, plan);
    // What a part says of its place comes before what the top says of an unknown key.
    TIDEMARK_RETURN_IF_ERROR(read_parts(reader, read_file, plan));
    if (plan.writers.empty()) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("{}:1: no [[writer]] in this plan, so there is nothing to run", file)};
    }
    return plan;
}

std::string PlanSource::base_name() const {
    return std::filesystem::path(file).filename().string();
}

Result<Plan> parse_plan(const PlanSource& source) {
    return parse_plan(source.text, source.file, source.read_file);
}

Result<PlanSource> read_plan_source(const std::string& path) {
    Result<std::string> text = read_whole(path);
    if (!text.has_value()) {
        return with_context("plan", std::move(text).error());
    }
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    return PlanSource{
        .file = path, .text = std::move(text).value(), .read_file = [=](const std::string& name) {
            return read_whole(folder / name);
        }};
}

Result<PlanSource> with_schema(PlanSource source, const std::string& schema_file) {
    TIDEMARK_ASSIGN_OR_RETURN(const Plan plan, parse_plan(source));
    const auto first = std::ranges::find(plan.target.schema, true, &SchemaPart::is_file);
    if (first == plan.target.schema.end()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: [target] names no schema file that '{}' could stand for; "
                                 "write `schema = \"...\"` instead of schema_statements",
                                 source.file,
                                 schema_file)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::string given, read_whole(schema_file));
    source.read_file =
        [given, replaced = first->name, others = source.read_file](const std::string& name) {
            return name == replaced ? Result<std::string>(given) : others(name);
        };
    return source;
}

Result<Plan> load_plan(const std::string& path) {
    TIDEMARK_ASSIGN_OR_RETURN(const PlanSource source, read_plan_source(path));
    return parse_plan(source);
}

}  // namespace tidemark::simulate
