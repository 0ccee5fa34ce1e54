#include "end_to_end/file_ledger.h"

#include <bit>
#include <fstream>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"

namespace tidemark::test {

namespace {

constexpr int group_size = 40;
constexpr int filling_subjects = 400;

std::string line(std::string_view day,
                 int half_hour,
                 std::string_view subject,
                 std::int64_t bytes) {
    return fmt::format(
        "192.0.2.7 - - [{}/Mar/2024:{:02}:{:02}:59 +0000] \"GET /{}/seg.ts HTTP/1.1\" 200 {} \"-\" "
        "\"-\"\n",
        day,
        half_hour / 2,
        half_hour % 2 * 30 + 29,
        subject,
        bytes);
}

std::string subject_of(int group, char which) {
    return fmt::format("g{}{}", group, which);
}

struct Cells {
    std::vector<std::uint64_t> bits;
    std::vector<std::int64_t> requests;
};

Result<std::map<std::string, Cells>> cells_of(const std::string& usage_json) {
    const nlohmann::json answer = nlohmann::json::parse(usage_json, nullptr, false);
    if (answer.is_discarded() || !answer.contains("rows")) {
        return Error{ErrorKind::corrupt, "no usage in JSON: " + usage_json};
    }
    std::map<std::string, Cells> groups;
    for (const nlohmann::json& row : answer["rows"]) {
        const std::string subject = row["subject"];
        Cells& cells = groups[subject.substr(0, subject.size() - 1)];
        const bool no_data = row.value("no_data", false);
        cells.bits.push_back(no_data ? 0 : row["bytes_streamed"].get<std::uint64_t>());
        cells.requests.push_back(no_data ? 0 : row["requests"].get<std::int64_t>());
    }
    return groups;
}

}  // namespace

int FileLedger::write_file() {
    int file = 0;
    {
        const std::lock_guard lock(mutex_);
        file = handed_over_++;
    }
    const int group = file / group_size;
    const std::int64_t bytes = std::int64_t{1} << (file % group_size);
    std::string text;
    for (int i = 0; i < filling_; ++i) {
        // Every file differs in its filling, as logs do.
        const std::string subject = fmt::format("f{}", (i * 7 + file) % filling_subjects);
        text += line(i % 2 == 0 ? "01" : "02", (i + file) % 48, subject, i);
    }
    for (const std::string_view day : {"01", "02"}) {
        for (const char which : {'a', 'b'}) {
            text += line(day, file % 48, subject_of(group, which), bytes);
        }
    }
    std::ofstream output(path(file), std::ios::binary);
    output << text;
    output.close();
    TIDEMARK_CHECK(!output.fail());
    return file;
}

std::string FileLedger::path(int file) const {
    return (folder_ / fmt::format("access-{}.log", file)).string();
}

int FileLedger::handed_over() const {
    const std::lock_guard lock(mutex_);
    return handed_over_;
}

void FileLedger::acknowledge(int file) {
    const std::lock_guard lock(mutex_);
    acknowledged_.insert(file);
}

void FileLedger::acknowledge(const FileSet& files) {
    const std::lock_guard lock(mutex_);
    acknowledged_.insert(files.begin(), files.end());
}

FileSet FileLedger::acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
}

FileSet FileLedger::acknowledged_by(const std::string& errors) const {
    FileSet files;
    for (int file = 0; file < handed_over(); ++file) {
        if (errors.find(path(file) + ": batch ") != std::string::npos ||
            errors.find(path(file) + ": already stored") != std::string::npos) {
            files.insert(file);
        }
    }
    return files;
}

const std::vector<std::string>& FileLedger::days() {
    static const std::vector<std::string> arguments = {
        "--from", "2024-03-01", "--to", "2024-03-03", "--format", "json"};
    return arguments;
}

std::vector<std::string> FileLedger::usage_arguments() const {
    std::vector<std::string> arguments = {"usage", "--dataset", "cdn", "--by", "day"};
    arguments.insert(arguments.end(), days().begin(), days().end());
    for (int group = 0; group <= (handed_over() - 1) / group_size; ++group) {
        for (const char which : {'a', 'b'}) {
            arguments.insert(arguments.end(), {"--subject", subject_of(group, which)});
        }
    }
    return arguments;
}

Result<FileSet> FileLedger::files_of(const std::string& usage_json) {
    TIDEMARK_ASSIGN_OR_RETURN(const auto groups, cells_of(usage_json));
    FileSet files;
    for (const auto& [name, cells] : groups) {
        const std::uint64_t bits = cells.bits.front();
        for (std::size_t cell = 0; cell < cells.bits.size(); ++cell) {
            if (cells.bits.size() != 4 || cells.bits[cell] != bits ||
                cells.requests[cell] != std::popcount(bits) || bits >> group_size != 0) {
                return Error{ErrorKind::corrupt,
                             "no set of whole files on " + name + ": " + usage_json};
            }
        }
        const int group = std::stoi(name.substr(1));
        for (int bit = 0; bit < group_size; ++bit) {
            if ((bits >> bit & 1) != 0) {
                files.insert(group * group_size + bit);
            }
        }
    }
    return files;
}

std::pair<std::int64_t, std::int64_t> FileLedger::total_of_all() const {
    const int count = handed_over();
    std::int64_t bytes = std::int64_t{count} * filling_ * (filling_ - 1) / 2;
    for (int file = 0; file < count; ++file) {
        bytes += std::int64_t{4} << (file % group_size);
    }
    return {bytes, std::int64_t{count} * (filling_ + 4)};
}

std::vector<std::string> FileLedger::aggregate_arguments(const std::vector<int>& files) const {
    std::vector<std::string> arguments = {
        "aggregate", "--feed", "edge", "--format", "combined", "--subject", "path:1"};
    for (const int file : files) {
        arguments.push_back(path(file));
    }
    return arguments;
}

std::string to_string(const FileSet& files) {
    return std::accumulate(
        files.begin(), files.end(), std::string(), [](std::string text, int file) {
            return std::move(text) + " " + std::to_string(file);
        });
}

}  // namespace tidemark::test
