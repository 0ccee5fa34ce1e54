#include "logs/usage_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark {

namespace {

constexpr std::uint32_t cells_per_chunk = 4096;
constexpr std::size_t text_chunk_size_max = std::size_t{256} << 10U;
constexpr std::size_t first_bucket_count = 1024;  // a power of two, as every later count
constexpr std::uint32_t fetched_ahead = 8;        // where cells are taken in an order not their own

__extension__ using UnsignedWide = unsigned __int128;

// Multiply and fold, the mixing step of wyhash (Wang Yi, public domain).
std::uint64_t mix(std::uint64_t left, std::uint64_t right) {
    const UnsignedWide product = static_cast<UnsignedWide>(left) * right;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

constexpr std::uint64_t odd_one = 0xa0761d6478bd642fU;
constexpr std::uint64_t odd_two = 0xe7037ed1a0b428dbU;

std::uint64_t load_8(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

std::uint64_t load_4(const char* bytes) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

std::int32_t floor_divide(std::int32_t value, std::int32_t by) {
    const std::int32_t quotient = value / by;
    return value % by < 0 ? quotient - 1 : quotient;
}

}  // namespace

UsageTable::UsageTable(const Limits& limits)
    : limits_(limits),
      cell_words_(sizeof(Cell) / sizeof(std::int64_t) +
                  static_cast<std::size_t>(slots_per_cell) * limits.metric_count),
      subject_buckets_(first_bucket_count, none),
      cell_buckets_(first_bucket_count, none) {}

inline UsageTable::SubjectKey UsageTable::key_of(std::string_view subject) const {
    const char* bytes = subject.data();
    const std::size_t size = subject.size();
    SubjectKey key;
    if (size >= 8) {
        key.head = load_8(bytes);
        key.tail = load_8(bytes + size - 8);
    } else if (size >= 4) {
        key.head = load_4(bytes) | (load_4(bytes + size - 4) << 32U);
    } else {
        for (std::size_t at = 0; at < size; ++at) {
            key.head |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at]))
                        << (8 * at);
        }
    }
    std::uint64_t seed = limits_.hash_seed ^ (size * odd_two);
    for (std::size_t at = 8; at + 8 < size; at += 8) {
        seed = mix(load_8(bytes + at) ^ odd_one, seed ^ odd_two);
    }
    key.hash = mix(key.head ^ odd_one, key.tail ^ seed);
    return key;
}

[[gnu::always_inline]] inline std::uint32_t UsageTable::find_or_add_subject(
    const SubjectKey& key, std::size_t length, std::string_view long_text) {
    const std::size_t mask = subject_buckets_.size() - 1;
    const auto is_same = [&](const Subject& subject) {
        return subject.head == key.head && subject.tail == key.tail && subject.length == length &&
               (length <= short_text_max ||
                (subject.hash_high == static_cast<std::uint32_t>(key.hash >> 32U) &&
                 std::memcmp(subject.text, long_text.data(), length) == 0));
    };
    for (std::size_t bucket = key.hash & mask;; bucket = (bucket + 1) & mask) {
        const std::uint32_t id = subject_buckets_[bucket];
        if (id == none) [[unlikely]] {
            std::array<char, short_text_max> short_text;
            return add_subject(
                length > short_text_max ? long_text : restore_text(key, length, short_text),
                key,
                bucket);
        }
        if (is_same(subjects_[id])) {
            return id;
        }
    }
}

std::uint32_t UsageTable::add_subject(std::string_view text,
                                      const SubjectKey& key,
                                      std::size_t bucket) {
    const auto id = static_cast<std::uint32_t>(subjects_.size());
    TIDEMARK_CHECK(id != none);
    subjects_.push_back({.head = key.head,
                         .tail = key.tail,
                         .text = keep_text(text),
                         .length = static_cast<std::uint32_t>(text.size()),
                         .hash_high = static_cast<std::uint32_t>(key.hash >> 32U),
                         .last_cell = none,
                         .last_key = 0});
    subject_buckets_[bucket] = id;
    if (subjects_.size() * 2 > subject_buckets_.size()) {
        grow_subject_buckets();
    }
    return id;
}

