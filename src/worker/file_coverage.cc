#include "worker/file_coverage.h"

#include <map>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

namespace tidemark {

namespace {

class PatternCoverage final : public FileCoverage {
 public:
    explicit PatternCoverage(const std::string& pattern) : pattern_(pattern, RE2::Quiet) {}

    [[nodiscard]] Result<void> check() const {
        if (!pattern_.ok()) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format("covers_pattern '{}': {}", pattern_.pattern(), pattern_.error())};
        }
        for (const char* name : {"year", "month", "day"}) {
            if (!pattern_.NamedCapturingGroups().contains(name)) {
                return Error{ErrorKind::invalid_input,
                             fmt::format("covers_pattern '{}': it has no capture named '{}'; write "
                                         "(?P<{}>[0-9]+)",
                                         pattern_.pattern(),
                                         name,
                                         name)};
            }
        }
        return {};
    }

    [[nodiscard]] Result<SlotRange> covered_by(std::string_view path) const override {
        const std::string_view name = path.substr(path.rfind('/') + 1);
        const auto groups = static_cast<std::size_t>(pattern_.NumberOfCapturingGroups()) + 1;
        std::vector<re2::StringPiece> captures(groups);
        const re2::StringPiece text(name.data(), name.size());
        if (!pattern_.Match(
                text, 0, text.size(), RE2::UNANCHORED, captures.data(), static_cast<int>(groups))) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("file name '{}': covers_pattern '{}' does not match",
                                     name,
                                     pattern_.pattern())};
        }
        const auto capture = [&](const char* group) -> std::string {
            const auto found = pattern_.NamedCapturingGroups().find(group);
            return found == pattern_.NamedCapturingGroups().end()
                       ? std::string()
                       : std::string(captures[static_cast<std::size_t>(found->second)]);
        };
        const std::string day_text =
            capture("year") + "-" + capture("month") + "-" + capture("day");
        Result<UtcDay> day = UtcDay::parse(day_text);
        if (!day.has_value()) {
            return with_context(fmt::format("file name '{}'", name), std::move(day).error());
        }
        return slots_of(*day, capture("hour"), capture("minute"), name);
    }

 private:
    static Result<SlotRange> slots_of(UtcDay day,
                                      const std::string& hour,
                                      const std::string& minute,
                                      std::string_view name) {
        if (hour.empty()) {
            return SlotRange{Slot::of_day(day, 0), Slot::of_day(day.next(), 0)};
        }
        const std::string instant =
            fmt::format("{}T{}:{}Z", day.to_string(), hour, minute.empty() ? "00" : minute);
        for (int index = 0; index < Slot::per_day; ++index) {
            const Slot slot = Slot::of_day(day, index);
            if (slot.to_string() == instant) {
                return SlotRange{slot, minute.empty() ? slot.next().next() : slot.next()};
            }
        }
        return Error{ErrorKind::invalid_input,
                     fmt::format("file name '{}': {} is not a half hour of UTC", name, instant)};
    }

    RE2 pattern_;
};

}  // namespace

Result<std::unique_ptr<FileCoverage>> FileCoverage::make(const std::string& pattern) {
    auto coverage = std::make_unique<PatternCoverage>(pattern);
    TIDEMARK_RETURN_IF_ERROR(coverage->check());
    return std::unique_ptr<FileCoverage>(std::move(coverage));
}

}  // namespace tidemark
