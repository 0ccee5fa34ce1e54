#include "rows/row_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"
#include "logs/line_text.h"
#include "logs/lines/json_values.h"
#include "logs/lines/time_text.h"
#include "rows/csv_line.h"

namespace tidemark {

namespace {

constexpr std::size_t subject_length_max = 512;

// The texts of one row, by their meaning.
struct RowTexts {
    std::string_view subject{};
    std::string_view date{};  // of the two only one is there
    std::string_view slot{};
    std::array<std::string_view, Dataset::metrics_max> values{};
};

std::optional<std::int64_t> parse_value(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) {
        return std::nullopt;
    }
    return value;
}

// Texts into a row; shared by both forms of a file.
class RowReader {
 public:
    explicit RowReader(std::size_t metric_count)
        : values_(metric_count), times_(TimeText::make("UTC").value()) {}

    std::variant<ParsedRow, RejectReason> read(const RowTexts& texts) {
        if (texts.subject.empty()) {
            return RejectReason::no_subject;
        }
        if (texts.subject.size() > subject_length_max) {
            return RejectReason::bad_subject;
        }
        const std::optional<Slot> slot = texts.slot.empty()   ? first_slot(texts.date)
                                         : texts.date.empty() ? parse_slot(texts.slot)
                                                              : std::nullopt;
        if (!slot.has_value()) {
            return RejectReason::bad_time;
        }
        for (std::size_t metric = 0; metric < values_.size(); ++metric) {
            const std::optional<std::int64_t> value = parse_value(texts.values[metric]);
            if (!value.has_value()) {
                return RejectReason::bad_value;
            }
            values_[metric] = *value;
        }
        return ParsedRow{.row = {.subject = texts.subject, .slot = *slot, .values = values_},
                         .day_grained = texts.slot.empty()};
    }

 private:
    static std::optional<Slot> first_slot(std::string_view date) {
        const Result<UtcDay> day = UtcDay::parse(date);
        return day.has_value() ? std::optional(Slot::of_day(*day, 0)) : std::nullopt;
    }

    std::optional<Slot> parse_slot(std::string_view text) {
        // "2026-11-01T10:30Z", as slots are written everywhere here; the rest as in logs.
        constexpr std::size_t without_seconds = 17;
        std::string whole(text);
        if (text.size() == without_seconds && text.ends_with('Z')) {
            whole.insert(whole.size() - 1, ":00");
        }
        const auto instant = times_.parse(whole);
        if (!instant.has_value() || Slot::containing(*instant).begin() != *instant) {
            return std::nullopt;
        }
        return Slot::containing(*instant);
    }

    std::vector<std::int64_t> values_;
    TimeText times_;
};

// Which text of a row a column holds.
struct ColumnPlace {
    std::string_view RowTexts::*text = nullptr;  // null: a metric
    std::size_t metric = 0;
};

void put(RowTexts& texts, const ColumnPlace& place, std::string_view text) {
    if (place.text != nullptr) {
        texts.*place.text = text;
    } else {
        texts.values[place.metric] = text;
    }
}

std::optional<ColumnPlace> place_of(const Dataset& dataset, std::string_view column) {
    if (const auto metric = dataset.find_metric(column); metric.has_value()) {
        return ColumnPlace{.text = nullptr, .metric = *metric};
    }
    if (column == dataset.subject() || column == "subject") {
        return ColumnPlace{.text = &RowTexts::subject};
    }
    if (column == "date") {
        return ColumnPlace{.text = &RowTexts::date};
    }
    return column == "slot" ? std::optional(ColumnPlace{.text = &RowTexts::slot}) : std::nullopt;
}

Error wrong_header(std::string message) {
    return {ErrorKind::invalid_input, "header: " + std::move(message)};
}

// Every column known and there once; the subject, a day or a slot, and every metric among them.
Result<std::vector<ColumnPlace>> read_header(const std::vector<std::string_view>& columns,
                                             const Dataset& dataset) {
    std::vector<std::string_view> known = {dataset.subject(), "date", "slot"};
    known.insert(known.end(), dataset.metrics().begin(), dataset.metrics().end());
    std::vector<ColumnPlace> places;
    RowTexts seen;
    for (const std::string_view column : columns) {
        const std::optional<ColumnPlace> place = place_of(dataset, column);
        if (!place.has_value()) {
            return wrong_header(fmt::format("unknown column '{}'{}; expected {}",
                                            column,
                                            did_you_mean(column, known),
                                            fmt::join(known, ", ")));
        }
        const std::string_view before =
            place->text != nullptr ? seen.*place->text : seen.values[place->metric];
        if (!before.empty()) {
            return wrong_header(fmt::format("column '{}' stands there twice", column));
        }
        put(seen, *place, column);
        places.push_back(*place);
    }
    if (seen.subject.empty()) {
        return wrong_header(fmt::format("no column '{}'", dataset.subject()));
    }
    if (seen.date.empty() == seen.slot.empty()) {
        return wrong_header("expected one of the columns 'date' and 'slot'");
    }
    for (std::size_t metric = 0; metric < dataset.metrics().size(); ++metric) {
        if (seen.values[metric].empty()) {
            return wrong_header(fmt::format("no column '{}'", dataset.metrics()[metric]));
        }
    }
    return places;
}

class CsvParser final : public RowParser {
 public:
    CsvParser(std::vector<ColumnPlace> places, std::size_t metric_count)
        : places_(std::move(places)), reader_(metric_count) {}

