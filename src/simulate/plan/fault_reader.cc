#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "simulate/plan/duration_text.h"
#include "simulate/plan/reading.h"

namespace tidemark::simulate {

namespace {

constexpr Micros nothing{0};
constexpr Micros shortest = std::chrono::milliseconds(1);
constexpr auto all_kinds = {FaultKind::kill,
                            FaultKind::terminate,
                            FaultKind::pause,
                            FaultKind::lock,
                            FaultKind::restart,
                            FaultKind::black_hole,
                            FaultKind::delay,
                            FaultKind::disk_full};

Error wrong(std::string words) {
    return {ErrorKind::invalid_input, std::move(words)};
}

bool is_of_network(FaultKind kind) {
    return kind == FaultKind::black_hole || kind == FaultKind::delay;
}

bool is_of_server(FaultKind kind) {
    return kind == FaultKind::restart || kind == FaultKind::disk_full;
}

bool is_of_writer(FaultKind kind) {
    return kind == FaultKind::kill || kind == FaultKind::terminate || kind == FaultKind::pause;
}

void read_writer_name(TomlReader& reader, const Plan& plan, std::string& name) {
    reader.read("writer", name);
    std::vector<std::string_view> known;
    known.reserve(plan.writers.size());
    for (const Writer& writer : plan.writers) {
        known.push_back(writer.name);
    }
    if (plan.find_writer(name) == nullptr) {
        reader.refuse("writer",
                      wrong(fmt::format("no writer '{}'{}", name, did_you_mean(name, known))));
    }
}

void read_length(TomlReader& reader, const Plan& plan, Micros& lasts) {
    lasts = std::chrono::seconds(5);
    read_span(reader, "lasts", lasts, shortest, plan.duration);
}

void check_server(TomlReader& reader, const Plan& plan, FaultKind kind, std::string_view key) {
    if (is_of_server(kind) && !plan.target.url.empty()) {
        reader.refuse(key,
                      wrong(fmt::format("\"{}\" needs a private PostgreSQL, and [target] has a url",
                                        to_string(kind))));
    }
}

// What can only be full has a size.
void bound_disk(Plan& plan, FaultKind kind) {
    constexpr std::int64_t disk_bytes = 1'000'000'000;
    if (kind == FaultKind::disk_full && plan.target.disk_bytes == 0) {
        plan.target.disk_bytes = disk_bytes;
    }
}

void read_one(TomlReader& reader, const Plan& plan, Fault& fault) {
    read_word<FaultKind>(reader, "kind", fault.kind, all_kinds);
    read_span(reader, "at", fault.at, nothing, plan.duration);
    if (has_length(fault.kind)) {
        read_length(reader, plan, fault.lasts);
    }
    if (is_of_writer(fault.kind) || (is_of_network(fault.kind) && reader.has("writer"))) {
        read_writer_name(reader, plan, fault.writer);
    }
    if (fault.kind == FaultKind::lock) {
        reader.read("table", fault.table);
        if (fault.table.empty()) {
            reader.refuse("table", wrong("is missing; say which table is locked"));
        }
    } else if (fault.kind == FaultKind::black_hole) {
        read_word(reader, "swallows", fault.swallows, {Swallows::all, Swallows::answers});
        read_word(reader, "ends", fault.hole_end, {HoleEnd::resume, HoleEnd::cut});
    } else if (fault.kind == FaultKind::delay) {
        fault.by = std::chrono::milliseconds(100);
        read_span(reader, "by", fault.by, shortest, std::chrono::minutes(1));
    }
    check_server(reader, plan, fault.kind, "kind");
}

std::vector<FaultKind> read_kinds(TomlReader& reader, const Plan& plan) {
    std::vector<std::string> words = {"kill", "terminate", "black_hole"};
    reader.read("among", words);
    std::vector<FaultKind> kinds;
    for (const std::string& word : words) {
        const auto* found = std::ranges::find_if(
            all_kinds, [&word](FaultKind kind) { return to_string(kind) == word; });
        if (found == all_kinds.end()) {
            std::vector<std::string_view> known;
            for (const FaultKind kind : all_kinds) {
                known.push_back(to_string(kind));
            }
            reader.refuse("among",
                          wrong(fmt::format("'{}' is not one of {}{}",
                                            word,
                                            fmt::join(known, ", "),
                                            did_you_mean(word, known))));
            return {};
        }
        check_server(reader, plan, *found, "among");
        kinds.push_back(*found);
    }
    if (kinds.empty()) {
        reader.refuse("among", wrong("expected at least one kind"));
    }
    return kinds;
}

// The tables that the plan's writers write to.
std::vector<std::string> tables_of(const Plan& plan) {
    std::vector<std::string> tables;
    for (const Writer& writer : plan.writers) {
        for (const Statement& statement : writer.statements) {
            if (!statement.table.empty() &&
                std::ranges::find(tables, statement.table) == tables.end()) {
                tables.push_back(statement.table);
            }
        }
    }
    return tables;
}

template <typename T>
const T& draw(RandomStream& random, const std::vector<T>& from) {
    return from[static_cast<std::size_t>(random.below(from.size()))];
}

// One fault of a kind, at its instant, with whatever the kind has left to chance.
Fault draw_fault(RandomStream& random, const Plan& plan, FaultKind kind, const Fault& sample) {
    Fault fault = sample;
    fault.kind = kind;
    // From a tenth of what was said on: short ones end where others go on.
    const double share = 0.1 + 0.9 * random.unit();
    fault.lasts = has_length(kind)
                      ? Micros(std::llround(static_cast<double>(sample.lasts.count()) * share))
                      : nothing;
    if (is_of_writer(kind) && fault.writer.empty()) {
        fault.writer = draw(random, plan.writers).name;
    }
    if (kind == FaultKind::lock) {
        fault.writer.clear();
        fault.table = draw(random, tables_of(plan));
    } else if (kind == FaultKind::black_hole) {
        fault.swallows = random.chance(0.5) ? Swallows::all : Swallows::answers;
        fault.hole_end = random.chance(0.5) ? HoleEnd::resume : HoleEnd::cut;
    } else if (kind == FaultKind::delay) {
        fault.by = std::chrono::milliseconds(1 + static_cast<int>(random.below(200)));
    } else if (is_of_server(kind)) {
        fault.writer.clear();
    }
    return fault;
}

void add_random_faults(TomlReader& reader, Plan& plan) {
    constexpr std::size_t faults_max = 10'000;
    Fault sample;
    Micros every = std::chrono::minutes(1);
    read_span(reader, "at", sample.at, nothing, plan.duration);
    read_span(reader, "every", every, shortest, plan.duration);
    read_length(reader, plan, sample.lasts);
    if (reader.has("writer")) {
        read_writer_name(reader, plan, sample.writer);
    }
    const std::vector<FaultKind> kinds = read_kinds(reader, plan);
    if (std::ranges::find(kinds, FaultKind::lock) != kinds.end() && tables_of(plan).empty()) {
        reader.refuse("among", wrong("\"lock\" needs a writer that writes to a table"));
    }
    if (reader.failed()) {
        return;
    }
    RandomStream random(plan.seed, fmt::format("faults {}", plan.faults.size()));
    while (plan.faults.size() < faults_max) {
        const double gap = -std::log(1 - random.unit()) * static_cast<double>(every.count());
        sample.at += Micros(static_cast<std::int64_t>(gap));
        if (sample.at > plan.duration) {
            return;
        }
        const FaultKind kind = draw(random, kinds);
        bound_disk(plan, kind);
        plan.faults.push_back(draw_fault(random, plan, kind, sample));
    }
    reader.refuse("every", wrong(fmt::format("makes more than {} faults", faults_max)));
}

}  // namespace

Result<void> read_fault(const toml::table& table, Plan& plan) {
    TomlReader reader(table, plan.file, "fault");
    std::string kind;
    if (table.contains("kind") && table.get("kind")->is_string()) {
        reader.read("kind", kind);
    }
    if (kind == "random") {
        add_random_faults(reader, plan);
        return reader.finish();
    }
    if (!reader.has("kind") || !reader.has("at")) {
        reader.refuse(reader.has("kind") ? "at" : "kind", wrong("a fault must have kind and at"));
    }
    Fault fault;
    read_one(reader, plan, fault);
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    bound_disk(plan, fault.kind);
    plan.faults.push_back(fault);
    return {};
}

}  // namespace tidemark::simulate
