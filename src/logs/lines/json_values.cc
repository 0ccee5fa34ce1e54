#include "logs/lines/json_values.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include <simdjson.h>

namespace tidemark {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::int32_t none = -1;

bool is_json_blank(char character) {
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

// RFC 8259, section 6.
bool is_json_number(std::string_view text) {
    const auto skip_digits = [&text] {
        std::size_t count = 0;
        while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
            ++count;
        }
        text.remove_prefix(count);
        return count;
    };
    if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    const bool zero = text.starts_with('0');
    const std::size_t whole = skip_digits();
    if (whole == 0 || (zero && whole > 1)) {
        return false;
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (skip_digits() == 0) {
            return false;
        }
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) {
            text.remove_prefix(1);
        }
        return skip_digits() > 0 && text.empty();
    }
    return text.empty();
}

// The keys of one object that lead somewhere, in a small hash table by length and first letter.
struct WantedKey {
    std::string key;
    std::int32_t place = none;     // in the texts
    std::int32_t children = none;  // the object below
    std::int32_t next = none;      // in the same bucket
};

struct WantedObject {
    static constexpr std::size_t buckets = 64;
    std::array<std::int32_t, buckets> first;
    std::vector<WantedKey> keys;

    WantedObject() { first.fill(none); }

    static std::size_t bucket(std::string_view key) {
        const auto letter = key.empty() ? 0U : static_cast<unsigned char>(key[0]);
        return (key.size() * 7 + letter) % buckets;
    }

    std::int32_t find(std::string_view key) const {
        std::int32_t at = first[bucket(key)];
        while (at != none && keys[static_cast<std::size_t>(at)].key != key) {
            at = keys[static_cast<std::size_t>(at)].next;
        }
        return at;
    }

    WantedKey& find_or_add(std::string_view key) {
        std::int32_t at = find(key);
        if (at == none) {
            std::int32_t& head = first[bucket(key)];
            at = static_cast<std::int32_t>(keys.size());
            keys.push_back({.key = std::string(key), .next = head});
            head = at;
        }
        return keys[static_cast<std::size_t>(at)];
    }
};

}  // namespace

struct JsonValues::Reader {
    std::vector<std::string> paths;
    std::vector<WantedObject> objects;  // objects[0] is the line's own
    ondemand::parser parser;
    std::span<std::string_view> texts;
    bool saw_nul = false;

    void want(std::string_view path, std::int32_t place) {
        std::size_t object = 0;
        std::string_view rest = path;
        while (true) {
            const std::size_t dot = rest.find('.');
            if (dot == std::string_view::npos) {
                set_place(object, rest, place);
                break;
            }
            const std::int32_t below = objects[object].find_or_add(rest.substr(0, dot)).children;
            if (below == none) {
                const std::size_t added = objects.size();
                objects.emplace_back();
                objects[object].find_or_add(rest.substr(0, dot)).children =
                    static_cast<std::int32_t>(added);
                object = added;
            } else {
                object = static_cast<std::size_t>(below);
            }
            rest.remove_prefix(dot + 1);
        }
        if (path.find('.') != std::string_view::npos) {
            set_place(0, path, place);
        }
    }

    void set_place(std::size_t object, std::string_view key, std::int32_t place) {
        WantedKey& wanted = objects[object].find_or_add(key);
        if (wanted.place == none) {
            wanted.place = place;
        }
    }

    // False when the object is not JSON.
    bool read_object(ondemand::object& object, std::size_t wanted_object);
    bool read_value(ondemand::value& value, const WantedKey& wanted);
    bool read_text(ondemand::value& value, std::string_view token, std::string_view& text);
};

namespace {

// The key up to its closing quote, or unescaped when it holds a backslash.
simdjson::error_code find_key(ondemand::field& field, std::string_view& key) {
    const char* const raw = field.key().raw();
    const char* end = raw;
    while (*end != '"' && *end != '\\') {
        ++end;
    }
    if (*end == '"') {
        key = {raw, static_cast<std::size_t>(end - raw)};
        return simdjson::SUCCESS;
    }
    return field.unescaped_key().get(key);
}

}  // namespace

bool JsonValues::Reader::read_object(ondemand::object& object, std::size_t wanted_object) {
    for (auto result : object) {
        ondemand::field field;
        std::string_view key;
        if (std::move(result).get(field) != simdjson::SUCCESS ||
            find_key(field, key) != simdjson::SUCCESS) {
            return false;
        }
        const WantedObject& wanted = objects[wanted_object];
        const std::int32_t at = wanted.find(key);
        if (at != none && !read_value(field.value(), wanted.keys[static_cast<std::size_t>(at)])) {
            return false;
        }
    }
    return true;
}

bool JsonValues::Reader::read_value(ondemand::value& value, const WantedKey& wanted) {
    std::string_view token = value.raw_json_token();
    while (!token.empty() && is_json_blank(token.back())) {
        token.remove_suffix(1);
    }
    if (token.empty()) {
        return false;
    }
    if (token[0] == '{') {
        ondemand::object below;
        return wanted.children == none ||
               (value.get_object().get(below) == simdjson::SUCCESS &&
                read_object(below, static_cast<std::size_t>(wanted.children)));
    }
    if (token[0] == '[') {
        return true;
    }
    std::string_view text;
    if (token[0] == '"') {
        if (!read_text(value, token, text)) {
            return false;
        }
    } else if (token == "true" || token == "false" || is_json_number(token)) {
        text = token;
    } else if (token != "null") {
        return false;
    }
    if (wanted.place != none) {
        std::string_view& kept = texts[static_cast<std::size_t>(wanted.place)];
        kept = kept.data() == nullptr
                   ? std::string_view(text.empty() ? "" : text.data(), text.size())
                   : kept;
    }
    return true;
}

bool JsonValues::Reader::read_text(ondemand::value& value,
                                   std::string_view token,
                                   std::string_view& text) {
    if (token.find('\\') == std::string_view::npos) {
        text = token.substr(1, token.size() - 2);
        return token.size() >= 2;
    }
    if (value.get_string().get(text) != simdjson::SUCCESS) {
        return false;
    }
    saw_nul = saw_nul || std::memchr(text.data(), '\0', text.size()) != nullptr;
    return true;
}

JsonValues::JsonValues(std::vector<std::string> paths) : reader_(std::make_unique<Reader>()) {
    reader_->paths = std::move(paths);
    reader_->objects.emplace_back();
    for (std::size_t place = 0; place < reader_->paths.size(); ++place) {
        reader_->want(reader_->paths[place], static_cast<std::int32_t>(place));
    }
}

JsonValues::~JsonValues() = default;

const std::vector<std::string>& JsonValues::paths() const {
    return reader_->paths;
}

JsonValues::Outcome JsonValues::read(std::string_view line, std::span<std::string_view> texts) {
    Reader& reader = *reader_;
    reader.texts = texts;
    reader.saw_nul = false;
    for (std::string_view& text : texts) {
        text = {};
    }
    const simdjson::padded_string_view padded(
        line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    ondemand::object object;
    if (reader.parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS || !reader.read_object(object, 0) ||
        document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
        return Outcome::malformed;
    }
    return reader.saw_nul ? Outcome::nul_byte : Outcome::found;
}

}  // namespace tidemark
