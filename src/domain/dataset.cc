#include "domain/dataset.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark {

namespace {

constexpr std::size_t name_length_max = 40;

constexpr std::array<std::string_view, 4> reserved_columns = {
    "batch_seq", "date", "slot", "folded_through"};

// Further ones of a gauge's events.
constexpr std::array<std::string_view, 4> event_columns = {
    "metric", "value", "observed_at", "event_id"};

bool is_name(std::string_view name) {
    const auto is_letter = [](char character) { return character >= 'a' && character <= 'z'; };
    return !name.empty() && name.size() <= name_length_max && is_letter(name.front()) &&
           std::ranges::all_of(name, [&](char character) {
               return is_letter(character) || (character >= '0' && character <= '9') ||
                      character == '_';
           });
}

Error wrong_name(std::string_view dataset, std::string_view role, std::string_view name) {
    return Error{ErrorKind::invalid_input,
                 fmt::format("dataset '{}': {} name '{}': expected 1 to {} of a-z, 0-9 and _, "
                             "beginning with a letter",
                             dataset,
                             role,
                             name,
                             name_length_max)};
}

Dataset declare_or_die(DatasetDeclaration declaration) {
    Result<Dataset> dataset = Dataset::declare(std::move(declaration));
    TIDEMARK_CHECK(dataset.has_value());
    return std::move(dataset).value();
}

}  // namespace

std::string gauge_time_column(std::string_view metric) {
    return fmt::format("{}_at", metric);
}

std::string gauge_mark_column(std::string_view metric) {
    return fmt::format("max_{}", metric);
}

std::string_view to_string(DatasetKind kind) {
    return kind == DatasetKind::counter ? "counter" : "gauge";
}

Result<DatasetKind> parse_dataset_kind(std::string_view text) {
    if (text == "counter") {
        return DatasetKind::counter;
    }
    if (text == "gauge") {
        return DatasetKind::gauge;
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("dataset kind '{}': expected counter or gauge", text)};
}

Result<Dataset> Dataset::declare(DatasetDeclaration declaration) {
    if (!is_name(declaration.name)) {
        return wrong_name(declaration.name, "its", declaration.name);
    }
    if (declaration.metrics.empty() || declaration.metrics.size() > metrics_max) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("dataset '{}': {} metrics: expected 1 to {}",
                                 declaration.name,
                                 declaration.metrics.size(),
                                 metrics_max)};
    }
    std::vector<std::string_view> columns(reserved_columns.begin(), reserved_columns.end());
    const auto add_column = [&](std::string_view role, std::string_view name) -> Result<void> {
        if (!is_name(name)) {
            return wrong_name(declaration.name, role, name);
        }
        if (std::ranges::find(columns, name) != columns.end()) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("dataset '{}': {} name '{}': already the name of a column",
                                     declaration.name,
                                     role,
                                     name)};
        }
        columns.push_back(name);
        return {};
    };
    // What Tidemark adds stands first, so that a message names what the user wrote.
    std::vector<std::string> added;
    if (declaration.kind == DatasetKind::gauge) {
        columns.insert(columns.end(), event_columns.begin(), event_columns.end());
        for (const std::string& metric : declaration.metrics) {
            added.push_back(gauge_time_column(metric));
            added.push_back(gauge_mark_column(metric));
        }
        columns.insert(columns.end(), added.begin(), added.end());
    }
    TIDEMARK_RETURN_IF_ERROR(add_column("subject", declaration.subject));
    for (const std::string& metric : declaration.metrics) {
        TIDEMARK_RETURN_IF_ERROR(add_column("metric", metric));
    }
    return Dataset(std::move(declaration));
}

std::optional<std::size_t> Dataset::find_metric(std::string_view metric) const {
    const auto found = std::ranges::find(metrics(), metric);
    if (found == metrics().end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - metrics().begin());
}

bool Dataset::operator==(const Dataset& other) const {
    return name() == other.name() && kind() == other.kind() && subject() == other.subject() &&
           metrics() == other.metrics();
}

std::span<const Dataset> built_in_datasets() {
    static const std::array<Dataset, 3> datasets = {
        declare_or_die({.name = "cdn",
                        .kind = DatasetKind::counter,
                        .subject = "site_id",
                        .metrics = {"bytes_streamed", "requests"}}),
        declare_or_die({.name = "ping",
                        .kind = DatasetKind::counter,
                        .subject = "analytics_id",
                        .metrics = {"plays", "ad_impressions", "ad_completes"}}),
        declare_or_die({.name = "media_storage",
                        .kind = DatasetKind::gauge,
                        .subject = "site_id",
                        .metrics = {"bytes_stored", "media_count"}}),
    };
    return datasets;
}

}  // namespace tidemark