void UsageTable::grow_subject_buckets() {
    subject_buckets_.assign(subject_buckets_.size() * 2, none);
    const std::size_t mask = subject_buckets_.size() - 1;
    for (std::uint32_t id = 0; id < subjects_.size(); ++id) {
        std::size_t bucket = key_of(text_of(id)).hash & mask;
        while (subject_buckets_[bucket] != none) {
            bucket = (bucket + 1) & mask;
        }
        subject_buckets_[bucket] = id;
    }
}

// Chunks double from a page up, so that a small file takes little.
const char* UsageTable::keep_text(std::string_view text) {
    if (text_used_ + text.size() > text_chunk_size_) {
        text_chunk_size_ = std::max(
            text.size(), std::clamp(text_chunk_size_ * 2, std::size_t{4096}, text_chunk_size_max));
        text_chunks_.push_back(std::make_unique_for_overwrite<char[]>(text_chunk_size_));
        text_used_ = 0;
    }
    char* kept = text_chunks_.back().get() + text_used_;
    std::memcpy(kept, text.data(), text.size());
    text_used_ += text.size();
    return kept;
}

std::string_view UsageTable::text_of(std::uint32_t subject) const {
    return {subjects_[subject].text, subjects_[subject].length};
}

UsageTable::Cell& UsageTable::cell_at(std::uint32_t number) const {
    return *reinterpret_cast<Cell*>(cell_chunks_[number / cells_per_chunk].get() +
                                    (number % cells_per_chunk) * cell_words_);
}

std::int64_t* UsageTable::values_of(Cell& cell, int slot_in_cell) const {
    return reinterpret_cast<std::int64_t*>(&cell + 1) +
           static_cast<std::size_t>(slot_in_cell) * limits_.metric_count;
}

std::size_t UsageTable::cell_bucket(std::uint32_t subject, std::int32_t key) const {
    const std::uint64_t both =
        (static_cast<std::uint64_t>(subject) << 32U) | static_cast<std::uint32_t>(key);
    return mix(both ^ odd_one, odd_two) & (cell_buckets_.size() - 1);
}

UsageTable::Cell* UsageTable::find_or_add_cell(std::uint32_t subject, std::int32_t key) {
    const std::size_t mask = cell_buckets_.size() - 1;
    for (std::size_t bucket = cell_bucket(subject, key);; bucket = (bucket + 1) & mask) {
        const std::uint32_t found = cell_buckets_[bucket];
        const std::uint32_t number = found == none ? add_cell(subject, key, bucket) : found;
        if (number == none) {
            return nullptr;
        }
        Cell& cell = cell_at(number);
        if (cell.subject == subject && cell.key == key) {
            subjects_[subject].last_cell = number;
            subjects_[subject].last_key = key;
            return &cell;
        }
    }
}

std::uint32_t UsageTable::add_cell(std::uint32_t subject, std::int32_t key, std::size_t bucket) {
    if (!note_day(key)) {
        return none;
    }
    const std::uint32_t number = cell_count_++;
    TIDEMARK_CHECK(number != none);
    if (number % cells_per_chunk == 0) {
        // Pages that no cell has reached yet are never touched, so they cost nothing.
        cell_chunks_.push_back(
            std::make_unique_for_overwrite<std::int64_t[]>(cells_per_chunk * cell_words_));
    }
    Cell& cell = cell_at(number);
    cell = {.subject = subject, .key = key, .used = 0, .padding = 0};
    std::fill_n(
        values_of(cell, 0), static_cast<std::size_t>(slots_per_cell) * limits_.metric_count, 0);
    cell_buckets_[bucket] = number;
    if (std::size_t{cell_count_} * 2 > cell_buckets_.size()) {
        grow_cell_buckets();
    }
    return number;
}

void UsageTable::grow_cell_buckets() {
    cell_buckets_.assign(cell_buckets_.size() * 2, none);
    const std::size_t mask = cell_buckets_.size() - 1;
    for (std::uint32_t number = 0; number < cell_count_; ++number) {
        const Cell& cell = cell_at(number);
        std::size_t bucket = cell_bucket(cell.subject, cell.key);
        while (cell_buckets_[bucket] != none) {
            bucket = (bucket + 1) & mask;
        }
        cell_buckets_[bucket] = number;
    }
}

