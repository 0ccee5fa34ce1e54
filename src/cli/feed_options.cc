#include "cli/feed_options.h"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 6> field_roles = {
    "time", "bytes", "status", "method", "url", "host"};

Error unknown_feed(const std::string& name, const Configuration& configuration) {
    std::vector<std::string_view> known;
    for (const auto& [feed, configured] : configuration.feeds) {
        known.push_back(feed);
    }
    return Error{
        ErrorKind::invalid_input,
        fmt::format("feed '{}': not in the configuration{}; add [feed.{}] to it or say how "
                    "to read it with --format and --subject",
                    name,
                    did_you_mean(name, known),
                    name)};
}

Result<void> override_fields(const std::vector<std::string>& options, FieldRoles& roles) {
    for (const std::string& option : options) {
        const std::size_t equals = option.find('=');
        const std::string_view role = std::string_view(option).substr(0, equals);
        if (equals == std::string::npos || equals + 1 == option.size()) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format("--field '{}': expected ROLE=NAME, as in time=date_time", option)};
        }
        if (std::ranges::find(field_roles, role) == field_roles.end()) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("--field '{}': unknown role '{}'{}; roles are time, bytes, "
                                     "status, method, url and host",
                                     option,
                                     role,
                                     did_you_mean(role, field_roles))};
        }
        roles[std::string(role)] = option.substr(equals + 1);
    }
    return {};
}

Result<void> override_reading(const FeedOptions& options, FeedConfiguration& feed) {
    if (!options.format.empty()) {
        feed.reading.format = options.format;
    }
    if (!options.subject.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(feed.reading.subject, SubjectRule::parse(options.subject));
    }
    if (!options.missing_subject.empty()) {
        feed.reading.missing_subject = options.missing_subject;
    }
    if (!options.time_zone.empty()) {
        feed.reading.time_zone = options.time_zone;
    }
    if (!options.max_rejected.empty()) {
        Result<double> share = parse_share(options.max_rejected);
        if (!share.has_value()) {
            return with_context("--max-rejected", std::move(share).error());
        }
        feed.rejected_share_max = *share;
    }
    feed.reading.accept_truncated = feed.reading.accept_truncated || options.accept_truncated;
    return override_fields(options.fields, feed.reading.fields);
}

Result<FeedConfiguration> unconfigured_feed(const FeedOptions& options,
                                            const Configuration& configuration) {
    FeedConfiguration feed;
    feed.dataset = !options.dataset.empty()   ? options.dataset
                   : options.format == "ping" ? "ping"
                                              : "cdn";
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, configuration.require_dataset(feed.dataset));
    if (options.subject.empty() && options.format != "ping") {
        return Error{ErrorKind::invalid_input,
                     "--subject: needed to know whose usage a line is (path:N, host, query:NAME, "
                     "field:NAME or pattern:RE2)"};
    }
    if (options.subject.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(feed.reading.subject, SubjectRule::parse("query:aid"));
    }
    feed.reading.metrics = default_metric_rules(dataset);
    return feed;
}

}  // namespace

void add_feed_options(CLI::App& command, FeedOptions& options) {
    command.add_option("--feed", options.feed, "the feed, [feed.NAME] of the configuration");
    command.add_option(
        "--dataset",
        options.dataset,
        "the dataset of a feed that is not configured (default cdn; ping for pings)");
    command.add_option(
        "--format",
        options.format,
        "fastly, edgecast, cloudfront, combined, w3c, json, delimited, ping, pattern");
    command.add_option("--subject",
                       options.subject,
                       "where the subject is: path:N, host, query:NAME, field:NAME, pattern:RE2");
    command.add_option("--missing-subject",
                       options.missing_subject,
                       "the subject that lines without one are booked on (default: rejected)");
    command
        .add_option("--field",
                    options.fields,
                    "ROLE=NAME: which column or JSON path is time, bytes, status, method, url, "
                    "host; may be given several times")
        ->allow_extra_args(false);
    command.add_option("--tz", options.time_zone, "time zone of times without one (default UTC)");
    command.add_option("--max-rejected",
                       options.max_rejected,
                       "refuse a file when more of its lines are rejected, as in 5%");
    command.add_flag("--accept-truncated",
                     options.accept_truncated,
                     "count what a cut-off compressed file still gives");
}

Result<ChosenFeed> choose_feed(const FeedOptions& options, const Configuration& configuration) {
    ChosenFeed chosen;
    const auto configured = configuration.feeds.find(options.feed);
    if (configured != configuration.feeds.end()) {
        chosen = {configured->first, configured->second};
        if (!options.dataset.empty() && options.dataset != chosen.feed.dataset) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("--dataset '{}': feed '{}' is configured for dataset '{}'",
                                     options.dataset,
                                     chosen.name,
                                     chosen.feed.dataset)};
        }
    } else if (!options.format.empty()) {
        chosen.name = options.feed.empty() ? options.format : options.feed;
        TIDEMARK_ASSIGN_OR_RETURN(chosen.feed, unconfigured_feed(options, configuration));
    } else if (!options.feed.empty()) {
        return unknown_feed(options.feed, configuration);
    } else {
        return Error{ErrorKind::invalid_input,
                     "--feed: needed, or --format and --subject to say how the lines are read"};
    }
    TIDEMARK_RETURN_IF_ERROR(override_reading(options, chosen.feed));
    return chosen;
}

}  // namespace tidemark
