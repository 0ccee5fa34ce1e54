#include "simulate/plan/reading.h"

#include <algorithm>

#include "simulate/plan/duration_text.h"
#include "simulate/plan/identifier_pool.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t any_integer = INT64_MAX;

Error wrong(std::string words) {
    return {ErrorKind::invalid_input, std::move(words)};
}

// What a placeholder of this name is without an entry in `values`.
std::optional<Value> built_in_value(const Plan& plan, const std::string& name) {
    if (plan.find_pool(name) != nullptr) {
        return Value{.kind = ValueKind::pool, .pool = name};
    }
    static const std::map<std::string, ValueKind, std::less<>> kinds = {
        {"utc_date", ValueKind::date},
        {"writer", ValueKind::writer},
        {"run", ValueKind::run},
        {"operation", ValueKind::operation},
        {"planned_at", ValueKind::time}};
    const auto found = kinds.find(name);
    return found == kinds.end() ? std::nullopt : std::optional(Value{.kind = found->second});
}

void read_pool_value(TomlReader& reader, const Plan& plan, Value& value) {
    value.kind = ValueKind::pool;
    reader.read("pool", value.pool);
    if (plan.find_pool(value.pool) != nullptr) {
        return;
    }
    std::vector<std::string_view> known;
    known.reserve(plan.pools.size());
    for (const Pool& pool : plan.pools) {
        known.push_back(pool.name);
    }
    reader.refuse("pool",
                  wrong(fmt::format(
                      "no [pool.{}] in this plan{}", value.pool, did_you_mean(value.pool, known))));
}

void read_range_value(TomlReader& reader, const toml::table& table, Value& value) {
    const bool whole =
        table.get("from")->is_integer() && table.contains("to") && table.get("to")->is_integer();
    if (whole) {
        value.kind = ValueKind::integer;
        reader.read("from", value.least, -any_integer, any_integer);
        reader.read("to", value.most, -any_integer, any_integer);
        reader.read("logarithmic", value.logarithmic);
        if (value.most <= value.least || (value.logarithmic && value.least < 0)) {
            reader.refuse("to",
                          wrong("must be more than `from`, and `from` at least 0 where "
                                "`logarithmic` is set"));
        }
        return;
    }
    value.kind = ValueKind::number;
    reader.read("from", value.number_least, -1e300, 1e300);
    reader.read("to", value.number_most, -1e300, 1e300);
    if (value.number_most <= value.number_least) {
        reader.refuse("to", wrong("must be more than `from`"));
    }
}

Result<Value> read_value_table(const toml::table& table,
                               const std::string& file,
                               const std::string& path,
                               const Plan& plan) {
    TomlReader reader(table, file, path);
    Value value;
    if (reader.has("pool")) {
        read_pool_value(reader, plan, value);
    } else if (reader.has("from")) {
        read_range_value(reader, table, value);
    } else if (reader.has("choice")) {
        value.kind = ValueKind::choice;
        reader.read("choice", value.choices);
        if (value.choices.empty()) {
            reader.refuse("choice", wrong("expected at least one text"));
        }
    } else if (reader.has("date")) {
        value.kind = ValueKind::date;
        reader.read("date", value.least, -100'000, 100'000);
    } else {
        return wrong(fmt::format("{}:{}: '{}' must have one of pool, from and to, choice, date",
                                 file,
                                 table.source().begin.line,
                                 path));
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return value;
}

// The entries of [writer.values]; a bare text or whole number is a constant.
void read_given_values(TomlReader& reader,
                       const toml::table& table,
                       const std::string& plan_file,
                       const Plan& plan,
                       std::map<std::string, Value>& values) {
    TomlReader entries(table, plan_file, reader.path() + ".values");
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        if (const auto* text = node.as_string(); text != nullptr) {
            values[name] = {.kind = ValueKind::constant, .choices = {text->get()}};
        } else if (const auto* number = node.as_integer(); number != nullptr) {
            values[name] = {.kind = ValueKind::constant,
                            .choices = {std::to_string(number->get())}};
        } else if (const toml::table* entry = entries.find_table(key.str()); entry != nullptr) {
            Result<Value> value =
                read_value_table(*entry, plan_file, entries.path() + "." + name, plan);
            if (!value.has_value()) {
                reader.pass_on(value.error());
                return;
            }
            values[name] = *value;
        } else {
            reader.pass_on(entries.finish().error());
            return;
        }
    }
}

}  // namespace

