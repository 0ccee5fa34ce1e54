#include "contract/gauge_steps.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tidemark::test {

namespace {

std::int64_t second_of_day(Timestamp instant, UtcDay day) {
    return std::chrono::duration_cast<std::chrono::seconds>(instant - day.begin()).count();
}

}  // namespace

const Dataset& media() {
    return built_in_datasets()[2];
}

GaugeEvent event_of(std::string_view subject,
                    std::size_t metric,
                    int day_number,
                    std::int64_t second,
                    std::int64_t value) {
    return {.subject = std::string(subject),
            .metric = metric,
            .value = value,
            .observed_at = day(day_number).begin() + std::chrono::seconds(second),
            .event_id = {}};
}

Batch media_batch(std::string_view key, std::string_view content) {
    Batch batch = batch_of(key, content);
    batch.identity.dataset = "media_storage";
    batch.identity.feed = "library";
    return batch;
}

Result<StoredBatch> store_media(Store& store,
                                std::string_view key,
                                const std::vector<GaugeEvent>& events,
                                std::string_view content) {
    Batch batch = media_batch(key, content);
    batch.counts.lines = batch.counts.accepted = static_cast<std::int64_t>(events.size());
    return store.store_events(batch, events);
}

std::int64_t stored_media(Store& store,
                          std::string_view key,
                          const std::vector<GaugeEvent>& events) {
    const Result<StoredBatch> batch = store_media(store, key, events);
    EXPECT_TRUE(batch.has_value()) << batch.error().message;
    return batch.has_value() ? batch->receipt.batch_seq : 0;
}

std::int64_t voided_media(Store& store, std::int64_t batch_seq) {
    const Result<StoredBatch> batch =
        store.void_batch("media_storage", batch_seq, fmt::format("void-{}", batch_seq), because);
    EXPECT_TRUE(batch.has_value()) << batch.error().message;
    return batch.has_value() ? batch->receipt.batch_seq : 0;
}

GaugeQuery gauge_question(int from, int to, std::vector<std::string> subjects) {
    return {.dataset = "media_storage",
            .subjects = std::move(subjects),
            .from = day(from),
            .to = day(to)};
}

Lines lines_of(const GaugeSeries& series) {
    Lines lines;
    std::string carried;
    for (std::size_t metric = 0; metric < series.carried.size(); ++metric) {
        if (series.carried[metric].has_value()) {
            const Timestamp instant = series.carried[metric]->observed_at;
            const UtcDay of = UtcDay::containing(std::chrono::floor<std::chrono::seconds>(instant));
            carried += fmt::format(" {} {} at {}+{};",
                                   media().metrics()[metric],
                                   series.carried[metric]->value,
                                   of.to_string(),
                                   second_of_day(instant, of));
        }
    }
    if (!carried.empty()) {
        lines.push_back(fmt::format("{} carried:{}", series.subject, carried));
    }
    for (const GaugeDay& of_day : series.days) {
        std::string line = fmt::format("{} {}:", of_day.subject, of_day.day.to_string());
        for (std::size_t metric = 0; metric < of_day.levels.size(); ++metric) {
            const std::optional<GaugeLevel>& level = of_day.levels[metric];
            line += fmt::format("{} {} ", metric == 0 ? "" : ";", media().metrics()[metric]);
            line += level.has_value()
                        ? fmt::format("{} at {}, max {}",
                                      level->current.value,
                                      second_of_day(level->current.observed_at, of_day.day),
                                      level->mark)
                        : std::string("-");
        }
        lines.push_back(line);
    }
    return lines;
}

Lines gauge_lines(Store& store, const GaugeQuery& query) {
    Lines lines;
    const Result<void> read = store.read_gauge(query, [&lines](const GaugeSeries& series) {
        const Lines of_series = lines_of(series);
        lines.insert(lines.end(), of_series.begin(), of_series.end());
        return Result<void>{};
    });
    return read.has_value() ? lines : Lines{std::string(to_string(read.error().kind))};
}

void PlainGauges::add(std::int64_t batch_seq, const std::vector<GaugeEvent>& events) {
    batches_[batch_seq] = events;
}

void PlainGauges::add_void(std::int64_t batch_seq, std::int64_t voided) {
    voided_by_[voided] = batch_seq;
}

void PlainGauges::erase(std::string_view subject) {
    for (auto& [batch_seq, events] : batches_) {
        std::erase_if(events,
                      [subject](const GaugeEvent& event) { return event.subject == subject; });
    }
}

bool PlainGauges::stands(std::int64_t batch_seq) const {
    const auto voiding = voided_by_.find(batch_seq);
    return voiding == voided_by_.end() || !stands(voiding->second);
}

Lines PlainGauges::answer(const GaugeQuery& query) const {
    std::map<std::string, GaugeSeries> all;
    for (const auto& [batch_seq, events] : batches_) {
        for (const GaugeEvent& event : events) {
            const bool asked =
                query.subjects.empty() || std::ranges::count(query.subjects, event.subject) > 0;
            if (!stands(batch_seq) || !asked || event.day() >= query.to) {
                continue;
            }
            GaugeSeries& series = all[event.subject];
            series.subject = event.subject;
            series.carried.resize(media().metrics().size());
            const GaugeReading reading{.observed_at = event.observed_at, .value = event.value};
            if (event.day() < query.from) {
                std::optional<GaugeReading>& carried = series.carried[event.metric];
                carried = carried.has_value() ? std::max(*carried, reading) : reading;
                continue;
            }
            auto of_day = std::ranges::find(series.days, event.day(), &GaugeDay::day);
            if (of_day == series.days.end()) {
                series.days.push_back({.subject = event.subject, .day = event.day(), .levels = {}});
                series.days.back().levels.resize(media().metrics().size());
                of_day = std::prev(series.days.end());
            }
            std::optional<GaugeLevel>& level = of_day->levels[event.metric];
            if (!level.has_value()) {
                level = GaugeLevel{.current = reading, .mark = event.value};
            }
            level->current = std::max(level->current, reading);
            level->mark = std::max(level->mark, event.value);
        }
    }
    Lines lines;
    for (auto& [subject, series] : all) {
        std::ranges::sort(series.days, {}, &GaugeDay::day);
        const Lines of_series = lines_of(series);
        lines.insert(lines.end(), of_series.begin(), of_series.end());
    }
    return lines;
}

GaugeTest::GaugeTest() {
    const Result<void> prepared = store->prepare_dataset(media());
    EXPECT_TRUE(prepared.has_value()) << prepared.error().message;
}

}  // namespace tidemark::test
