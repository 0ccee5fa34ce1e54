#include "http/message.h"

#include <algorithm>

namespace tidemark::http {

namespace {

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
}

bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

void Fields::set(std::string_view name, std::string value) {
    std::erase_if(fields_, [name](const auto& field) { return same_name(field.first, name); });
    add(name, std::move(value));
}

void Fields::add(std::string_view name, std::string value) {
    fields_.emplace_back(name, std::move(value));
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
    const auto found = std::ranges::find_if(
        fields_, [name](const auto& field) { return same_name(field.first, name); });
    return found == fields_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::size_t Fields::count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        fields_, [name](const auto& field) { return same_name(field.first, name); }));
}

Response text_response(int status, std::string_view media_type, std::string body) {
    Response response{.status = status, .fields = {}, .body = std::move(body)};
    response.fields.set("Content-Type", std::string(media_type));
    return response;
}

}  // namespace tidemark::http
