// Any lines in any format: the first byte chooses the format, the rest is a file's lines.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "logs/lines/formats.h"

namespace {

using tidemark::LineKind;

std::unique_ptr<tidemark::LineParser> make_parser(std::string_view format) {
    tidemark::Reading reading;
    reading.format = format;
    if (format == "pattern") {
        reading.pattern = "(?P<time>\\S+) (?P<bytes>\\S+) (?P<url>.*)";
    }
    if (format == "ping") {
        reading.metrics = tidemark::default_metric_rules(tidemark::built_in_datasets()[1]);
    }
    auto parser = tidemark::make_line_parser(reading);
    TIDEMARK_CHECK(parser.has_value());
    return std::move(parser).value();
}

// The engine hands over no NUL, no invalid UTF-8 and 64 readable bytes behind the line; only the
// first and the last of these can be kept here, and the parsers must bear the rest.
void parse_line(tidemark::LineParser& parser, std::string_view line, bool first_line) {
    constexpr std::size_t padding = 64;
    const std::size_t size = line.size();
    const std::unique_ptr<char[]> room = std::make_unique<char[]>(size + padding);
    line.copy(room.get(), size);
    std::fill_n(room.get() + size, padding, '"');
    const std::string_view copy(room.get(), size);
    tidemark::LogRecord record;
    if (first_line || copy.starts_with('#')) {
        parser.take_directive(copy, first_line);
    }
    if (parser.parse(copy, record).kind != LineKind::record) {
        return;
    }
    TIDEMARK_CHECK(record.bytes >= 0);
    for (const char* const rule : {"path:1", "host", "query:aid", "pattern:/(a*)"}) {
        bool malformed = false;
        const auto parsed = tidemark::SubjectRule::parse(rule);
        const auto finder = tidemark::SubjectFinder::make(*parsed);
        TIDEMARK_CHECK((*finder)->find(record, malformed).size() <= 3 * size + 16);
    }
}

}  // namespace

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const auto names = tidemark::format_names();
    if (size == 0) {
        return 0;
    }
    const std::unique_ptr<tidemark::LineParser> parser =
        make_parser(names[input[0] % names.size()]);
    std::string text(reinterpret_cast<const char*>(input) + 1, size - 1);
    std::erase(text, '\0');
    std::string_view rest = text;
    for (bool first_line = true; !rest.empty(); first_line = false) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (end > 0) {
            parse_line(*parser, rest.substr(0, end), first_line);
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return 0;
}
