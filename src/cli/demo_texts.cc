#include "cli/demo_texts.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "report/text_table.h"

namespace tidemark {

namespace {

std::string count_text(std::int64_t count) {
    return with_thousands(std::to_string(count));
}

}  // namespace

DemoCounts count_outcomes(const std::vector<FileOutcome>& outcomes) {
    DemoCounts counts;
    for (const FileOutcome& outcome : outcomes) {
        (outcome.already_stored ? counts.already : counts.stored) += 1;
        if (outcome.aggregation.has_value()) {
            const LineCounts& lines = outcome.aggregation->counts;
            counts.lines += lines.lines;
            counts.accepted += lines.accepted;
            counts.rejected += lines.rejected;
            counts.ignored += lines.ignored;
        }
    }
    return counts;
}

std::string describe(const DemoCounts& counts) {
    if (counts.stored == 0) {
        return fmt::format("all {} files were stored by an earlier run: nothing counted twice",
                           counts.already);
    }
    return fmt::format(
        "{} batches; {} lines: {} accepted, {} rejected, {} ignored{}",
        counts.stored,
        count_text(counts.lines),
        count_text(counts.accepted),
        count_text(counts.rejected),
        count_text(counts.ignored),
        counts.already > 0 ? fmt::format("; {} files were stored before", counts.already) : "");
}

std::string bars_of(const UsageReport& report) {
    constexpr std::array<std::string_view, 9> bars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    Total::Wide largest = 1;
    for (const UsageReportRow& row : report.rows) {
        if (!row.no_data) {
            largest = std::max(largest, row.values.front()->wide());
        }
    }
    std::string text;
    for (const UsageReportRow& row : report.rows) {
        const Total::Wide value = row.no_data ? 0 : row.values.front()->wide();
        text += bars[static_cast<std::size_t>((value * 8 + largest - 1) / largest)];
    }
    return text;
}

std::string program_as_typed() {
    std::error_code code;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", code);
    if (code) {
        return "tidemark";
    }
    const std::filesystem::path nearby = std::filesystem::proximate(program, code);
    const bool below = !code && !nearby.empty() && *nearby.begin() != "..";
    // Without a slash, a shell would look for it along PATH.
    const std::string path = below ? nearby.string() : program.string();
    return quoted(path.find('/') == std::string::npos ? "./" + path : path);
}

std::string quoted(const std::string& text) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:+=@,";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) {
        return text;
    }
    std::string quoted_text = "'";
    for (const char character : text) {
        quoted_text += character == '\'' ? std::string("'\\''") : std::string(1, character);
    }
    return quoted_text + "'";
}

}  // namespace tidemark
