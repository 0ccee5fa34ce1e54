#include "store/threshold_store.h"

#include <fmt/format.h>

#include "base/content_hash.h"

namespace tidemark {

std::string event_id_of(const ThresholdEvent& event) {
    ContentHasher hasher;
    for (const std::string_view part : {std::string_view(event.threshold),
                                        std::string_view(event.dataset),
                                        std::string_view(event.metric),
                                        std::string_view(event.subject),
                                        std::string_view(event.period)}) {
        hasher.update(fmt::format("{} {} ", part.size(), part));
    }
    hasher.update(std::to_string(event.at_least));
    return hasher.finish().to_string();
}

Error no_such_threshold_event(std::string_view event_id) {
    return {ErrorKind::not_found, fmt::format("threshold event '{}': not in this store", event_id)};
}

}  // namespace tidemark
