#include "logs/lines/record_filler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "logs/lines/numbers.h"

namespace tidemark {

namespace {

std::string_view none_for_dash(std::string_view text) {
    return text == "-" ? std::string_view() : text;
}

bool is_upper(char character) {
    return character >= 'A' && character <= 'Z';
}

// "TCP_HIT/200" -> "200"; a word alone, or with nothing after its slash, is no status.
std::string_view status_after_cache(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view word = text.substr(0, slash);
    const bool is_word =
        !word.empty() && is_upper(word[0]) && std::ranges::all_of(word, [](char character) {
            return is_upper(character) || character == '_' || is_digit(character);
        });
    if (!is_word) {
        return text;
    }
    return slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
}

}  // namespace

RequestLine split_request_line(std::string_view text) {
    if (text.empty() || !is_upper(text[0])) {
        return {.method = {}, .target = text};
    }
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) {
        return {.method = {}, .target = text};
    }
    const std::string_view rest = text.substr(blank + 1);
    return {.method = text.substr(0, blank), .target = rest.substr(0, rest.find(' '))};
}

Result<RecordFiller> RecordFiller::make(const Reading& reading, StatusForm status_form) {
    TIDEMARK_ASSIGN_OR_RETURN(const TimeText time, TimeText::make(reading.time_zone));
    RecordFiller filler(time, status_form);
    filler.needs_bytes_ = counts_bytes(reading);
    for (std::size_t place = 0; place < reading.metrics.size(); ++place) {
        const bool counts = reading.metrics[place].kind == MetricRule::Kind::field;
        filler.counts_field_[place] = counts;
        filler.counts_any_field_ = filler.counts_any_field_ || counts;
    }
    return filler;
}

LineVerdict RecordFiller::fill(const RoleTexts& texts, LogRecord& record) {
    if (!fill_time(texts, record)) {
        return LineVerdict::rejected(RejectReason::bad_time);
    }
    record.bytes = 0;
    if (const std::string_view text = texts[Role::bytes]; needs_bytes_ || !text.empty()) {
        const ByteCount count = parse_byte_count(text);
        if (!count.valid) {
            return LineVerdict::rejected(count.reason);
        }
        record.bytes = count.bytes;
    }
    const std::string_view status_text = texts[Role::status];
    const std::optional<int> status = parse_status(
        status_form_ == StatusForm::number ? status_text : status_after_cache(status_text));
    if (!status) {
        return LineVerdict::rejected(RejectReason::bad_status);
    }
    record.status = *status;
    const RequestLine request = split_request_line(none_for_dash(texts[Role::url]));
    const std::string_view method = none_for_dash(texts[Role::method]);
    record.method = method.empty() ? request.method : method;
    record.url = request.target;
    record.query = none_for_dash(texts[Role::query]);
    record.host = none_for_dash(texts[Role::host]);
    record.subject_field = none_for_dash(texts[Role::subject]);
    if (counts_any_field_ && !fill_metrics(texts, record)) {
        return LineVerdict::rejected(RejectReason::bad_value);
    }
    return LineVerdict::record();
}

bool RecordFiller::fill_time(const RoleTexts& texts, LogRecord& record) {
    const std::string_view date = texts[Role::date];
    const std::string_view time = texts[Role::time];
    const bool apart = !date.empty() && time.size() > 2 && time[2] == ':';
    const std::optional<std::chrono::sys_seconds> instant =
        apart ? time_.parse(date, time) : time_.parse(time.empty() ? date : time);
    if (instant) {
        record.time = *instant;
    }
    return instant.has_value();
}

bool RecordFiller::fill_metrics(const RoleTexts& texts, LogRecord& record) const {
    for (std::size_t place = 0; place < counts_field_.size(); ++place) {
        record.field_values[place] = 0;
        if (!counts_field_[place]) {
            continue;
        }
        const std::optional<std::int64_t> value = parse_whole_number(texts.at(metric_role(place)));
        if (!value) {
            return false;
        }
        record.field_values[place] = *value;
    }
    return true;
}

}  // namespace tidemark
