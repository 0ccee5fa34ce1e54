#include "serve/access.h"

#include <utility>

namespace tidemark {

bool Access::may(KeyScope scope) const {
    return key_ == nullptr || key_->scopes.contains(scope);
}

bool Access::may_use_dataset(std::string_view dataset) const {
    return all_datasets() || key_->datasets.contains(dataset);
}

bool Access::may_use_subject(std::string_view subject) const {
    return all_subjects() || key_->subjects.contains(subject);
}

bool Access::all_datasets() const {
    return key_ == nullptr || key_->datasets.empty();
}

bool Access::all_subjects() const {
    return key_ == nullptr || key_->subjects.empty();
}

std::string_view Access::name() const {
    return key_ == nullptr ? std::string_view() : std::string_view(key_->name);
}

std::string Access::own_feed(const std::string& feed) const {
    return all_subjects() ? feed : key_->name + ":" + feed;
}

http::Problem not_allowed(std::string field, std::string value, std::string why) {
    return {.status = 403,
            .detail = std::move(why),
            .field = std::move(field),
            .value = std::move(value)};
}

}  // namespace tidemark
