#pragma once
// The configuration file: TOML, every key optional, an unknown key an error.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/ingest_configuration.h"
#include "cli/serve_configuration.h"
#include "cli/sync_configuration.h"
#include "cli/threshold_configuration.h"
#include "domain/dataset.h"
#include "logs/lines/reading.h"
#include "worker/closing.h"

namespace tidemark {

// [feed.NAME]: one stream of input to a dataset.
struct FeedConfiguration {
    std::string dataset;
    Reading reading;                  // metrics already filled for the dataset
    double rejected_share_max = 1.0;  // max_rejected = "5%"
    std::string covers_pattern;       // empty: file names declare nothing
    WatchRules watch{};               // of `serve`
};

struct CompactConfiguration {
    std::chrono::milliseconds every{5000};
    std::int64_t batches_max = 6;
    ClosingRules closing;  // of datasets that have none of their own
    std::map<std::string, ClosingRules> closing_by_dataset;  // [compact.NAME]
};

// [verify]: what the service verifies of its own accord.
struct VerifyConfiguration {
    std::optional<std::chrono::seconds> every = std::chrono::hours(24);  // nothing: never
    std::int64_t days = 7;                                               // the last ones
};

// [media]: the media worker; [media.source]: what it polls.
struct MediaConfiguration {
    std::string dataset = "media_storage";
    std::string feed = "media";
    std::string source_url;  // empty: nothing to poll
    std::string source_query;
    std::string source_every = "30s";  // a duration or a cron expression
};

struct Configuration {
    std::string store_url;          // empty: not said
    std::vector<Dataset> datasets;  // the built-in ones, then the declared ones
    std::map<std::string, FeedConfiguration> feeds;
    CompactConfiguration compact;
    MediaConfiguration media;
    VerifyConfiguration verify;
    PingsConfiguration pings;
    std::vector<CloudEventMapping> cloud_events;
    SyncConfiguration sync;
    std::vector<ThresholdConfiguration> thresholds;
    ServeConfiguration serve;

    [[nodiscard]] const Dataset* find_dataset(std::string_view name) const;

    // The same, but fails with invalid_input, naming the nearest declared dataset.
    [[nodiscard]] Result<Dataset> require_dataset(std::string_view name) const;

    // How each counter dataset's days are closed; its feeds are those configured for it.
    [[nodiscard]] std::map<std::string, ClosingRules, std::less<>> closing_rules() const;
};

// The configuration of a file, of "tidemark.toml" when no path is given and it exists, else the
// defaults. Fails with not_found for a missing file, with invalid_input, naming file, line and key,
// for what TOML refuses, unknown keys (with the nearest known one) and wrong values.
Result<Configuration> load_configuration(const std::optional<std::string>& path);

// The same from text; `file` names it in messages.
Result<Configuration> parse_configuration(std::string_view text, std::string_view file);

// The whole configuration as TOML with every default written out.
std::string to_toml(const Configuration& configuration);

// "5%" or "5" (per cent) as 0.05; fails with invalid_input outside 0 to 100.
Result<double> parse_share(std::string_view text);

}  // namespace tidemark
