#include "logs/lines/url_text.h"

#include <array>
#include <bit>
#include <cstdint>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace tidemark {

namespace {

bool is_letter(char character) {
    const char lower = static_cast<char>(character | 0x20);
    return lower >= 'a' && lower <= 'z';
}

bool is_scheme_character(char character) {
    return is_letter(character) || (character >= '0' && character <= '9') || character == '+' ||
           character == '.' || character == '-';
}

// Where the authority begins, or npos when the URL is not absolute.
std::size_t find_authority_begin(std::string_view url) {
    if (url.empty() || !is_letter(url[0])) {
        return std::string_view::npos;
    }
    std::size_t at = 1;
    while (at < url.size() && is_scheme_character(url[at])) {
        ++at;
    }
    return url.substr(at).starts_with("://") ? at + 3 : std::string_view::npos;
}

// What follows scheme and authority: the path with query and fragment. Empty with `absolute` unset
// for a text that is neither absolute nor a path.
struct Target {
    std::string_view text;
    bool absolute = false;
};

Target find_target(std::string_view url) {
    if (url.starts_with('/')) {
        return {.text = url};
    }
    const std::size_t begin = find_authority_begin(url);
    if (begin == std::string_view::npos) {
        return {};
    }
    const std::size_t end = url.find_first_of("/?#", begin);
    return {.text = end == std::string_view::npos ? std::string_view() : url.substr(end),
            .absolute = true};
}

std::size_t find_path_end(std::string_view target) {
    for (std::size_t at = 0; at < target.size(); ++at) {
        if (target[at] == '?' || target[at] == '#') {
            return at;
        }
    }
    return target.size();
}

// The first byte of [at, end) at which a path's segment ends; `end` when there is none.
const char* find_segment_end(const char* at, const char* end) {
#if defined(__x86_64__)
    const __m128i slash = _mm_set1_epi8('/');
    const __m128i query = _mm_set1_epi8('?');
    const __m128i fragment = _mm_set1_epi8('#');
    for (; end - at >= 16; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i ends =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, slash), _mm_cmpeq_epi8(bytes, query)),
                         _mm_cmpeq_epi8(bytes, fragment));
        if (const auto places = static_cast<unsigned>(_mm_movemask_epi8(ends)); places != 0) {
            return at + std::countr_zero(places);
        }
    }
#endif
    while (at != end && *at != '/' && *at != '?' && *at != '#') {
        ++at;
    }
    return at;
}

// Out of the way of the usual path, which needs no room on the stack.
[[gnu::noinline]] std::string_view find_segment_of_absolute(std::string_view url, int segment) {
    const std::string_view path = find_target(url).text;
    return path.starts_with('/') ? find_path_segment(path, segment) : std::string_view();
}

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> hexadecimal_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (unsigned digit = 0; digit < 10; ++digit) {
        values['0' + digit] = static_cast<std::uint8_t>(digit);
    }
    for (unsigned digit = 10; digit < 16; ++digit) {
        values['a' + digit - 10] = static_cast<std::uint8_t>(digit);
        values['A' + digit - 10] = static_cast<std::uint8_t>(digit);
    }
    return values;
}

}  // namespace

std::string_view find_authority(std::string_view url) {
    const std::size_t begin = find_authority_begin(url);
    if (begin == std::string_view::npos) {
        return {};
    }
    const std::size_t end = url.find_first_of("/?#", begin);
    return url.substr(begin, end == std::string_view::npos ? end : end - begin);
}

std::string_view find_path(std::string_view url) {
    const Target target = find_target(url);
    const std::string_view path = target.text.substr(0, find_path_end(target.text));
    return path.empty() && target.absolute ? std::string_view("/") : path;
}

std::string_view find_query(std::string_view url) {
    const std::size_t fragment = url.find('#');
    const std::string_view whole = url.substr(0, fragment);
    const std::size_t mark = whole.find('?');
    return mark == std::string_view::npos ? std::string_view() : whole.substr(mark + 1);
}

std::string_view find_path_segment(std::string_view url, int segment) {
    if (!url.starts_with('/')) [[unlikely]] {
        return find_segment_of_absolute(url, segment);
    }
    const char* begin = url.data() + 1;
    const char* const end = url.data() + url.size();
    while (true) {
        const char* const at = find_segment_end(begin, end);
        if (--segment == 0) {
            return {begin, static_cast<std::size_t>(at - begin)};
        }
        if (at == end || *at != '/') {
            return {};
        }
        begin = at + 1;
    }
}

QueryValue find_query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view parameter = query.substr(0, end);
        if (parameter.starts_with(name)) {
            if (parameter.size() == name.size()) {
                return {.text = {}, .found = true};
            }
            if (parameter[name.size()] == '=') {
                return {.text = parameter.substr(name.size() + 1), .found = true};
            }
        }
        if (end == std::string_view::npos) {
            break;
        }
        query.remove_prefix(end + 1);
    }
    return {};
}

bool percent_decode(std::string_view text, std::string& decoded) {
    static constexpr std::array<std::uint8_t, 256> values = hexadecimal_values();
    while (true) {
        const std::size_t percent = text.find('%');
        decoded.append(text.substr(0, percent));
        if (percent == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(percent);
        if (text.size() < 3) {
            return false;
        }
        const std::uint8_t high = values[static_cast<std::uint8_t>(text[1])];
        const std::uint8_t low = values[static_cast<std::uint8_t>(text[2])];
        if (high == no_digit || low == no_digit) {
            return false;
        }
        decoded.push_back(static_cast<char>(high * 16 + low));
        text.remove_prefix(3);
    }
}

}  // namespace tidemark
