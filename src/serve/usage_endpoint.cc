// GET /v1/usage: the numbers of `tidemark usage`, over HTTP.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "base/content_hash.h"
#include "http/media_type.h"
#include "report/usage_answer.h"
#include "report/usage_format.h"
#include "report/usage_tag.h"
#include "serve/access.h"
#include "serve/endpoint.h"
#include "serve/routes.h"
#include "serve/usage_cursor.h"
#include "serve/usage_question.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 3> media_types{
    "application/json", "text/csv", "application/x-ndjson"};
constexpr std::array<UsageFormat, 3> formats{
    UsageFormat::json, UsageFormat::csv, UsageFormat::ndjson};

// Told without answering: what is stored is asked for its version before it is read, so a tag never
// stands for less than what was answered under it.
Result<std::string> entity_tag(Store& store,
                               const UsageQuestion& question,
                               const KnownProgress& known,
                               std::string_view media_type) {
    TIDEMARK_ASSIGN_OR_RETURN(const auto days, days_read(question));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::string version,
        store.answer_version(question.request.dataset.name(), days.first, days.second));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::string tag,
        usage_tag(question, known, version, media_type, media_type == media_types.front()));
    return "W/\"" + tag + "\"";
}

// The same as long as the answer is: all of it but how old the metadata is, which changes by
// itself.
std::string tag_of_content(UsageReport report, UsageFormat format) {
    if (report.progress.has_value()) {
        report.progress->metadata_age.reset();
    }
    ContentHasher hasher;
    hasher.update(format_usage(report, format));
    return "W/\"" + hasher.finish().to_string() + "\"";
}

// RFC 8288: the same request with the cursor of the next page.
std::string link_to_next(const http::Target& target, const std::string& cursor) {
    std::vector<std::pair<std::string, std::string>> query;
    for (const auto& pair : target.query) {
        if (pair.first != "cursor") {
            query.push_back(pair);
        }
    }
    query.emplace_back("cursor", cursor);
    return "<?" + http::query_text(query) + ">; rel=\"next\"";
}

// A key of some subjects must name whom it asks for: all together tell of the others.
std::optional<http::Problem> check_access(const Access& access, const UsageRequest& request) {
    if (!access.may_use_dataset(request.dataset.name())) {
        return not_allowed("dataset", request.dataset.name(), "the key is not for this dataset");
    }
    if (!access.all_subjects() && request.subjects.empty()) {
        return not_allowed("subject", "", "the key is for some subjects, which must be named");
    }
    for (const std::string& subject : request.subjects) {
        if (!access.may_use_subject(subject)) {
            return not_allowed("subject", subject, "the key is not for this subject");
        }
    }
    return std::nullopt;
}

// Gives the page's end its cursor, and the answer its link.
void lead_on(const http::Target& target,
             const UsageRequest& asked,
             UsageReport& report,
             http::Response& response) {
    if (!report.page.has_value() || !report.page->more) {
        return;
    }
    PageEnd& page = *report.page;
    page.cursor = to_text(UsageCursor{.question = digest_of_question(target),
                                      .from = asked.from,
                                      .to = asked.to,
                                      .until = report.until,
                                      .after = page.last_subject});
    response.fields.set("Link", link_to_next(target, page.cursor));
}

}  // namespace

Result<http::Response> get_usage(const Call& call) {
    const http::RequestHead& head = call.request.head;
    const auto media_type = http::choose_media_type(head.fields.find("Accept"), media_types);
    if (!media_type.has_value()) {
        return http::to_response({.status = 406,
                                  .detail =
                                      "header Accept: usage comes as application/json, text/csv or "
                                      "application/x-ndjson",
                                  .field = "Accept",
                                  .value = std::string(head.fields.find("Accept").value_or(""))});
    }
    const auto read = read_usage_question(head.target, call.route.parameters, call.setting);
    if (const auto* problem = std::get_if<http::Problem>(&read); problem != nullptr) {
        return http::to_response(*problem);
    }
    const auto& question = std::get<UsageQuestion>(read);
    if (const auto problem = check_access(call.access, question.request); problem.has_value()) {
        return http::to_response(*problem);
    }
    Store& store = call.backend.store();
    const KnownProgress known = call.backend.read_progress();
    const auto place =
        static_cast<std::size_t>(std::ranges::find(media_types, *media_type) - media_types.begin());
    const UsageFormat format = formats.at(place);
    // The version changes with what others store too, which a key of some subjects must not tell.
    std::optional<UsageReport> report;
    std::string tag;
    if (call.access.all_subjects()) {
        TIDEMARK_ASSIGN_OR_RETURN(tag, entity_tag(store, question, known, *media_type));
    } else {
        TIDEMARK_ASSIGN_OR_RETURN(report, answer_usage(store, question, known));
        tag = tag_of_content(*report, format);
    }
    http::Response response = json_response(200, "");
    response.fields.set("Content-Type", std::string(*media_type));
    response.fields.set("ETag", tag);
    response.fields.set("Vary", "Accept, Authorization");
    if (http::names_entity_tag(head.fields.find("If-None-Match").value_or(""), tag)) {
        response.status = 304;
        return response;
    }
    if (!report.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(report, answer_usage(store, question, known));
    }
    lead_on(head.target, question.request, *report, response);
    response.body = format_usage(*report, format);
    return response;
}

}  // namespace tidemark
