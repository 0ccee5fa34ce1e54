#include "serve/access.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "report/ledger_report.h"

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

Error seen_by(const Access& access, const Error& error, std::string why) {
    return access.all_subjects() || error.kind != ErrorKind::refused
               ? error
               : Error{ErrorKind::refused, std::move(why)};
}

std::string receipt_seen_by(const Access& access,
                            const Dataset& dataset,
                            const StoredBatch& stored) {
    const std::string text = receipt_json(dataset, stored);
    if (access.all_subjects()) {
        return text;
    }
    auto document = nlohmann::ordered_json::parse(text);
    document.erase("batch");
    document.erase("batch_seq");
    return document.dump(2) + "\n";
}

}  // namespace tidemark
