#pragma once
// How a command line says which feed it means and how its lines are read.

#include <optional>
#include <string>
#include <vector>

#include "cli/configuration.h"

namespace CLI {
class App;
}

namespace tidemark {

struct FeedOptions {
    std::string feed;
    std::string dataset;
    std::string format;
    std::string subject;
    std::string missing_subject;
    std::vector<std::string> fields;  // "ROLE=NAME"
    std::string time_zone;
    std::string max_rejected;
    bool accept_truncated = false;
};

void add_feed_options(CLI::App& command, FeedOptions& options);

// The feed's name and configuration: the configured feed with what the options override, or, with
// --format, a feed of its own (named after the format unless --feed says otherwise). Fails with
// invalid_input, naming the option.
struct ChosenFeed {
    std::string name;
    FeedConfiguration feed;
};
Result<ChosenFeed> choose_feed(const FeedOptions& options, const Configuration& configuration);

}  // namespace tidemark
