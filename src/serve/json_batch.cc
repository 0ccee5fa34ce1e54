#include "serve/json_batch.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using Json = nlohmann::json;

Error malformed(const std::string& why) {
    return {ErrorKind::invalid_input, "request body: " + why};
}

// Walks a text that is known to be JSON.
class JsonCursor {
 public:
    explicit JsonCursor(std::string_view text) : rest_(text) {}

    // The next character that is no blank, without taking it.
    char peek() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
        return rest_.empty() ? '\0' : rest_.front();
    }

    // Takes the next character when it is this one.
    bool take(char expected) {
        if (peek() != expected) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    // Takes the next value as it is written.
    std::string_view take_value() {
        const char first = peek();
        const std::size_t size = first == '"'                   ? string_size(rest_)
                                 : first == '{' || first == '[' ? nested_size()
                                                                : rest_.find_first_of(" \t\r\n,]}");
        const std::string_view value = rest_.substr(0, size);
        rest_.remove_prefix(value.size());
        return value;
    }

 private:
    static std::size_t string_size(std::string_view text) {
        std::size_t at = 1;
        while (text[at] != '"') {
            at += text[at] == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    [[nodiscard]] std::size_t nested_size() const {
        std::size_t depth = 0;
        std::size_t at = 0;
        do {
            const char character = rest_[at];
            if (character == '"') {
                at += string_size(rest_.substr(at));
                continue;
            }
            depth += character == '{' || character == '[' ? 1U : 0U;
            depth -= character == '}' || character == ']' ? 1U : 0U;
            ++at;
        } while (depth > 0);
        return at;
    }

    std::string_view rest_;
};

Result<void> read_text(const std::string& name, std::string_view value, std::string& target) {
    if (!value.starts_with('"')) {
        return malformed("member '" + name + "': expected a text");
    }
    target = Json::parse(value).get<std::string>();
    return {};
}

Result<void> read_rows(JsonCursor& cursor, std::string_view list, const JsonRowTaker& take) {
    if (!cursor.take('[')) {
        return malformed(fmt::format("member '{}': expected a list of objects", list));
    }
    std::string line;
    while (!cursor.take(']')) {
        line = cursor.take_value();
        // Line ends stand between tokens only: within a text they would be no JSON.
        std::ranges::replace(line, '\n', ' ');
        std::ranges::replace(line, '\r', ' ');
        TIDEMARK_RETURN_IF_ERROR(take(line));
        cursor.take(',');
    }
    return {};
}

Result<void> read_member(const std::string& name,
                         std::string_view list,
                         JsonCursor& cursor,
                         JsonBatch& batch) {
    for (const auto& [known, target] : {std::pair("batch_key", &batch.batch_key),
                                        std::pair("feed", &batch.feed),
                                        std::pair("covers", &batch.covers)}) {
        if (name == known) {
            return read_text(name, cursor.take_value(), *target);
        }
    }
    return malformed(
        fmt::format("member '{}': expected batch_key, feed, covers or {}", name, list));
}

}  // namespace

Result<JsonBatch> read_json_batch(std::string_view text,
                                  std::string_view list,
                                  const JsonRowTaker& take) {
    if (!Json::accept(text)) {
        return malformed("not a JSON document");
    }
    JsonCursor cursor(text);
    if (!cursor.take('{')) {
        return malformed("expected one JSON object; objects a line are application/x-ndjson");
    }
    JsonBatch batch;
    std::set<std::string> seen;
    while (!cursor.take('}')) {
        const std::string name = Json::parse(cursor.take_value()).get<std::string>();
        cursor.take(':');
        if (!seen.insert(name).second) {
            return malformed("member '" + name + "': given twice");
        }
        TIDEMARK_RETURN_IF_ERROR(name == list ? read_rows(cursor, list, take)
                                              : read_member(name, list, cursor, batch));
        cursor.take(',');
    }
    if (!seen.contains(std::string(list))) {
        return malformed(fmt::format("member '{}': must be given, be it empty", list));
    }
    return batch;
}

}  // namespace tidemark