bool UsageTable::note_day(std::int32_t cell_key) {
    const std::int32_t day = floor_divide(cell_key, cells_per_day);
    const auto place = std::ranges::lower_bound(days_, day);
    if (place != days_.end() && *place == day) {
        return true;
    }
    if (days_.size() >= limits_.days_max) {
        error_ = {ErrorKind::invalid_input,
                  fmt::format("has lines of more than {} different days ({} is one too many); "
                              "split the file, or correct its times",
                              limits_.days_max,
                              UtcDay::from_days_since_epoch(day).to_string())};
        return false;
    }
    days_.insert(place, day);
    return true;
}

bool UsageTable::add_to_cell(Cell& cell, int slot_in_cell, std::span<const std::int64_t> added) {
    cell.used |= 1U << static_cast<unsigned>(slot_in_cell);
    std::int64_t* const sums = values_of(cell, slot_in_cell);
    for (std::size_t metric = 0; metric < added.size(); ++metric) {
        if (__builtin_add_overflow(sums[metric], added[metric], &sums[metric])) [[unlikely]] {
            const Slot slot = Slot::from_index(cell.key * slots_per_cell + slot_in_cell);
            error_ = {ErrorKind::refused,
                      fmt::format("the sum of subject '{}' in slot {} exceeds 64 bits",
                                  text_of(cell.subject),
                                  slot.to_string())};
            return false;
        }
    }
    return true;
}

std::int64_t* UsageTable::add(std::string_view subject, Slot slot) {
    if (gathered_count_ == gathered_max && !book_gathered()) [[unlikely]] {
        return nullptr;
    }
    Gathered& line = gathered_[gathered_count_];
    line.key = key_of(subject);
    __builtin_prefetch(&subject_buckets_[line.key.hash & (subject_buckets_.size() - 1)]);
    line.length = static_cast<std::uint32_t>(subject.size());
    if (subject.size() > short_text_max) {
        long_texts_[gathered_count_] = subject;
    }
    line.slot_index = slot.index();
    ++gathered_count_;
    return line.values.data();
}

bool UsageTable::flush() {
    return book_gathered() && book_strayed();
}

bool UsageTable::book_gathered() {
    fetch_subjects();
    find_subjects();
    const bool fits = add_to_last_cells();
    gathered_count_ = 0;
    return fits && (strayed_count_ < strayed_max || book_strayed());
}

void UsageTable::fetch_subjects() const {
    const std::size_t mask = subject_buckets_.size() - 1;
    for (const Gathered& line : std::span(gathered_).first(gathered_count_)) {
        const std::uint32_t likely = subject_buckets_[line.key.hash & mask];
        if (likely != none) {
            __builtin_prefetch(&subjects_[likely]);
        }
    }
}

void UsageTable::find_subjects() {
    for (std::size_t place = 0; place < gathered_count_; ++place) {
        Gathered& line = gathered_[place];
        const std::uint32_t id = find_or_add_subject(line.key, line.length, long_texts_[place]);
        const Subject& subject = subjects_[id];
        const std::int32_t key = floor_divide(line.slot_index, slots_per_cell);
        if (subject.last_cell != none && subject.last_key == key) {
            line.cell = &cell_at(subject.last_cell);
            // Six of its slots where there are two metrics, at less cost than finding the one.
            __builtin_prefetch(line.cell);
            __builtin_prefetch(reinterpret_cast<const char*>(line.cell) + 64);
        } else {
            line.cell = nullptr;
            strayed_[strayed_count_++] = {
                .subject = id, .slot_index = line.slot_index, .values = line.values};
            fetch_cell_bucket(id, key);
        }
    }
}

bool UsageTable::add_to_last_cells() {
    for (const Gathered& line : std::span(gathered_).first(gathered_count_)) {
        if (line.cell != nullptr && !add_to_cell(*line.cell,
                                                 line.slot_index - line.cell->key * slots_per_cell,
                                                 {line.values.data(), limits_.metric_count}))
            [[unlikely]] {
            return false;
        }
    }
    return true;
}

void UsageTable::fetch_cell_bucket(std::uint32_t subject, std::int32_t key) const {
    __builtin_prefetch(&cell_buckets_[cell_bucket(subject, key)]);
}

void UsageTable::fetch_likely_cell(std::uint32_t subject, std::int32_t key) const {
    const std::uint32_t likely = cell_buckets_[cell_bucket(subject, key)];
    if (likely != none) {
        fetch_cell(cell_at(likely));
    }
}

