#include "toml/toml_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/nearest_name.h"

namespace tidemark {

TomlReader::TomlReader(const toml::table& table, std::string file, std::string path)
    : table_(table), file_(std::move(file)), path_(std::move(path)) {}

void TomlReader::read(std::string_view key, std::string& target) {
    if (const toml::node* node = find(key); node != nullptr) {
        if (const auto* text = node->as_string(); text != nullptr) {
            target = text->get();
        } else {
            expected(key, *node, "text in quotes");
        }
    }
}

void TomlReader::read(std::string_view key, bool& target) {
    if (const toml::node* node = find(key); node != nullptr) {
        if (const auto* flag = node->as_boolean(); flag != nullptr) {
            target = flag->get();
        } else {
            expected(key, *node, "true or false");
        }
    }
}

void TomlReader::read(std::string_view key,
                      std::int64_t& target,
                      std::int64_t least,
                      std::int64_t most) {
    if (const toml::node* node = find(key); node != nullptr) {
        const auto* number = node->as_integer();
        if (number != nullptr && number->get() >= least && number->get() <= most) {
            target = number->get();
        } else {
            expected(key, *node, fmt::format("a whole number from {} to {}", least, most));
        }
    }
}

void TomlReader::read(std::string_view key, double& target, double least, double most) {
    if (const toml::node* node = find(key); node != nullptr) {
        const std::optional<double> number = node->value<double>();
        if (number.has_value() && node->is_number() && *number >= least && *number <= most) {
            target = *number;
        } else {
            expected(key, *node, fmt::format("a number from {} to {}", least, most));
        }
    }
}

void TomlReader::read(std::string_view key,
                      std::chrono::milliseconds& target,
                      std::chrono::milliseconds least,
                      std::chrono::milliseconds most) {
    std::string text = to_string(target);
    read(key, text);
    const Result<std::chrono::milliseconds> duration = parse_duration(text);
    if (!duration.has_value()) {
        refuse(key, duration.error());
    } else if (*duration < least || *duration > most) {
        const std::string range = most == std::chrono::milliseconds::max()
                                      ? "at least " + to_string(least)
                                      : to_string(least) + " to " + to_string(most);
        refuse(key, Error{ErrorKind::invalid_input, "expected " + range});
    } else {
        target = *duration;
    }
}

void TomlReader::read(std::string_view key, std::vector<std::string>& target) {
    const toml::node* node = find(key);
    if (node == nullptr) {
        return;
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        expected(key, *node, "a list of texts");
        return;
    }
    target.clear();
    for (const toml::node& element : *array) {
        if (const auto* text = element.as_string(); text != nullptr) {
            target.push_back(text->get());
        } else {
            expected(key, element, "a list of texts");
            return;
        }
    }
}

const toml::table* TomlReader::find_table(std::string_view key) {
    const toml::node* node = find(key);
    if (node != nullptr && !node->is_table()) {
        expected(key, *node, "a table");
        return nullptr;
    }
    return node == nullptr ? nullptr : node->as_table();
}

std::vector<const toml::table*> TomlReader::find_tables(std::string_view key) {
    std::vector<const toml::table*> tables;
    const toml::node* node = find(key);
    if (node == nullptr) {
        return tables;
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        expected(key, *node, "a list of tables");
        return tables;
    }
    for (const toml::node& element : *array) {
        if (!element.is_table()) {
            expected(key, element, "a list of tables");
            return {};
        }
        tables.push_back(element.as_table());
    }
    return tables;
}

void TomlReader::refuse(std::string_view key, const Error& error) {
    const toml::node* node = table_.get(key);
    if (!error_.has_value()) {
        error_ = error_at(node == nullptr ? table_.source() : node->source(),
                          fmt::format("key '{}': {}", name_of(key), error.message));
    }
}

void TomlReader::pass_on(const Error& error) {
    if (!error_.has_value()) {
        error_ = error;
    }
}

Result<void> TomlReader::finish() const {
    if (error_.has_value()) {
        return *error_;
    }
    for (const auto& [key, node] : table_) {
        if (std::ranges::find(known_, key.str()) == known_.end()) {
            return error_at(
                node.source(),
                fmt::format(
                    "unknown key '{}'{}", name_of(key.str()), did_you_mean(key.str(), known_)));
        }
    }
    return {};
}

const toml::node* TomlReader::find(std::string_view key) {
    known_.push_back(key);
    return error_.has_value() ? nullptr : table_.get(key);
}

void TomlReader::expected(std::string_view key, const toml::node& node, std::string_view what) {
    if (!error_.has_value()) {
        error_ = error_at(node.source(), fmt::format("key '{}': expected {}", name_of(key), what));
    }
}

Error TomlReader::error_at(const toml::source_region& source, const std::string& words) const {
    return Error{ErrorKind::invalid_input,
                 fmt::format("{}:{}: {}", file_, source.begin.line, words)};
}

std::string TomlReader::name_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Result<toml::table> parse_toml(std::string_view text, const std::string& file) {
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        std::string words(error.description());
        std::ranges::replace(words, '\n', ' ');
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}:{}: {}", file, error.source().begin.line, words)};
    }
}

}  // namespace tidemark