void read_span(
    TomlReader& reader, std::string_view key, Micros& target, Micros least, Micros most) {
    std::string text;
    reader.read(key, text);
    if (!reader.has(key) || reader.failed()) {
        return;
    }
    const Result<Micros> span = parse_duration(text);
    if (!span.has_value()) {
        reader.refuse(key, span.error());
    } else if (*span < least || *span > most) {
        reader.refuse(
            key,
            wrong(fmt::format(
                "'{}' is not from {} to {}", text, duration_text(least), duration_text(most))));
    } else {
        target = *span;
    }
}

void read_size(TomlReader& reader, std::string_view key, std::int64_t& target) {
    std::string text;
    reader.read(key, text);
    if (!reader.has(key) || reader.failed()) {
        return;
    }
    const Result<std::int64_t> bytes = parse_size(text);
    if (bytes.has_value()) {
        target = *bytes;
    } else {
        reader.refuse(key, bytes.error());
    }
}

void read_share(TomlReader& reader, std::string_view key, double& target) {
    reader.read(key, target, 0, 1);
}

void read_statements(TomlReader& reader,
                     const toml::table& table,
                     const std::string& plan_file,
                     const FileReader& read_file,
                     std::string& file,
                     std::vector<Statement>& statements) {
    std::string name;
    std::string text;
    reader.read("sql", name);
    reader.read("statement", text);
    if (reader.has("sql") == reader.has("statement")) {
        reader.refuse("sql",
                      wrong("give either `sql`, the name of a file, or `statement`, the text"));
        return;
    }
    int first_line = 1;
    if (reader.has("sql")) {
        file = name;
        Result<std::string> read = read_file(name);
        if (!read.has_value()) {
            reader.refuse("sql", read.error());
            return;
        }
        text = std::move(read).value();
    } else {
        file = plan_file;
        // A text of several lines begins on the line after its quotes.
        first_line = static_cast<int>(table.get("statement")->source().begin.line);
        first_line +=
            table.get("statement")->source().end.line > table.get("statement")->source().begin.line
                ? 1
                : 0;
    }
    Result<std::vector<Statement>> parsed = parse_statements(text, file, first_line);
    if (!parsed.has_value()) {
        reader.refuse(reader.has("sql") ? "sql" : "statement", parsed.error());
        return;
    }
    statements = std::move(parsed).value();
}

void read_values(TomlReader& reader,
                 const std::string& plan_file,
                 const Plan& plan,
                 const std::string& sql_file,
                 const std::vector<Statement>& statements,
                 std::map<std::string, Value>& values) {
    if (const toml::table* table = reader.find_table("values"); table != nullptr) {
        read_given_values(reader, *table, plan_file, plan, values);
    }
    std::vector<std::string_view> used;
    for (const Statement& statement : statements) {
        for (const std::string& name : statement.parameters) {
            used.push_back(name);
            const std::optional<Value> built_in = built_in_value(plan, name);
            if (!values.contains(name) && built_in.has_value()) {
                values[name] = *built_in;
            }
            if (!values.contains(name)) {
                std::vector<std::string_view> known = {
                    "utc_date", "writer", "run", "operation", "planned_at"};
                for (const auto& [given, value] : values) {
                    known.push_back(given);
                }
                for (const Pool& pool : plan.pools) {
                    known.push_back(pool.name);
                }
                reader.refuse("values",
                              wrong(fmt::format("nothing says what ':{}' of {}:{} is; add it to "
                                                "`values`, or name a pool so{}",
                                                name,
                                                sql_file,
                                                statement.line,
                                                did_you_mean(name, known))));
                return;
            }
        }
    }
    for (const auto& [name, value] : values) {
        if (std::ranges::find(used, name) == used.end()) {
            reader.refuse(
                "values",
                wrong(fmt::format(
                    "no statement of {} has ':{}'{}", sql_file, name, did_you_mean(name, used))));
        }
    }
}

std::string lacking_identifiers(const Plan& plan,
                                const std::map<std::string, Value>& values,
                                std::int64_t rows) {
    for (const auto& [name, value] : values) {
        if (value.kind != ValueKind::pool) {
            continue;
        }
        const Pool* pool = plan.find_pool(value.pool);
        if (pool != nullptr && pool->count < rows) {
            return fmt::format(
                "a run of {} rows needs as many distinct identifiers and "
                "[pool.{}] has {}; set its `count` to {}, or drawing = \"repeated\"",
                rows,
                pool->name,
                pool->count,
                rows);
        }
    }
    return {};
}

}  // namespace tidemark::simulate
