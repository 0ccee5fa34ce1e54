#include "generate/line_format.h"

#include <array>

#include "base/check.h"
#include "generate/names.h"

namespace tidemark {

namespace {

constexpr std::string_view host = "cdn.example.com";
constexpr std::array<std::string_view, 4> edges = {
    "iad-kiad7000128", "chi-kigq8000030", "fra-etou8220113", "bfi-kbfi7400083"};
constexpr std::array<std::string_view, 4> edge_codes = {
    "IAD50-C2", "CMH68-P2", "FRA56-P1", "HIO50-C2"};

// ip - - [time] "METHOD path HTTP/1.1": what combined and Fastly's text form begin with.
char* write_request_line(const LinePieces& pieces, const Request& request, char* out) {
    out = LinePieces::write_address(request.bits, out);
    out = write_text(" - - [", out);
    out = pieces.write_apache_time(request, out);
    out = write_text("] \"", out);
    out = write_text(LinePieces::method(request), out);
    *out++ = ' ';
    out = pieces.write_path(request, out);
    return write_text(" HTTP/1.1\" ", out);
}

char* write_iso_time(const LinePieces& pieces, const Request& request, char* out) {
    out = pieces.write_date(request.time_s, out);
    *out++ = 'T';
    return LinePieces::write_clock(request, out);
}

// "<134>2025-06-01T12:00:00Z cache-iad-kiad7000128 usage-logs[257678]: ", the time of writing.
char* write_syslog_prefix(const LinePieces& pieces, const Request& request, char* out) {
    Request written;
    written.time_s = request.line_s;
    out = write_text("<134>", out);
    out = write_iso_time(pieces, written, out);
    out = write_text("Z cache-", out);
    out = write_text(edges[request.bits >> 62U], out);
    return write_text(" usage-logs[257678]: ", out);
}

class CombinedFormat final : public LineFormat {
 public:
    explicit CombinedFormat(const LinePieces& pieces) : pieces_(pieces) {}

    char* write(const Request& request, char* out) const override {
        out = write_request_line(pieces_, request, out);
        out = LinePieces::write_status(request, out);
        *out++ = ' ';
        out = LinePieces::write_bytes(request, out);
        out = write_text(" \"", out);
        out = write_text(LinePieces::referrer(request), out);
        out = write_text("\" \"", out);
        out = write_text(LinePieces::agent(request), out);
        *out++ = '"';
        return out;
    }

 private:
    const LinePieces& pieces_;
};

class FastlyTextFormat final : public LineFormat {
 public:
    explicit FastlyTextFormat(const LinePieces& pieces) : pieces_(pieces) {}

    char* write(const Request& request, char* out) const override {
        out = write_syslog_prefix(pieces_, request, out);
        out = write_request_line(pieces_, request, out);
        out = LinePieces::write_status(request, out);
        *out++ = ' ';
        if (request.bytes == 0 && request.bytes_text.empty()) {
            *out++ = '-';  // %b writes no zero
            return out;
        }
        return LinePieces::write_bytes(request, out);
    }

 private:
    const LinePieces& pieces_;
};

class FastlyFormat final : public LineFormat {
 public:
    explicit FastlyFormat(const LinePieces& pieces) : pieces_(pieces) {}

    char* write(const Request& request, char* out) const override {
        out = write_syslog_prefix(pieces_, request, out);
        out = write_text("{\"bytes\":", out);
        out = request.bytes_text.empty() ? LinePieces::write_bytes(request, out)
                                         : write_quoted(request.bytes_text, out);
        out = write_text(",\"date_time\":\"", out);
        out = write_iso_time(pieces_, request, out);
        *out++ = '.';
        out = write_nine_digits(request.nanoseconds, out);
        out = write_text("Z\",\"edge_location\":\"", out);
        out = write_text(edges[request.bits >> 62U].substr(0, 3), out);
        out = write_text(
            "\",\"host\":\"cdn.example.com\",\"http\":{\"protocol\":\"HTTP/2\","
            "\"referer\":null,\"useragent\":",
            out);
        out = write_quoted(LinePieces::agent(request), out);
        out = write_text("},\"ip\":\"", out);
        out = LinePieces::write_address(request.bits, out);
        out = write_text("\",\"method\":", out);
        out = write_quoted(LinePieces::method(request), out);
        out = write_text(",\"status\":", out);
        out = request.bad_status ? write_text("\"2OO\"", out)
                                 : LinePieces::write_status(request, out);
        out = write_text(",\"url\":\"https://cdn.example.com", out);
        out = pieces_.write_path(request, out);
        return write_text(
            request.unknown_version ? "\",\"version\":\"99\"}" : "\",\"version\":\"1\"}", out);
    }

    static char* write_quoted(std::string_view text, char* out) {
        *out++ = '"';
        out = write_text(text, out);
        *out++ = '"';
        return out;
    }

