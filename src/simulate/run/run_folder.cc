#include "simulate/run/run_folder.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulate/plan/plan_reader.h"

namespace tidemark::simulate {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    TableSample, inserted, updated, hot_updated, removed, live, dead, vacuums)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    Sample, at_us, sums, waiting, tables, blocked, sessions_active, vacuums_running)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunEvent, at_us, until_us, kind, subject, words)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WriterEnd, writer, instance, restarts, cpu_us, last_end)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LedgerFinding, kind, writer, instance, operation, planned_us)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TableStorage, name, rows, table_bytes, index_bytes, leaf_density)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunFacts,
                                   version,
                                   plan_file,
                                   speed,
                                   multiple,
                                   started_at,
                                   ended_us,
                                   interrupted,
                                   private_server,
                                   server_version,
                                   settings,
                                   processors,
                                   own_cpu_us,
                                   own_checkpoints,
                                   writers,
                                   findings,
                                   sequences,
                                   storage)

namespace {

namespace fs = std::filesystem;

Error cannot_write(const fs::path& path) {
    return {
        ErrorKind::unavailable,
        fmt::format(
            "run folder: write '{}': {}", path.string(), std::generic_category().message(errno))};
}

Result<void> write_whole(const fs::path& path, const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    const bool written =
        file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (file == nullptr || (std::fclose(file) != 0) || !written) {
        return cannot_write(path);
    }
    return {};
}

Result<std::string> read_whole(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return Error{
            ErrorKind::not_found,
            fmt::format("run folder: '{}' is not there; name the folder of a run that came "
                        "to its end",
                        path.string())};
    }
    return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

template <typename T>
Result<T> from_json(const std::string& text, const fs::path& path) {
    try {
        return nlohmann::json::parse(text).get<T>();
    } catch (const nlohmann::json::exception& error) {
        return Error{ErrorKind::corrupt,
                     fmt::format("run folder: '{}': {}", path.string(), error.what())};
    }
}

// A line that was being written when the run was killed is left out; one before it is corrupt.
template <typename T>
Result<std::vector<T>> read_lines(const fs::path& path) {
    std::vector<T> values;
    std::ifstream stream(path, std::ios::binary);
    std::string line;
    while (std::getline(stream, line) && !stream.eof()) {
        TIDEMARK_ASSIGN_OR_RETURN(T value, from_json<T>(line, path));
        values.push_back(std::move(value));
    }
    return values;
}

}  // namespace

Result<RunFolder> RunFolder::make(const std::string& path,
                                  const std::string& plan_file,
                                  const std::string& schema_file) {
    std::error_code error;
    if (fs::exists(path) && !fs::is_empty(path, error)) {
        return Error{
            ErrorKind::refused,
            fmt::format("run folder '{}': is there and not empty; name another with --out", path)};
    }
    RunFolder folder(path);
    for (const char* below : {"plan", "ledger"}) {
        fs::create_directories(fs::path(path) / below, error);
        if (error) {
            return Error{ErrorKind::unavailable,
                         fmt::format("run folder '{}': {}", path, error.message())};
        }
    }
    const fs::path source(plan_file);
    std::string replaced;
    if (!schema_file.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(const Plan plan, load_plan(plan_file));
        replaced = plan.target.schema_file;
    }
    const auto copy = [&](const std::string& name) -> Result<void> {
        const bool given = !replaced.empty() && name == replaced;
        TIDEMARK_ASSIGN_OR_RETURN(
            const std::string text,
            read_whole(given ? fs::path(schema_file) : source.parent_path() / name));
        const fs::path target = fs::path(path) / "plan" / name;
        fs::create_directories(target.parent_path(), error);
        return write_whole(target, text);
    };
    TIDEMARK_RETURN_IF_ERROR(copy(source.filename().string()));
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_whole(source));
    Result<void> copied;
    // Reading the plan names every file that belongs to it.
    const Result<Plan> plan =
        parse_plan(text, plan_file, [&](const std::string& name) -> Result<std::string> {
            copied = copied.has_value() ? copy(name) : copied;
            return read_whole(source.parent_path() / name);
        });
    TIDEMARK_RETURN_IF_ERROR(Result<void>(copied));
    if (!plan.has_value()) {
        return plan.error();
    }
    return folder;
}

Result<RunFolder> RunFolder::open(const std::string& path) {
    if (!fs::is_directory(path)) {
        return Error{ErrorKind::not_found, fmt::format("run folder '{}': is not there", path)};
    }
    return RunFolder(path);
}

Error RunFolder::discard(Error reason) const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    return reason;
}

std::string RunFolder::plan_file(const std::string& name) const {
    return (fs::path(path_) / "plan" / name).string();
}

std::string RunFolder::ledger_file(const std::string& writer, std::int64_t instance) const {
    return (fs::path(path_) / "ledger" / fmt::format("{}-{}.bin", writer, instance)).string();
}

Result<void> RunFolder::append_line(const char* name, const std::string& line) const {
    const fs::path path = fs::path(path_) / name;
    std::ofstream stream(path, std::ios::binary | std::ios::app);
    stream << line << '\n';
    stream.flush();
    if (!stream) {
        return cannot_write(path);
    }
    return {};
}

Result<void> RunFolder::add(const Sample& sample) const {
    return append_line("samples.ndjson", nlohmann::json(sample).dump());
}

Result<void> RunFolder::add(const RunEvent& event) const {
    return append_line("events.ndjson", nlohmann::json(event).dump());
}

Result<void> RunFolder::write_text(const std::string& name, const std::string& text) const {
    const fs::path path = fs::path(path_) / name;
    const fs::path beside = path.string() + ".new";
    TIDEMARK_RETURN_IF_ERROR(write_whole(beside, text));
    std::error_code error;
    fs::rename(beside, path, error);
    if (error) {
        return cannot_write(path);
    }
    return {};
}

Result<void> RunFolder::write(const RunFacts& facts) const {
    return write_text("run.json", nlohmann::json(facts).dump(2) + "\n");
}

Result<RunFacts> RunFolder::read_facts() const {
    const fs::path path = fs::path(path_) / "run.json";
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_whole(path));
    TIDEMARK_ASSIGN_OR_RETURN(RunFacts facts, from_json<RunFacts>(text, path));
    if (facts.version != run_folder_version) {
        return Error{ErrorKind::refused,
                     fmt::format("run folder '{}': version {}, and this program reads {}",
                                 path_,
                                 facts.version,
                                 run_folder_version)};
    }
    return facts;
}

Result<std::vector<Sample>> RunFolder::read_samples() const {
    return read_lines<Sample>(fs::path(path_) / "samples.ndjson");
}

Result<std::vector<RunEvent>> RunFolder::read_events() const {
    return read_lines<RunEvent>(fs::path(path_) / "events.ndjson");
}

}  // namespace tidemark::simulate
