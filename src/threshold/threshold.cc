#include "threshold/threshold.h"

#include <fmt/format.h>

namespace tidemark {

std::string_view to_string(ThresholdWindow window) {
    return window == ThresholdWindow::day ? "day" : "month";
}

Result<ThresholdWindow> parse_threshold_window(std::string_view text) {
    for (const ThresholdWindow window : {ThresholdWindow::day, ThresholdWindow::month}) {
        if (text == to_string(window)) {
            return window;
        }
    }
    return Error{ErrorKind::invalid_input, fmt::format("window '{}': expected day or month", text)};
}

}  // namespace tidemark
