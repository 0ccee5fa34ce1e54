#include "store/postgres/copy_values.h"

#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/copy_text.h"
#include "domain/utc_day.h"

namespace tidemark::postgres {

namespace {

std::string day_text(std::int64_t since_epoch) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(since_epoch)).to_string();
}

std::string days_text(std::string_view list) {
    std::string text;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        text += text.empty() ? "" : ",";
        text += day_text(std::stoll(std::string(list.substr(0, comma))));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return text;
}

void append_number(std::string& to, CopyForm form, std::int64_t number) {
    if (form == CopyForm::day) {
        to += day_text(number);
    } else if (form == CopyForm::flag) {
        to += number != 0 ? 't' : 'f';
    } else if (form == CopyForm::instant) {
        const UtcDay day = UtcDay::containing(
            std::chrono::floor<std::chrono::seconds>(Timestamp(std::chrono::microseconds(number))));
        const std::int64_t within = number - std::int64_t{day.days_since_epoch()} * 86'400'000'000;
        to += fmt::format("{} {:02}:{:02}:{:02}.{:06}+00",
                          day.to_string(),
                          within / 3'600'000'000,
                          within / 60'000'000 % 60,
                          within / 1'000'000 % 60,
                          within % 1'000'000);
    } else {
        to += fmt::format("{}", number);
    }
}

void append_bytes(std::string& to, CopyForm form, std::string_view bytes) {
    switch (form) {
        case CopyForm::bytes:
            to += "\\\\x";
            for (const char byte : bytes) {
                to += fmt::format("{:02x}", static_cast<unsigned char>(byte));
            }
            break;
        case CopyForm::hash:
            to += "\\\\x";
            to += bytes;
            break;
        case CopyForm::numbers:
            to += fmt::format("{{{}}}", bytes);
            break;
        case CopyForm::days:
            to += fmt::format("{{{}}}", days_text(bytes));
            break;
        default:
            append_copy_field(to, bytes);
    }
}

}  // namespace

void append_copy_value(std::string& to, CopyForm form, const CopyValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        append_number(to, form, *number);
    } else if (const auto* bytes = std::get_if<std::string_view>(&value)) {
        append_bytes(to, form, *bytes);
    } else if (form == CopyForm::days) {
        to += "{}";  // a batch without rows has no days
    } else {
        to += "\\N";
    }
}

}  // namespace tidemark::postgres
