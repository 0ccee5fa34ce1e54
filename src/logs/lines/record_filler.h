#pragma once
// RecordFiller: from the texts of a line to a record, with every check that they need. The formats
// find the texts; what a text may be is decided here, alike for all.

#include <array>
#include <string_view>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"
#include "logs/lines/roles.h"
#include "logs/lines/time_text.h"

namespace tidemark {

// How a format writes a status.
enum class StatusForm {
    number,           // 200
    cache_and_number  // TCP_HIT/200, also TCP_MISS and TCP_MISS/ where none was sent
};

// A request line's parts: "GET /a HTTP/1.1". The method is empty when the text is no request line
// but a target by itself.
struct RequestLine {
    std::string_view method;
    std::string_view target;
};
RequestLine split_request_line(std::string_view text);

// Copies are independent; one thread at a time each.
class RecordFiller {
 public:
    // Fails with invalid_input for an unknown zone.
    static Result<RecordFiller> make(const Reading& reading, StatusForm status_form);

    // Sets every part of the record, or says why the line cannot be counted:
    //   bad_time    no time, or none that exists
    //   bad_bytes, negative_bytes   also where a metric counts bytes and the line has none; "-" is
    //   0 bad_status  anything but three digits, "0", "000", "-" or nothing bad_value   a metric's
    //   field is not a whole number from 0 up to int64
    // "-" in any other place is nothing.
    LineVerdict fill(const RoleTexts& texts, LogRecord& record);

 private:
    RecordFiller(const TimeText& time, StatusForm status_form)
        : time_(time), status_form_(status_form) {}
    bool fill_time(const RoleTexts& texts, LogRecord& record);
    bool fill_metrics(const RoleTexts& texts, LogRecord& record) const;

    TimeText time_;
    StatusForm status_form_;
    bool needs_bytes_ = true;
    std::array<bool, Dataset::metrics_max> counts_field_{};
    bool counts_any_field_ = false;
};

}  // namespace tidemark
