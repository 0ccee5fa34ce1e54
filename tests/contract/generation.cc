#include "contract/generation.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "store/usage_period.h"

namespace tidemark::test {

namespace {

constexpr BatchSet every_third = 0x9249249249249249;
constexpr int day_count = 2;

BatchSet only(int batch) {
    return BatchSet{1} << batch;
}

std::string describe(BatchSet set) {
    std::string text;
    for (int batch = 0; batch < Generation::batch_max; ++batch) {
        if ((set & only(batch)) != 0) {
            text += fmt::format("{}{}", text.empty() ? "" : " ", batch);
        }
    }
    return "{" + text + "}";
}

std::string describe(const Marks& marks) {
    return fmt::format("begun {} acknowledged {} void begun {} void acknowledged {}",
                       describe(marks.begun),
                       describe(marks.acknowledged),
                       describe(marks.void_begun),
                       describe(marks.void_acknowledged));
}

// A cell that `part_count` equal parts were added up to; nothing when it is no set of whole
// batches.
std::optional<BatchSet> set_of(const std::vector<Total>& values, int part_count) {
    const Total::Wide bytes = values[0].wide();
    if (bytes < 0 || bytes % part_count != 0 ||
        bytes / part_count >= Total::Wide{only(Generation::batch_max)}) {
        return std::nullopt;
    }
    const auto set = static_cast<BatchSet>(bytes / part_count);
    const Total::Wide requests = Total::Wide{std::popcount(set)} * part_count;
    return values[1].wide() == requests ? std::optional(set) : std::nullopt;
}

// A cell: what one subject, or all of them, used on a day, or over both.
struct Cells {
    std::map<std::pair<Slot, std::string>, std::vector<Total>> values;
    int part_count = 1;
};

// All cells that the answer must tell, those without a row as zeros. Slots are added up to days,
// and days whose slots were purged are left out.
Cells cells_of(const UsageQuery& query, const UsageAnswer& answer) {
    Cells cells;
    std::vector<std::string> subjects = query.subjects;
    if (subjects.empty()) {
        subjects = Generation::subjects();
    }
    if (!query.per_subject) {
        cells.part_count *= static_cast<int>(subjects.size());
        subjects = {""};
    }
    std::vector<UtcDay> days = {query.from, query.from.plus_days(1)};
    if (query.period == UsagePeriod::total) {
        cells.part_count *= day_count;
        days.pop_back();
    }
    for (const UtcDay date : days) {
        for (const std::string& subject : subjects) {
            if (std::ranges::find(answer.purged_days, date) == answer.purged_days.end()) {
                cells.values[{Slot::of_day(date, 0), subject}].resize(2);
            }
        }
    }
    return cells;
}

}  // namespace

const std::vector<std::string>& Generation::subjects() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> made;
        for (int number = 0; number < 16; ++number) {
            made.push_back(fmt::format("s{:02}", number));
        }
        return made;
    }();
    return names;
}

std::string Generation::key_of(int batch) const {
    return fmt::format("g{} b{}", number_, batch);
}

// Every other batch spreads a day over two slots.
std::vector<CdnRow> Generation::rows_of_batch(int batch) const {
    const auto bytes = static_cast<std::int64_t>(only(batch));
    std::vector<CdnRow> rows;
    for (int date = first_day_number(); date < first_day_number() + day_count; ++date) {
        for (const std::string& subject : subjects()) {
            if (batch % 2 == 0) {
                rows.push_back({subject, date, 10, bytes, 1});
            } else {
                rows.push_back({subject, date, 10, bytes, 0});
                rows.push_back({subject, date, 20, 0, 1});
            }
        }
    }
    return rows;
}

std::optional<int> Generation::begin_batch() {
    const std::scoped_lock lock(mutex_);
    if (begun_count_ == batch_max || closed_) {
        return std::nullopt;
    }
    marks_.begun |= only(begun_count_);
    return begun_count_++;
}

void Generation::acknowledge(int batch, std::int64_t batch_seq) {
    const std::scoped_lock lock(mutex_);
    marks_.acknowledged |= only(batch);
    seqs_[batch] = batch_seq;
    last_seq_ = std::max(last_seq_, batch_seq);
}