    std::variant<ParsedRow, RejectReason> parse(std::string_view line) override {
        if (const auto reason = unreadable(line); reason.has_value()) {
            return *reason;
        }
        const auto fields = line_.cut(line);
        if (!fields.has_value() || fields->size() != places_.size()) {
            return RejectReason::malformed;
        }
        RowTexts texts;
        for (std::size_t column = 0; column < places_.size(); ++column) {
            put(texts, places_[column], (*fields)[column]);
        }
        return reader_.read(texts);
    }

 private:
    std::vector<ColumnPlace> places_;
    CsvLine line_;
    RowReader reader_;
};

class JsonParser final : public RowParser {
 public:
    explicit JsonParser(const Dataset& dataset)
        : values_(paths_of(dataset)),
          texts_(values_.paths().size()),
          metric_count_(dataset.metrics().size()),
          reader_(metric_count_) {}

    std::variant<ParsedRow, RejectReason> parse(std::string_view line) override {
        if (const auto reason = unreadable(line); reason.has_value()) {
            return *reason;
        }
        switch (values_.read(line, texts_)) {
            case JsonValues::Outcome::malformed:
                return RejectReason::malformed;
            case JsonValues::Outcome::nul_byte:
                return RejectReason::nul_byte;
            case JsonValues::Outcome::found:
                break;
        }
        RowTexts texts{.subject = texts_[0].empty() ? texts_[1] : texts_[0],
                       .date = texts_[2],
                       .slot = texts_[3],
                       .values = {}};
        for (std::size_t metric = 0; metric < metric_count_; ++metric) {
            texts.values[metric] = texts_[4 + metric];
        }
        return reader_.read(texts);
    }

 private:
    static std::vector<std::string> paths_of(const Dataset& dataset) {
        std::vector<std::string> paths = {dataset.subject(), "subject", "date", "slot"};
        paths.insert(paths.end(), dataset.metrics().begin(), dataset.metrics().end());
        return paths;
    }

    JsonValues values_;
    std::vector<std::string_view> texts_;
    std::size_t metric_count_;
    RowReader reader_;
};

}  // namespace

Result<std::unique_ptr<RowParser>> make_csv_parser(std::string_view header,
                                                   const Dataset& dataset) {
    CsvLine line;
    const auto columns = line.cut(header);
    if (!columns.has_value()) {
        return wrong_header("its quotes are not as CSV has them");
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<ColumnPlace> places, read_header(*columns, dataset));
    return std::unique_ptr<RowParser>(
        std::make_unique<CsvParser>(std::move(places), dataset.metrics().size()));
}

std::unique_ptr<RowParser> make_json_parser(const Dataset& dataset) {
    return std::make_unique<JsonParser>(dataset);
}

}  // namespace tidemark