 private:
    static char* write_nine_digits(std::uint32_t number, char* out) {
        out = write_two_digits(number / 10'000'000, out);
        out = write_two_digits(number / 100'000 % 100, out);
        out = write_two_digits(number / 1'000 % 100, out);
        out = write_two_digits(number / 10 % 100, out);
        *out++ = static_cast<char>('0' + number % 10);
        return out;
    }

    const LinePieces& pieces_;
};

class EdgecastFormat final : public LineFormat {
 public:
    explicit EdgecastFormat(const LinePieces& pieces) : pieces_(pieces) {}

    [[nodiscard]] std::string header() const override {
        return "#Fields: timestamp time-taken c-ip filesize s-ip s-port sc-status sc-bytes "
               "cs-method cs-uri-stem - rs-duration rs-bytes c-referrer c-user-agent customer-id "
               "x-ec_custom-1\n";
    }

    char* write(const Request& request, char* out) const override {
        out = request.bad_time ? write_text("NaN", out)
                               : write_number(static_cast<std::uint64_t>(request.time_s), out);
        *out++ = ' ';
        out = write_number((request.bits >> 8U) % 90, out);
        *out++ = ' ';
        out = LinePieces::write_address(request.bits, out);
        *out++ = ' ';
        // The asset's size, without the response's headers.
        out = write_number(
            static_cast<std::uint64_t>(request.bytes > 262 ? request.bytes - 262 : 0), out);
        out = write_text(" 192.0.2.41 443 ", out);
        out = write_text((request.bits & 7U) == 0 ? "TCP_MISS/" : "TCP_HIT/", out);
        out = LinePieces::write_status(request, out);
        *out++ = ' ';
        out = LinePieces::write_bytes(request, out);
        *out++ = ' ';
        out = write_text(LinePieces::method(request), out);
        out = write_text(" http://cdn.example.com", out);
        out = pieces_.write_path(request, out);
        out = write_text(" - 0 653 \"-\" \"", out);
        out = write_text(LinePieces::agent(request), out);
        return write_text("\" 56086 \"-\"", out);
    }

 private:
    const LinePieces& pieces_;
};

// CloudFront and W3C: columns named by #Fields, blanks of a value encoded.
class ColumnsFormat final : public LineFormat {
 public:
    ColumnsFormat(const LinePieces& pieces, bool cloudfront)
        : pieces_(pieces), cloudfront_(cloudfront) {}

    [[nodiscard]] std::string header() const override {
        return cloudfront_
                   ? "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method "
                     "cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query "
                     "cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol "
                     "cs-bytes time-taken\n"
                   : "#Software: example\n#Version: 1.0\n#Fields: date time c-ip cs-method "
                     "cs-uri-stem cs-uri-query sc-status sc-bytes cs(User-Agent)\n";
    }

    char* write(const Request& request, char* out) const override {
        out = pieces_.write_date(request.time_s, out);
        *out++ = cloudfront_ ? '\t' : ' ';
        out = LinePieces::write_clock(request, out);
        return cloudfront_ ? write_cloudfront(request, out) : write_w3c(request, out);
    }

 private:
    char* write_cloudfront(const Request& request, char* out) const {
        *out++ = '\t';
        out = write_text(edge_codes[request.bits >> 62U], out);
        *out++ = '\t';
        out = LinePieces::write_bytes(request, out);
        *out++ = '\t';
        out = LinePieces::write_address(request.bits, out);
        *out++ = '\t';
        out = write_text(LinePieces::method(request), out);
        out = write_text("\td111111abcdef8.cloudfront.net\t", out);
        out = pieces_.write_path(request, out);
        *out++ = '\t';
        out = LinePieces::write_status(request, out);
        *out++ = '\t';
        out = write_text(LinePieces::referrer(request), out);
        *out++ = '\t';
        out = write_encoded(LinePieces::agent(request), "%20", out);
        out = write_text("\t-\t-\tHit\t", out);
        out = write_letters(request.bits, 10, out);
        out = write_letters(mix(request.media + request.nanoseconds), 10, out);
        return write_text("==\tcdn.example.com\thttps\t97\t0.017", out);
    }

    char* write_w3c(const Request& request, char* out) const {
        *out++ = ' ';
        out = LinePieces::write_address(request.bits, out);
        *out++ = ' ';
        out = write_text(LinePieces::method(request), out);
        *out++ = ' ';
        out = pieces_.write_path(request, out);
        out = write_text(" - ", out);
        out = LinePieces::write_status(request, out);
        *out++ = ' ';
        out = LinePieces::write_bytes(request, out);
        *out++ = ' ';
        return write_encoded(LinePieces::agent(request), "+", out);
    }

    static char* write_encoded(std::string_view text, std::string_view blank, char* out) {
        for (const char character : text) {
            if (character == ' ') {
                out = write_text(blank, out);
            } else {
                *out++ = character;
            }
        }
        return out;
    }

    const LinePieces& pieces_;
    const bool cloudfront_;
};

// JSON lines and tab-separated columns with plain names: time, method, host, url, status, bytes.
class PlainFormat final : public LineFormat {
 public:
    PlainFormat(const LinePieces& pieces, bool json) : pieces_(pieces), json_(json) {}

    [[nodiscard]] std::string header() const override {
        return json_ ? "" : "time\tmethod\thost\turl\tstatus\tbytes\n";
    }

    char* write(const Request& request, char* out) const override {
        out = write_text(json_ ? "{\"time\":\"" : "", out);
        out = write_iso_time(pieces_, request, out);
        out = write_text(json_ ? "Z\",\"method\":\"" : "Z\t", out);
        out = write_text(LinePieces::method(request), out);
        out = write_text(json_ ? "\",\"host\":\"" : "\t", out);
        out = write_text(host, out);
        out = write_text(json_ ? "\",\"url\":\"" : "\t", out);
        out = pieces_.write_path(request, out);
        out = write_text(json_ ? "\",\"status\":" : "\t", out);
        out = json_ && request.bad_status ? write_text("\"2OO\"", out)
                                          : LinePieces::write_status(request, out);
        out = write_text(json_ ? ",\"bytes\":" : "\t", out);
        out = json_ && !request.bytes_text.empty()
                  ? FastlyFormat::write_quoted(request.bytes_text, out)
                  : LinePieces::write_bytes(request, out);
        return write_text(json_ ? "}" : "", out);
    }

 private:
    const LinePieces& pieces_;
    const bool json_;
};

// The beacon of the web player, POSTed without a body, as an nginx before the collector logs it.
class PingFormat final : public LineFormat {
 public:
    explicit PingFormat(const LinePieces& pieces) : pieces_(pieces) {}

    char* write(const Request& request, char* out) const override {
        out = LinePieces::write_address(request.bits, out);
        out = write_text(" - - [", out);
        out = pieces_.write_apache_time(request, out);
        out = write_text("] \"POST ", out);
        out = write_text(path_of(request.event), out);
        out = write_text("?aid=", out);
        if (!request.without_subject) {
            out = write_analytics_id(pieces_.subject(request.subject), out);
        }
        out = write_text("&e=", out);
        out = write_text(event_text(request.event), out);
        out = write_text("&emi=", out);
        out = write_letters(request.bits, 10, out);
        out = write_text("&pli=", out);
        out = write_letters(mix(request.bits), 10, out);
        out = write_text("&id=", out);
        out = write_letters(request.media, 8, out);
        out = write_text("&t=A%20video&vd=184&q=4&pw=32&ti=20&sdk=0&sa=", out);
        out = write_number(static_cast<std::uint64_t>(request.time_s), out);
        out = write_text("123 HTTP/2.0\" 200 43 \"", out);
        out = write_text(LinePieces::referrer(request), out);
        out = write_text("\" \"", out);
        out = write_text(LinePieces::agent(request), out);
        *out++ = '"';
        return out;
    }

 private:
    static std::string_view path_of(PingEvent event) {
        switch (event) {
            case PingEvent::ad_impression:
            case PingEvent::ad_complete:
                return "/v1/clienta/ping.gif";
            case PingEvent::other_path:
                return "/v1/wordpress/ping.gif";
            default:
                return "/v1/jwplayer6/ping.gif";
        }
    }

    static std::string_view event_text(PingEvent event) {
        switch (event) {
            case PingEvent::play:
            case PingEvent::other_path:
                return "s";
            case PingEvent::ad_impression:
                return "i";
            case PingEvent::ad_complete:
                return "c";
            case PingEvent::tick:
                return "t";
            case PingEvent::setup:
                break;
        }
        return "e";
    }

    // A '+' must travel as %2B: a decoder of forms would read it as a blank.
    static char* write_analytics_id(std::string_view id, char* out) {
        for (const char character : id) {
            if (character == '+') {
                out = write_text("%2B", out);
            } else {
                *out++ = character;
            }
        }
        return out;
    }

    const LinePieces& pieces_;
};

}  // namespace

std::unique_ptr<LineFormat> LineFormat::make(GeneratedFormat format, const LinePieces& pieces) {
    switch (format) {
        case GeneratedFormat::combined:
            return std::make_unique<CombinedFormat>(pieces);
        case GeneratedFormat::fastly:
            return std::make_unique<FastlyFormat>(pieces);
        case GeneratedFormat::fastly_text:
            return std::make_unique<FastlyTextFormat>(pieces);
        case GeneratedFormat::edgecast:
            return std::make_unique<EdgecastFormat>(pieces);
        case GeneratedFormat::cloudfront:
            return std::make_unique<ColumnsFormat>(pieces, true);
        case GeneratedFormat::w3c:
            return std::make_unique<ColumnsFormat>(pieces, false);
        case GeneratedFormat::json:
            return std::make_unique<PlainFormat>(pieces, true);
        case GeneratedFormat::delimited:
            return std::make_unique<PlainFormat>(pieces, false);
        case GeneratedFormat::ping:
            return std::make_unique<PingFormat>(pieces);
    }
    TIDEMARK_CHECK(false);
}

}  // namespace tidemark
