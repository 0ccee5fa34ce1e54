// The subject rules, one SubjectFinder each (declared in formats.h).
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>
#include <simdjson.h>

#include "base/check.h"
#include "logs/lines/formats.h"
#include "logs/lines/url_text.h"

namespace tidemark {

namespace {

class PathFinder final : public SubjectFinder {
 public:
    explicit PathFinder(int segment) : segment_(segment) {}

    [[nodiscard]] std::unique_ptr<SubjectFinder> clone() const override {
        return std::make_unique<PathFinder>(segment_);
    }

    std::string_view find(const LogRecord& record, bool& malformed) override {
        malformed = false;
        return find_path_segment(record.url, segment_);
    }

 private:
    int segment_;
};

// "user@Host:443" without user and port; an address in brackets keeps them ("[::1]").
std::string_view find_host_name(std::string_view authority) {
    const std::size_t user_end = authority.rfind('@');
    if (user_end != std::string_view::npos) {
        authority.remove_prefix(user_end + 1);
    }
    const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
    if (bracket == std::string_view::npos) {
        return {};
    }
    return authority.substr(0, authority.find(':', bracket));
}

bool is_upper(char character) {
    return character >= 'A' && character <= 'Z';
}

class HostFinder final : public SubjectFinder {
 public:
    [[nodiscard]] std::unique_ptr<SubjectFinder> clone() const override {
        return std::make_unique<HostFinder>();
    }

    std::string_view find(const LogRecord& record, bool& malformed) override {
        malformed = false;
        const std::string_view authority = find_authority(record.url);
        const std::string_view host = find_host_name(authority.empty() ? record.host : authority);
        if (host == "-") {
            return {};
        }
        if (std::ranges::none_of(host, is_upper)) {
            return host;
        }
        lower_case_.assign(host);
        for (char& character : lower_case_) {
            character =
                is_upper(character) ? static_cast<char>(character + ('a' - 'A')) : character;
        }
        return lower_case_;
    }

 private:
    std::string lower_case_;
};

// A subject must be text that every store keeps: valid UTF-8 without a NUL.
bool is_storable(std::string_view text) {
    return std::memchr(text.data(), '\0', text.size()) == nullptr &&
           simdjson::validate_utf8(text.data(), text.size());
}

class QueryFinder final : public SubjectFinder {
 public:
    explicit QueryFinder(std::string name) : name_(std::move(name)) {}

    [[nodiscard]] std::unique_ptr<SubjectFinder> clone() const override {
        return std::make_unique<QueryFinder>(name_);
    }

    std::string_view find(const LogRecord& record, bool& malformed) override {
        malformed = false;
        const std::string_view query = record.query.empty() ? find_query(record.url) : record.query;
        const std::string_view text = find_query_value(query, name_).text;
        // A browser's script writes a value that it does not have as this word.
        if (text == "undefined") {
            return {};
        }
        if (text.find('%') == std::string_view::npos) {
            return text;
        }
        decoded_.clear();
        if (!percent_decode(text, decoded_) || !is_storable(decoded_)) {
            malformed = true;
            return {};
        }
        return decoded_;
    }

 private:
    std::string name_;
    std::string decoded_;
};

class FieldFinder final : public SubjectFinder {
 public:
    [[nodiscard]] std::unique_ptr<SubjectFinder> clone() const override {
        return std::make_unique<FieldFinder>();
    }

    std::string_view find(const LogRecord& record, bool& malformed) override {
        malformed = false;
        return record.subject_field;
    }
};

class PatternFinder final : public SubjectFinder {
 public:
    // RE2 is safe to share between threads; clones share it.
    explicit PatternFinder(std::shared_ptr<const re2::RE2> pattern)
        : pattern_(std::move(pattern)) {}

    [[nodiscard]] std::unique_ptr<SubjectFinder> clone() const override {
        return std::make_unique<PatternFinder>(pattern_);
    }

    std::string_view find(const LogRecord& record, bool& malformed) override {
        malformed = false;
        std::string_view url = record.url;
        if (!record.query.empty()) {
            joined_.assign(url);
            joined_.push_back('?');
            joined_.append(record.query);
            url = joined_;
        }
        const re2::StringPiece text(url.data(), url.size());
        re2::StringPiece found[2];
        if (!pattern_->Match(text, 0, text.size(), re2::RE2::UNANCHORED, found, 2)) {
            return {};
        }
        return {found[1].data(), found[1].size()};
    }

 private:
    std::shared_ptr<const re2::RE2> pattern_;
    std::string joined_;
};

Result<std::unique_ptr<SubjectFinder>> make_pattern_finder(const std::string& text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto pattern = std::make_shared<const re2::RE2>(text, options);
    if (!pattern->ok()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("subject rule 'pattern:{}': {}", text, pattern->error())};
    }
    if (pattern->NumberOfCapturingGroups() != 1) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("subject rule 'pattern:{}': {} captures: put exactly one pair of "
                                 "parentheses round the subject, (?:...) elsewhere",
                                 text,
                                 pattern->NumberOfCapturingGroups())};
    }
    return std::make_unique<PatternFinder>(std::move(pattern));
}

}  // namespace

Result<std::unique_ptr<SubjectFinder>> SubjectFinder::make(const SubjectRule& rule) {
    switch (rule.kind) {
        case SubjectRule::Kind::path:
            return std::make_unique<PathFinder>(rule.segment);
        case SubjectRule::Kind::host:
            return std::make_unique<HostFinder>();
        case SubjectRule::Kind::query:
            return std::make_unique<QueryFinder>(rule.text);
        case SubjectRule::Kind::field:
            return std::make_unique<FieldFinder>();
        case SubjectRule::Kind::pattern:
            return make_pattern_finder(rule.text);
    }
    TIDEMARK_CHECK(false);
    return Error{};
}

}  // namespace tidemark
