// GET /v1/usage: the numbers of `tidemark usage`, over HTTP. Those who ask nearly the same at the
// same time share what the store is asked.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/content_hash.h"
#include "http/media_type.h"
#include "report/usage_answer.h"
#include "report/usage_format.h"
#include "report/usage_shares.h"
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

// More subjects than these are worth a read of their own.
constexpr int subjects_gathered_max = 8;

// A call whose question is known.
struct Asked {
    const Call& call;
    std::size_t place;  // among those that came with it
    UsageQuestion question;
    std::string_view media_type;
    UsageFormat format;
    std::string tag{};
    bool is_answered = false;

    [[nodiscard]] bool names_tag() const {
        const auto tags = call.request.head.fields.find("If-None-Match");
        return http::names_entity_tag(tags.value_or(""), tag);
    }
};

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

http::Response begin_response(int status, const Asked& asked) {
    http::Response response = json_response(status, "");
    response.fields.set("Content-Type", std::string(asked.media_type));
    response.fields.set("ETag", asked.tag);
    response.fields.set("Vary", "Accept, Authorization");
    return response;
}

std::variant<Asked, http::Problem> read(const Call& call, std::size_t call_place) {
    const http::RequestHead& head = call.request.head;
    const auto media_type = http::choose_media_type(head.fields.find("Accept"), media_types);
    if (!media_type.has_value()) {
        return http::Problem{.status = 406,
                             .detail =
                                 "header Accept: usage comes as application/json, text/csv or "
                                 "application/x-ndjson",
                             .field = "Accept",
                             .value = std::string(head.fields.find("Accept").value_or(""))};
    }
    auto read = read_usage_question(head.target, call.route.parameters, call.setting);
    if (auto* problem = std::get_if<http::Problem>(&read); problem != nullptr) {
        return std::move(*problem);
    }
    auto& question = std::get<UsageQuestion>(read);
    if (auto problem = check_access(call.access, question.request); problem.has_value()) {
        return *std::move(problem);
    }
    const auto form =
        static_cast<std::size_t>(std::ranges::find(media_types, *media_type) - media_types.begin());
    return Asked{.call = call,
                 .place = call_place,
                 .question = std::move(question),
                 .media_type = *media_type,
                 .format = formats.at(form)};
}

// Those that came at once, while they are answered.
struct Round {
    const KnownProgress known;
    const GroupAnswer& answer;

    void give(Asked& asked, Result<http::Response> response) const {
        asked.is_answered = true;
        answer(asked.place, std::move(response));
    }
};

bool by_version(const Asked* asked) {
    return asked->call.access.all_subjects();
}

bool names_any_tag(const Asked* asked) {
    return asked->call.request.head.fields.find("If-None-Match").has_value();
}

// Gives each of those by version its tag; who knows it already has nothing to be told.
Result<void> tag_with(const std::string& version,
                      const Round& round,
                      const std::vector<Asked*>& group) {
    std::map<bool, std::string> shared;  // by whether the answer says how far it is complete
    for (Asked* asked : group) {
        if (!by_version(asked)) {
            continue;
        }
        const bool says_progress = asked->format == UsageFormat::json;
        std::string& of_group = shared[says_progress];
        if (of_group.empty()) {
            TIDEMARK_ASSIGN_OR_RETURN(
                of_group, shared_tag(asked->question, round.known, version, says_progress));
        }
        const std::string tag =
            usage_tag(of_group, asked->question.request.subjects, asked->media_type);
        asked->tag = "W/\"" + tag + "\"";
        if (asked->names_tag()) {
            round.give(*asked, begin_response(304, *asked));
        }
    }
    return {};
}

// Told without answering: what is stored is asked for its version before it is read, so a tag never
// stands for less than what was answered under it. The version changes with what others store too,
// which a key of some subjects must not tell: its tag is that of the content.
Result<void> tag_by_version(Store& store, const Round& round, std::vector<Asked*>& group) {
    if (std::ranges::none_of(group, by_version)) {
        return {};
    }
    const UsageQuestion& question = group.front()->question;
    TIDEMARK_ASSIGN_OR_RETURN(const auto days, days_read(question));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::string version,
        store.answer_version(question.request.dataset.name(), days.first, days.second));
    TIDEMARK_RETURN_IF_ERROR(tag_with(version, round, group));
    std::erase_if(group, [](const Asked* asked) { return asked->is_answered; });
    return {};
}

