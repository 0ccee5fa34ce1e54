#pragma once
// Threshold: when usage within a window is worth telling somebody, and whom.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/dataset.h"
#include "http/client.h"

namespace tidemark {

enum class ThresholdWindow { day, month };  // of UTC

std::string_view to_string(ThresholdWindow window);
// Fails with invalid_input.
Result<ThresholdWindow> parse_threshold_window(std::string_view text);

// Who is told, and what proves to him who tells.
struct Webhook {
    http::Url url;
    std::string secret;  // both sides know it
};

struct Threshold {
    std::string name;
    Dataset dataset;
    std::string metric;                    // of a gauge its high-water mark counts
    std::optional<std::string> subject{};  // nothing: each subject by itself
    ThresholdWindow window = ThresholdWindow::month;
    std::int64_t at_least = 0;
    Webhook webhook;
};

}  // namespace tidemark
