#pragma once
// What batch, replace and rejected --replay have in common: a file is read, sent as one batch, and
// answered with its receipt.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/configuration.h"
#include "cli/exit_code.h"
#include "cli/feed_options.h"
#include "worker/send_batch.h"

namespace tidemark {

// A file on the command line, and how it is read: as pre-aggregated rows, or with `lines` as log
// lines of a feed.
struct BatchFile {
    std::string path;
    bool lines = false;
    FeedOptions feed;
};

// Sends the file to the store of `url` and prints the receipt, as JSON when asked. `job` comes
// without the share of rejected rows that is let pass; its feed may be empty for a correction.
Result<ExitCode> send_file(const BatchFile& file,
                           BatchJob job,
                           const std::string& url,
                           const Configuration& configuration,
                           bool json);

}  // namespace tidemark
