#include "domain/adjustment.h"

#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

auto key_of(const UsageRow& row) {
    return std::make_tuple(row.slot.day(), row.subject, row.slot);
}

}  // namespace

Slot arrival_slot(Timestamp now, bool day_grained) {
    const Slot slot = Slot::containing(std::chrono::floor<std::chrono::seconds>(now));
    return day_grained ? Slot::of_day(slot.day(), 0) : slot;
}

Result<BookedRows> BookedRows::book(RowSource& rows, std::set<UtcDay> adjusted_days, Slot arrival) {
    BookedRows booked(rows, std::move(adjusted_days), arrival);
    TIDEMARK_RETURN_IF_ERROR(booked.sum_up());
    booked.rewind();
    return booked;
}

BookedRows::BookedRows(RowSource& rows, std::set<UtcDay> adjusted_days, Slot arrival)
    : rows_(rows),
      adjusted_days_(std::move(adjusted_days)),
      arrival_(arrival),
      next_sum_(sums_.end()) {}

// Rows are lent anew from the start: an iterator of the other's end would not be one of ours.
BookedRows::BookedRows(BookedRows&& other) noexcept
    : rows_(other.rows_),
      adjusted_days_(std::move(other.adjusted_days_)),
      arrival_(other.arrival_),
      sums_(std::move(other.sums_)),
      adjusted_(std::move(other.adjusted_)),
      next_sum_(sums_.begin()) {
    rows_.rewind();
}

BookedRows::~BookedRows() = default;

Result<void> BookedRows::sum_up() {
    AdjustedRows adjusted{.booked = arrival_, .totals = std::vector<Total>(rows_.metric_count())};
    rewind_adjusted();
    while (const UsageRow* row = next_adjusted()) {
        ++adjusted.row_count;
        for (std::size_t metric = 0; metric < row->values.size(); ++metric) {
            adjusted.totals[metric] += row->values[metric];
        }
        TIDEMARK_RETURN_IF_ERROR(add(*row));
    }
    if (adjusted.row_count == 0) {
        return {};
    }
    adjusted_ = std::move(adjusted);
    rows_.rewind();
    while (const UsageRow* row = rows_.next()) {
        // Not those of an arrival that is itself to be adjusted: they are counted above.
        if (summed(*row) && !adjusted_days_.contains(row->slot.day())) {
            TIDEMARK_RETURN_IF_ERROR(add(*row));
        }
    }
    return {};
}

Result<void> BookedRows::add(const UsageRow& row) {
    const auto [place, added] = sums_.try_emplace(std::string(row.subject));
    std::vector<std::int64_t>& sum = place->second;
    sum.resize(row.values.size());
    for (std::size_t metric = 0; metric < sum.size(); ++metric) {
        const auto more = checked_add(sum[metric], row.values[metric]);
        if (!more.has_value()) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("subject '{}': what is adjusted to slot {} exceeds 64 bits",
                                     row.subject,
                                     arrival_.to_string())};
        }
        sum[metric] = *more;
    }
    return {};
}

bool BookedRows::summed(const UsageRow& row) const {
    return adjusted_days_.contains(row.slot.day()) ||
           (row.slot == arrival_ && sums_.find(row.subject) != sums_.end());
}

void BookedRows::rewind() {
    rows_.rewind();
    next_sum_ = sums_.begin();
    ahead_ = nullptr;
    lent_ = true;
}

const UsageRow* BookedRows::next() {
    if (lent_) {
        do {
            ahead_ = rows_.next();
        } while (ahead_ != nullptr && summed(*ahead_));
        lent_ = false;
    }
    if (next_sum_ != sums_.end()) {
        const UsageRow sum{
            .subject = next_sum_->first, .slot = arrival_, .values = next_sum_->second};
        if (ahead_ == nullptr || key_of(sum) < key_of(*ahead_)) {
            current_ = sum;
            ++next_sum_;
            return &current_;
        }
    }
    lent_ = true;
    return ahead_;
}

const UsageRow* BookedRows::next_adjusted() {
    const UsageRow* row = rows_.next();
    while (row != nullptr && !adjusted_days_.contains(row->slot.day())) {
        row = rows_.next();
    }
    return row;
}

}  // namespace tidemark