void UsageTable::fetch_cell(const Cell& cell) const {
    constexpr std::size_t words_per_line = 8;
    const auto* const words = reinterpret_cast<const std::int64_t*>(&cell);
    for (std::size_t word = 0; word < cell_words_; word += words_per_line) {
        __builtin_prefetch(words + word);
    }
}

bool UsageTable::book_strayed() {
    const std::span<const Strayed> lines = std::span(strayed_).first(strayed_count_);
    strayed_count_ = 0;
    for (const Strayed& line : lines) {
        fetch_likely_cell(line.subject, floor_divide(line.slot_index, slots_per_cell));
    }
    for (const Strayed& line : lines) {
        const std::int32_t key = floor_divide(line.slot_index, slots_per_cell);
        Cell* const cell = find_or_add_cell(line.subject, key);
        if (cell == nullptr || !add_to_cell(*cell,
                                            line.slot_index - key * slots_per_cell,
                                            {line.values.data(), limits_.metric_count})) {
            return false;
        }
    }
    return true;
}

std::string_view UsageTable::restore_text(const SubjectKey& key,
                                          std::size_t length,
                                          std::array<char, short_text_max>& text) {
    if (length >= 8) {
        std::memcpy(text.data(), &key.head, 8);
        std::memcpy(text.data() + length - 8, &key.tail, 8);
    } else if (length >= 4) {
        const auto first = static_cast<std::uint32_t>(key.head);
        const auto last = static_cast<std::uint32_t>(key.head >> 32U);
        std::memcpy(text.data(), &first, 4);
        std::memcpy(text.data() + length - 4, &last, 4);
    } else {
        for (std::size_t at = 0; at < length; ++at) {
            text[at] = static_cast<char>(key.head >> (8 * at));
        }
    }
    return {text.data(), length};
}

bool UsageTable::absorb(UsageTable&& other) {
    TIDEMARK_CHECK(is_flushed() && other.is_flushed());
    TIDEMARK_CHECK(limits_.metric_count == other.limits_.metric_count);
    other.subject_buckets_ = {};
    other.cell_buckets_ = {};
    std::vector<std::uint32_t> subjects;  // by its number there, its number here
    subjects.reserve(other.subjects_.size());
    for (std::uint32_t subject = 0; subject < other.subjects_.size(); ++subject) {
        const std::string_view text = other.text_of(subject);
        subjects.push_back(find_or_add_subject(key_of(text), text.size(), text));
    }
    for (std::uint32_t number = 0; number < other.cell_count_; ++number) {
        if (number + 2 * fetched_ahead < other.cell_count_) {
            const Cell& later = other.cell_at(number + 2 * fetched_ahead);
            fetch_cell_bucket(subjects[later.subject], later.key);
        }
        if (number + fetched_ahead < other.cell_count_) {
            const Cell& next = other.cell_at(number + fetched_ahead);
            fetch_likely_cell(subjects[next.subject], next.key);
        }
        if (!absorb_cell(other.cell_at(number), subjects[other.cell_at(number).subject])) {
            return false;
        }
        if (number % cells_per_chunk == cells_per_chunk - 1) {
            other.cell_chunks_[number / cells_per_chunk].reset();
        }
    }
    return true;
}

bool UsageTable::absorb_cell(Cell& from, std::uint32_t subject) {
    Cell* const into = find_or_add_cell(subject, from.key);
    if (into == nullptr) {
        return false;
    }
    for (int slot = 0; slot < slots_per_cell; ++slot) {
        if (is_used(from, slot) &&
            !add_to_cell(*into, slot, {values_of(from, slot), limits_.metric_count})) {
            return false;
        }
    }
    return true;
}

