#include "generate/line_pieces.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "generate/names.h"

namespace tidemark {

namespace {

constexpr std::int64_t day_s = 86400;
// Events lie at most three days before their line and eight hours after it.
constexpr std::int32_t days_before = 4;
constexpr std::int32_t days_after = 2;

constexpr std::array<std::string_view, 12> months = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::array<std::string_view, 8> agents = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "AppleCoreMedia/1.0.0.21E219 (iPhone; U; CPU OS 17_4 like Mac OS X; en_us)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "okhttp/4.9.2",
    "ExoPlayerDemo/2.19.1 (Linux; Android 13) ExoPlayerLib/2.19.1",
    "Roku/DVP-12.5 (12.5.0.4178-C2)",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 TV Safari/537.36"};

constexpr std::array<std::string_view, 8> referrers = {"https://www.example.com/watch",
                                                       "https://news.example.org/",
                                                       "-",
                                                       "https://player.example.net/embed",
                                                       "https://sport.example.com/live/today",
                                                       "-",
                                                       "https://www.example.com/",
                                                       "-"};

constexpr std::array<std::string_view, 4> templates = {
    "1ahmry41", "fXjhk3WP", "T3kKSyyW", "5V4YqTqa"};

struct DigitPairs {
    std::array<char, 200> text{};
};

constexpr DigitPairs make_digit_pairs() {
    DigitPairs pairs;
    for (std::size_t number = 0; number < 100; ++number) {
        pairs.text[2 * number] = static_cast<char>('0' + number / 10);
        pairs.text[2 * number + 1] = static_cast<char>('0' + number % 10);
    }
    return pairs;
}

constexpr DigitPairs digit_pairs = make_digit_pairs();

std::string apache_day(const std::string& iso) {
    const int month = (iso[5] - '0') * 10 + (iso[6] - '0');
    return fmt::format("{}/{}/{}:",
                       iso.substr(8, 2),
                       months[static_cast<std::size_t>(month - 1)],
                       iso.substr(0, 4));
}

}  // namespace

char* write_number(std::uint64_t number, char* out) {
    return std::to_chars(out, out + 20, number).ptr;
}

char* write_two_digits(std::uint32_t number, char* out) {
    std::memcpy(out, digit_pairs.text.data() + std::size_t{2} * number, 2);
    return out + 2;
}

LinePieces::LinePieces(const GenerateOptions& options)
    : first_day_(options.from.days_since_epoch() - days_before) {
    for (UtcDay day = options.from.plus_days(-days_before); day < options.to.plus_days(days_after);
         day = day.next()) {
        const std::string iso = day.to_string();
        days_.push_back({.iso = iso, .apache = apache_day(iso)});
    }
    subjects_.reserve(options.subjects);
    for (std::uint32_t index = 0; index < options.subjects; ++index) {
        subjects_.push_back(options.format == GeneratedFormat::ping ? analytics_name(index)
                                                                    : site_name(index));
    }
}

const LinePieces::DayTexts& LinePieces::day_of(std::int64_t time_s) const {
    return days_[static_cast<std::size_t>(time_s / day_s - first_day_)];
}

char* LinePieces::write_address(std::uint64_t bits, char* out) {
    out = write_number(bits % 223 + 1, out);
    for (unsigned shift = 8; shift <= 24; shift += 8) {
        *out++ = '.';
        out = write_number((bits >> shift) & 0xFFU, out);
    }
    return out;
}

char* LinePieces::write_clock(const Request& request, char* out) {
    const auto second = static_cast<std::uint32_t>(request.time_s % day_s);
    out = write_two_digits(request.bad_time ? 31 : second / 3600, out);
    *out++ = ':';
    out = write_two_digits(second / 60 % 60, out);
    *out++ = ':';
    return write_two_digits(second % 60, out);
}

char* LinePieces::write_bytes(const Request& request, char* out) {
    return request.bytes_text.empty() ? write_number(static_cast<std::uint64_t>(request.bytes), out)
                                      : write_text(request.bytes_text, out);
}

char* LinePieces::write_status(const Request& request, char* out) {
    return request.bad_status ? write_text("2OO", out) : write_number(request.status, out);
}

char* LinePieces::write_apache_time(const Request& request, char* out) const {
    out = write_text(day_of(request.time_s).apache, out);
    out = write_clock(request, out);
    return write_text(" +0000", out);
}

char* LinePieces::write_date(std::int64_t time_s, char* out) const {
    return write_text(day_of(time_s).iso, out);
}

char* LinePieces::write_path(const Request& request, char* out) const {
    *out++ = '/';
    if (request.without_subject) {
        return out;
    }
    out = write_text(subjects_[request.subject], out);
    const std::string_view chosen_template = templates[request.media >> 62U];
    switch (request.kind) {
        case ObjectKind::page:
            out = write_text("/v2/media/", out);
            return write_letters(request.media, 8, out);
        case ObjectKind::image:
            out = write_text("/thumbs/", out);
            out = write_letters(request.media, 8, out);
            return write_text("-720.jpg", out);
        case ObjectKind::script:
            out = write_text("/players/", out);
            out = write_letters(request.media, 8, out);
            *out++ = '-';
            out = write_text(chosen_template, out);
            return write_text(".js", out);
        case ObjectKind::manifest:
            out = write_text("/manifests/", out);
            out = write_letters(request.media, 8, out);
            return write_text(".m3u8", out);
        case ObjectKind::segment:
        case ObjectKind::film:
            break;
    }
    out = write_text("/videos/", out);
    out = write_letters(request.media, 8, out);
    *out++ = '-';
    out = write_text(chosen_template, out);
    out = write_text(".mp4", out);
    if (request.kind == ObjectKind::film) {
        return out;
    }
    *out++ = '-';
    out = write_number((request.bits >> 32U) % 400 + 1, out);
    return write_text(".ts", out);
}

std::string_view LinePieces::agent(const Request& request) {
    return agents[(request.bits >> 48U) % agents.size()];
}

std::string_view LinePieces::referrer(const Request& request) {
    return referrers[(request.bits >> 51U) % referrers.size()];
}

}  // namespace tidemark
