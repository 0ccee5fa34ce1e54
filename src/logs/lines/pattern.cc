#include "logs/lines/pattern.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "logs/lines/columns.h"
#include "logs/lines/record_filler.h"

namespace tidemark {

namespace {

constexpr int captures_max = 31;

std::vector<RoleNames> default_names() {
    return {{Role::time, {"time"}},
            {Role::date, {"date"}},
            {Role::bytes, {"bytes"}},
            {Role::status, {"status"}},
            {Role::method, {"method"}},
            {Role::url, {"url"}},
            {Role::query, {"query"}},
            {Role::host, {"host"}}};
}

class PatternParser final : public LineParser {
 public:
    // RE2 is safe to share between threads; clones share it.
    PatternParser(std::shared_ptr<const re2::RE2> pattern,
                  Columns columns,
                  const RecordFiller& filler)
        : pattern_(std::move(pattern)), columns_(columns), filler_(filler) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<PatternParser>(pattern_, columns_, filler_);
    }

    [[nodiscard]] bool has_directives() const override { return false; }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        if (line.empty()) {
            return LineVerdict::comment();
        }
        const re2::StringPiece text(line.data(), line.size());
        std::array<re2::StringPiece, captures_max + 1> found;
        const int wanted = static_cast<int>(columns_.needed()) + 1;
        if (!pattern_->Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH, found.data(), wanted)) {
            return line[0] == '#' ? LineVerdict::comment()
                                  : LineVerdict::rejected(RejectReason::malformed);
        }
        std::array<std::string_view, captures_max> captures;
        for (std::size_t place = 0; place < columns_.needed(); ++place) {
            captures[place] = {found[place + 1].data(), found[place + 1].size()};
        }
        RoleTexts roles;
        columns_.pick(captures.data(), roles);
        return filler_.fill(roles, record);
    }

 private:
    std::shared_ptr<const re2::RE2> pattern_;
    Columns columns_;
    RecordFiller filler_;
};

Error wrong_pattern(std::string_view pattern, std::string_view why) {
    return Error{ErrorKind::invalid_input, fmt::format("pattern '{}': {}", pattern, why)};
}

}  // namespace

Result<std::unique_ptr<LineParser>> make_pattern_parser(const Reading& reading) {
    if (reading.pattern.empty()) {
        return Error{ErrorKind::invalid_input,
                     "format 'pattern': no pattern is given; write one with named captures, like "
                     "(?P<time>\\S+) (?P<bytes>\\d+) (?P<url>\\S+)"};
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto pattern = std::make_shared<const re2::RE2>(reading.pattern, options);
    if (!pattern->ok()) {
        return wrong_pattern(reading.pattern, pattern->error());
    }
    const int captures = pattern->NumberOfCapturingGroups();
    if (captures > captures_max) {
        return wrong_pattern(reading.pattern,
                             fmt::format("{} captures: at most {}", captures, captures_max));
    }
    // Captures are the columns of such a line, in their order; some may have no name.
    Reading named = reading;
    named.layout.assign(static_cast<std::size_t>(captures), std::string());
    for (const auto& [name, number] : pattern->NamedCapturingGroups()) {
        named.layout[static_cast<std::size_t>(number) - 1] = name;
    }
    const Result<Columns> columns =
        configured_columns(named, wanted_names(reading, default_names()));
    if (!columns.has_value()) {
        return with_context(fmt::format("pattern '{}'", reading.pattern), columns.error());
    }
    TIDEMARK_ASSIGN_OR_RETURN(const RecordFiller filler,
                              RecordFiller::make(reading, StatusForm::number));
    return std::make_unique<PatternParser>(std::move(pattern), *columns, filler);
}

}  // namespace tidemark