SlotTotals UsageTable::slot_totals() const {
    TIDEMARK_CHECK(is_flushed());
    SlotTotals totals;
    std::array<std::vector<Total>*, slots_per_cell> places{};  // of the slots of one cell
    std::int32_t places_key = 0;
    for (std::uint32_t number = 0; number < cell_count_; ++number) {
        Cell& cell = cell_at(number);
        // Cells come nearly in time order, as the lines did.
        if (cell.key != places_key) {
            places = {};
            places_key = cell.key;
        }
        for (int slot = 0; slot < slots_per_cell; ++slot) {
            if (!is_used(cell, slot)) {
                continue;
            }
            std::vector<Total>*& place = places[static_cast<std::size_t>(slot)];
            if (place == nullptr) {
                const Slot begin = Slot::from_index(cell.key * slots_per_cell + slot);
                place = &totals.try_emplace(begin, limits_.metric_count).first->second;
            }
            const std::int64_t* const values = values_of(cell, slot);
            for (std::size_t metric = 0; metric < limits_.metric_count; ++metric) {
                (*place)[metric] += values[metric];
            }
        }
    }
    return totals;
}

// Reads a table that it owns. Cells never reach over midnight, so that sorting them by (day,
// subject, cell) sorts their rows.
class TableRows final : public RowSource {
 public:
    explicit TableRows(UsageTable table) : table_(std::move(table)) {
        table_.subject_buckets_ = {};
        table_.cell_buckets_ = {};
    }

    [[nodiscard]] std::size_t metric_count() const override { return table_.limits_.metric_count; }

    void rewind() override {
        position_ = 0;
        slot_in_cell_ = 0;
    }

    const UsageRow* next() override {
        if (cells_.size() != table_.cell_count_) {
            sort_cells(rank_subjects());
        }
        for (; position_ < cells_.size(); ++position_, slot_in_cell_ = 0) {
            UsageTable::Cell& cell = table_.cell_at(cells_[position_]);
            if (slot_in_cell_ == 0 && position_ + fetched_ahead < cells_.size()) {
                __builtin_prefetch(&table_.cell_at(cells_[position_ + fetched_ahead]));
            }
            const std::uint32_t left = cell.used >> static_cast<unsigned>(slot_in_cell_);
            if (left == 0) {
                continue;
            }
            slot_in_cell_ += std::countr_zero(left);
            row_ = {.subject = table_.text_of(cell.subject),
                    .slot = Slot::from_index(cell.key * UsageTable::slots_per_cell + slot_in_cell_),
                    .values = {table_.values_of(cell, slot_in_cell_), metric_count()}};
            ++slot_in_cell_;
            return &row_;
        }
        return nullptr;
    }

 private:
    [[nodiscard]] std::vector<std::uint32_t> rank_subjects() const {
        std::vector<std::uint32_t> ids(table_.subjects_.size());
        for (std::uint32_t id = 0; id < ids.size(); ++id) {
            ids[id] = id;
        }
        std::ranges::sort(ids, {}, [this](std::uint32_t id) { return table_.text_of(id); });
        std::vector<std::uint32_t> ranks(ids.size());
        for (std::uint32_t rank = 0; rank < ids.size(); ++rank) {
            ranks[ids[rank]] = rank;
        }
        return ranks;
    }

    // By (day, subject, cell) in one number, so that sorting reads nothing else: a slot's day takes
    // 27 bits at most, a cell of the day 3.
    void sort_cells(const std::vector<std::uint32_t>& ranks) {
        struct Place {
            std::uint64_t order;
            std::uint32_t cell;
        };
        std::vector<Place> places(table_.cell_count_);
        for (std::uint32_t number = 0; number < places.size(); ++number) {
            const UsageTable::Cell& cell = table_.cell_at(number);
            const std::int32_t day = floor_divide(cell.key, UsageTable::cells_per_day);
            const auto days = static_cast<std::uint64_t>(day - table_.days_.front());
            const auto cell_in_day =
                static_cast<std::uint64_t>(cell.key - day * UsageTable::cells_per_day);
            places[number] = {
                .order = days << 35U | std::uint64_t{ranks[cell.subject]} << 3U | cell_in_day,
                .cell = number};
        }
        std::ranges::sort(places, {}, &Place::order);
        cells_.reserve(places.size());
        for (const Place& place : places) {
            cells_.push_back(place.cell);
        }
    }

    UsageTable table_;
    std::vector<std::uint32_t> cells_;
    std::size_t position_ = 0;
    int slot_in_cell_ = 0;
    UsageRow row_{.subject = {}, .slot = Slot::from_index(0), .values = {}};
};

std::unique_ptr<RowSource> UsageTable::into_rows() && {
    TIDEMARK_CHECK(is_flushed());
    return std::make_unique<TableRows>(std::move(*this));
}

}  // namespace tidemark
