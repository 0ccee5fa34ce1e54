#pragma once
// What the service takes in by itself: files that arrive in folders, and the media source.

#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/configuration.h"

namespace tidemark {

// Counts the files that arrive in the feed's folder until the flag is set. Fails as
// LogReader::make() does.
Result<void> watch_until(const std::string& url,
                         const std::string& name,
                         const FeedConfiguration& feed,
                         const Clock& clock,
                         const std::atomic<bool>& stop);

// Polls [media.source] until the flag is set. Fails as poll_media() does.
Result<void> poll_until(const std::string& url,
                        const Configuration& configuration,
                        const Clock& clock,
                        const std::atomic<bool>& stop);

}  // namespace tidemark