std::optional<int> Generation::begin_void(RandomStream& random) {
    const std::scoped_lock lock(mutex_);
    BatchSet voidable = marks_.acknowledged & ~marks_.void_begun & every_third;
    if (closed_ || voidable == 0) {
        return std::nullopt;
    }
    auto skipped = random.below(static_cast<std::uint64_t>(std::popcount(voidable)));
    for (; skipped > 0; --skipped) {
        voidable &= voidable - 1;
    }
    const int batch = std::countr_zero(voidable);
    marks_.void_begun |= only(batch);
    return batch;
}

void Generation::acknowledge_void(int batch, std::int64_t batch_seq) {
    const std::scoped_lock lock(mutex_);
    marks_.void_acknowledged |= only(batch);
    last_seq_ = std::max(last_seq_, batch_seq);
}

bool Generation::close_when_full() {
    const std::scoped_lock lock(mutex_);
    return begun_count_ == batch_max && close_locked();
}

bool Generation::close() {
    const std::scoped_lock lock(mutex_);
    return close_locked();
}

bool Generation::close_locked() {
    if (closed_ || marks_.begun != marks_.acknowledged ||
        marks_.void_begun != marks_.void_acknowledged) {
        return false;
    }
    closed_ = true;
    return true;
}

void Generation::begin_purge() {
    const std::scoped_lock lock(mutex_);
    marks_.purge_begun = true;
}

Marks Generation::marks() const {
    const std::scoped_lock lock(mutex_);
    return marks_;
}

std::int64_t Generation::seq_of(int batch) const {
    const std::scoped_lock lock(mutex_);
    return seqs_[batch];
}

std::int64_t Generation::last_seq() const {
    const std::scoped_lock lock(mutex_);
    return last_seq_;
}

UsageQuery random_question(const Generation& generation, RandomStream& random) {
    constexpr UsagePeriod periods[] = {
        UsagePeriod::day, UsagePeriod::day, UsagePeriod::slot, UsagePeriod::total};
    const int from = generation.first_day_number();
    UsageQuery query = question(from, from + day_count, periods[random.below(4)]);
    query.per_subject = random.chance(0.8);
    if (random.chance(0.3)) {
        const auto& subjects = Generation::subjects();
        query.subjects = {subjects[random.below(subjects.size())]};
    }
    return query;
}

std::string find_breach(const UsageQuery& query,
                        const UsageAnswer& answer,
                        const Marks& before,
                        const Marks& after) {
    const auto told = [&](std::string_view what) {
        return fmt::format("by {} from {}: {}\n  before: {}\n  after: {}",
                           to_string(query.period),
                           query.from.to_string(),
                           what,
                           describe(before),
                           describe(after));
    };
    if (!answer.purged_days.empty() && !after.purge_begun) {
        return told("a day is said to be purged that is not");
    }
    Cells cells = cells_of(query, answer);
    for (const UsageAnswerRow& row : answer.rows) {
        const Slot day_begin = Slot::of_day(row.period_begin.day(), 0);
        const auto cell = cells.values.find({day_begin, row.subject});
        if (cell == cells.values.end()) {
            return told(fmt::format("a row of {} '{}' that must not be there",
                                    row.period_begin.to_string(),
                                    row.subject));
        }
        cell->second[0] += row.values[0];
        cell->second[1] += row.values[1];
    }
    std::optional<BatchSet> agreed;
    for (const auto& [name, values] : cells.values) {
        const std::optional<BatchSet> set = set_of(values, cells.part_count);
        const std::string cell = fmt::format("{} '{}'", name.first.to_string(), name.second);
        if (!set.has_value()) {
            return told(fmt::format("{} is no set of whole batches: {} bytes, {} requests",
                                    cell,
                                    values[0].to_string(),
                                    values[1].to_string()));
        }
        if (agreed.value_or(*set) != *set) {
            return told(
                fmt::format("{} has {}, others have {}", cell, describe(*set), describe(*agreed)));
        }
        agreed = set;
    }
    if (!agreed.has_value()) {
        return "";
    }
    const BatchSet missing = before.acknowledged & ~after.void_begun & ~*agreed;
    const BatchSet excess = *agreed & ~(after.begun & ~before.void_acknowledged);
    if (missing != 0 || excess != 0) {
        return told(fmt::format("read {}, missing {}, in excess {}",
                                describe(*agreed),
                                describe(missing),
                                describe(excess)));
    }
    return "";
}

}  // namespace tidemark::test