http::Response response_of(Asked& asked, UsageReport report) {
    if (asked.tag.empty()) {
        asked.tag = tag_of_content(report, asked.format);
        if (asked.names_tag()) {
            return begin_response(304, asked);
        }
    }
    http::Response response = begin_response(200, asked);
    lead_on(asked.call.request.head.target, asked.question.request, report, response);
    response.body = format_usage(report, asked.format);
    return response;
}

std::vector<const UsageQuestion*> questions_of(const std::vector<Asked*>& group) {
    std::vector<const UsageQuestion*> questions;
    for (const Asked* asked : group) {
        questions.push_back(&asked->question);
    }
    return questions;
}

void give_shares(const Round& round, const std::vector<Asked*>& group, UsageReport report) {
    std::vector<UsageReport> shares = shares_of(std::move(report), questions_of(group));
    for (std::size_t place = 0; place < group.size(); ++place) {
        round.give(*group[place], response_of(*group[place], std::move(shares[place])));
    }
}

// Of calls that are asked alike.
Result<void> answer_group(Store& store, const Round& round, std::vector<Asked*> group) {
    const bool all_are_read =
        std::ranges::all_of(group, by_version) && std::ranges::none_of(group, names_any_tag);
    if (all_are_read && takes_one_read(group.front()->question)) {
        TIDEMARK_ASSIGN_OR_RETURN(
            VersionedReport read,
            answer_versioned_usage(store, joined(questions_of(group)), round.known));
        TIDEMARK_RETURN_IF_ERROR(tag_with(read.version, round, group));
        give_shares(round, group, std::move(read.report));
        return {};
    }
    TIDEMARK_RETURN_IF_ERROR(tag_by_version(store, round, group));
    if (group.empty()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(UsageReport report,
                              answer_usage(store, joined(questions_of(group)), round.known));
    give_shares(round, group, std::move(report));
    return {};
}

// The first that has no answer yet, and those that may be answered with it.
std::vector<Asked*> next_group(std::vector<Asked>& all) {
    std::vector<Asked*> group;
    std::int64_t rows = 0;
    for (Asked& asked : all) {
        const bool fits =
            group.empty() || (asked_alike(group.front()->question, asked.question) &&
                              rows + rows_asked(asked.question.request) <= usage_rows_max);
        if (!asked.is_answered && fits) {
            group.push_back(&asked);
            rows += rows_asked(asked.question.request);
        }
    }
    return group;
}

void answer_all(Backend& backend, std::vector<Asked>& all, const GroupAnswer& answer) {
    const Round round{.known = backend.read_progress(), .answer = answer};
    for (auto group = next_group(all); !group.empty(); group = next_group(all)) {
        const Result<void> answered = answer_group(backend.store(), round, group);
        for (Asked* asked : group) {
            if (!answered.has_value() && !asked->is_answered) {
                round.give(*asked, answered.error());
            }
        }
    }
}

}  // namespace

// All parameters but the subjects, where they are few.
std::string usage_group(const http::Target& target) {
    std::string name;
    name.reserve(target.raw.size());
    int named = 0;
    for (const auto& [parameter, value] : target.query) {
        if (parameter == "subject") {
            ++named;
        } else {
            http::append_query(name, parameter, value);
        }
    }
    return named > subjects_gathered_max ? target.raw : name;
}

void get_usage(std::span<const Call> calls, const GroupAnswer& answer) {
    Backend& backend = calls.front().backend;
    std::vector<Asked> asked;
    for (std::size_t place = 0; place < calls.size(); ++place) {
        auto read_call = read(calls[place], place);
        if (const auto* problem = std::get_if<http::Problem>(&read_call); problem != nullptr) {
            answer(place, http::to_response(*problem));
        } else {
            asked.push_back(std::get<Asked>(std::move(read_call)));
        }
    }
    if (!asked.empty()) {
        answer_all(backend, asked, answer);
    }
}

}  // namespace tidemark
