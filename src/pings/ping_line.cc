#include "pings/ping_line.h"

#include <array>
#include <iterator>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::array<const char*, 12> months = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_escaped(std::string& line, std::string_view text) {
    for (const char character : text) {
        if (character > ' ' && character <= '~' && character != '"' && character != '\\' &&
            character != '#') {
            line += character;
        } else {
            fmt::format_to(
                std::back_inserter(line), "%{:02X}", static_cast<unsigned char>(character));
        }
    }
}

}  // namespace

std::string ping_line(std::chrono::sys_seconds time,
                      std::string_view path,
                      std::string_view query) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string line = fmt::format("- - - [{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000] \"GET ",
                                   static_cast<unsigned>(date.day()),
                                   months.at(static_cast<unsigned>(date.month()) - 1),
                                   static_cast<int>(date.year()),
                                   clock.hours().count(),
                                   clock.minutes().count(),
                                   clock.seconds().count());
    append_escaped(line, path);
    line += '?';
    append_escaped(line, query);
    line += " HTTP/1.1\" 200 43";
    return line;
}

}  // namespace tidemark
