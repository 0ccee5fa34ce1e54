#include "http/media_type.h"

#include <algorithm>
#include <charconv>

namespace tidemark::http {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// Cuts the part before the separator off `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return trimmed(part);
}

// How well a range of an Accept field fits a media type: 0 not at all, 1 "*/*", 2 "text/*", 3
// "text/csv".
int fit_of(std::string_view range, std::string_view offer) {
    if (range == offer) {
        return 3;
    }
    if (range.ends_with("/*") && range.size() > 3 &&
        offer.starts_with(range.substr(0, range.size() - 1))) {
        return 2;
    }
    return range == "*/*" ? 1 : 0;
}

double quality_of(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view parameter = next_part(parameters, ';');
        if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) {
            continue;
        }
        const std::string_view number = parameter.substr(2);
        double quality = 0;
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), quality);
        return error == std::errc() && quality >= 0 && quality <= 1 ? quality : 0;
    }
    return 1;
}

// The same of the entries of an Accept-Encoding field.
int fit_of_encoding(std::string_view entry, std::string_view offer) {
    if (entry == offer) {
        return 2;
    }
    return entry == "*" ? 1 : 0;
}

// What the field says of an offer: the entry that fits it most closely decides.
double quality_for(std::string_view accept,
                   std::string_view offer,
                   int (*fit_of_entry)(std::string_view, std::string_view) = fit_of) {
    int best_fit = 0;
    double quality = 0;
    while (!accept.empty()) {
        std::string_view entry = next_part(accept, ',');
        const std::string range = bare_media_type(next_part(entry, ';'));
        const int fit = fit_of_entry(range, offer);
        if (fit > best_fit) {
            best_fit = fit;
            quality = quality_of(entry);
        }
    }
    return quality;
}

}  // namespace

std::optional<std::string_view> choose_media_type(std::optional<std::string_view> accept,
                                                  std::span<const std::string_view> offers) {
    if (!accept.has_value() || trimmed(*accept).empty()) {
        return offers.front();
    }
    std::optional<std::string_view> chosen;
    double best = 0;
    for (const std::string_view offer : offers) {
        const double quality = quality_for(*accept, offer);
        if (quality > best) {
            best = quality;
            chosen = offer;
        }
    }
    return chosen;
}

std::string_view choose_encoding(std::optional<std::string_view> accept_encoding) {
    std::string_view chosen = "identity";
    if (!accept_encoding.has_value()) {
        return chosen;
    }
    // As it is may always be sent, and is worth nothing unless it is asked for.
    double best = quality_for(*accept_encoding, "identity", fit_of_encoding);
    for (const std::string_view offer : {"gzip", "zstd"}) {
        const double quality = quality_for(*accept_encoding, offer, fit_of_encoding);
        if (quality > 0 && quality >= best) {
            best = quality;
            chosen = offer;
        }
    }
    return chosen;
}

std::string bare_media_type(std::string_view content_type) {
    std::string type(next_part(content_type, ';'));
    std::ranges::transform(type, type.begin(), [](char character) {
        return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                    : character;
    });
    return type;
}

bool names_entity_tag(std::string_view if_none_match, std::string_view entity_tag) {
    const auto opaque = [](std::string_view tag) {
        return tag.starts_with("W/") ? tag.substr(2) : tag;
    };
    while (!if_none_match.empty()) {
        const std::string_view tag = next_part(if_none_match, ',');
        if (tag == "*" || (!tag.empty() && opaque(tag) == opaque(entity_tag))) {
            return true;
        }
    }
    return false;
}

}  // namespace tidemark::http
