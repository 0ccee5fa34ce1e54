#include "generate/media_events.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "generate/distributions.h"
#include "generate/names.h"

namespace tidemark {

namespace {

constexpr std::int64_t day_s = 86400;

struct Library {
    std::int64_t bytes = 0;
    std::int64_t media = 0;
};

// Adds dominate; replacing and deleting occur.
void change(Library& library, const LogNormalSize& size, RandomStream& random) {
    const std::uint64_t first = random.next();
    const std::int64_t bytes = size.draw(first, random.next());
    const std::uint64_t kind = random.below(10);
    if (kind == 0 && library.media > 0) {
        library.bytes -= library.bytes / library.media;
        --library.media;
        return;
    }
    library.bytes += bytes;
    library.media += kind < 3 ? 0 : 1;  // a replacement changes no count
}

std::string wrong_value(RandomStream& random) {
    constexpr std::string_view values[] = {"-1", "9223372036854775808", "\"many\"", "null"};
    return std::string(values[random.below(std::size(values))]);
}

Result<void> check_media(const MediaEventsOptions& options) {
    const bool shares_fit = options.late_share >= 0.0 && options.late_share <= 1.0 &&
                            options.wrong_share >= 0.0 && options.wrong_share <= 1.0;
    if (options.to <= options.from || options.subjects < 1 || options.events < 0 || !shares_fit) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("media events: {} events of {} subjects from {} to {}: give at "
                                 "least one subject and one day, and shares between 0 and 1",
                                 options.events,
                                 options.subjects,
                                 options.from.to_string(),
                                 options.to.to_string())};
    }
    return {};
}

}  // namespace

Result<void> write_media_events(const MediaEventsOptions& options, const LineSink& sink) {
    TIDEMARK_RETURN_IF_ERROR(check_media(options));
    constexpr std::size_t block_bytes = std::size_t{1} << 20U;
    RandomStream random(options.seed, "media");
    const WeightedChoice subjects = WeightedChoice::zipf(options.subjects, 1.0);
    const LogNormalSize size(17.5, 1.2);  // median 40 MB, an encoded video with its renditions
    std::vector<Library> libraries(options.subjects);
    const std::int64_t seconds =
        (options.to.days_since_epoch() - options.from.days_since_epoch()) * day_s;
    std::string block;
    for (std::int64_t event = 0; event < options.events; ++event) {
        const std::size_t subject = subjects.draw(random.next());
        const bool bytes = random.below(2) == 0;
        Library& library = libraries[subject];
        change(library, size, random);
        std::int64_t second = event * seconds / options.events;
        if (random.chance(options.late_share)) {
            second =
                std::max<std::int64_t>(0, second - static_cast<std::int64_t>(random.below(7200)));
        }
        const std::string value = random.chance(options.wrong_share)
                                      ? wrong_value(random)
                                      : std::to_string(bytes ? library.bytes : library.media);
        fmt::format_to(
            std::back_inserter(block),
            "{{\"subject\":\"{}\",\"metric\":\"{}\",\"value\":{},\"observed_at\":"
            "\"{}T{:02}:{:02}:{:02}Z\"}}\n",
            site_name(static_cast<std::uint32_t>(subject)),
            bytes ? "bytes_stored" : "media_count",
            value,
            options.from.plus_days(static_cast<std::int32_t>(second / day_s)).to_string(),
            second % day_s / 3600,
            second / 60 % 60,
            second % 60);
        if (block.size() >= block_bytes) {
            TIDEMARK_RETURN_IF_ERROR(sink(block));
            block.clear();
        }
    }
    return block.empty() ? Result<void>{} : sink(block);
}

}  // namespace tidemark
