#pragma once
// UsageTable: the sums of every subject and slot while a file is read.
//
// Memory follows the distinct (subject, slot): values live in cells of eight neighbouring slots,
// found through one hash table of subjects and one of (subject, cell); a subject remembers the cell
// it used last, because logs come nearly in time order. A line's way through them is three to five
// reads of memory that depend on each other, so lines gather and go that way together, step by
// step, each step fetching into the cache what the next one will read; those of another cell than
// their subject's last gather once more, as a group of lines has too few of them to go together.
// Nothing moves once it is there: subjects' text and cells are carved from chunks, so that a
// growing table never holds everything twice.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/dataset.h"
#include "domain/slot.h"
#include "domain/usage_rows.h"

namespace tidemark {

// One thread at a time.
class UsageTable {
 public:
    struct Limits {
        std::size_t metric_count = 1;
        std::size_t days_max = 400;   // different UTC days
        std::uint64_t hash_seed = 0;  // unpredictable where subjects come from outside
    };

    explicit UsageTable(const Limits& limits);
    UsageTable(UsageTable&&) noexcept = default;
    UsageTable& operator=(UsageTable&&) noexcept = default;
    UsageTable(const UsageTable&) = delete;
    UsageTable& operator=(const UsageTable&) = delete;
    ~UsageTable() = default;

    // Adds one line and lends the place of its values, one a metric and none negative, to be filled
    // before the table is asked for anything else. Once a slot was added to it has a row, even if
    // all its values are 0. Lines gather until there are enough of them or flush(). Null when a sum
    // of an earlier line would exceed 64 bits or the days their limit: error() says which, and the
    // table is of no more use.
    [[nodiscard]] std::int64_t* add(std::string_view subject, Slot slot);

    // Books what has gathered; false where add() gives null. Before anything else is asked of the
    // table.
    [[nodiscard]] bool flush();

    // Adds everything of `other`, giving back its memory on the way; false where add() gives null.
    // Both flushed.
    [[nodiscard]] bool absorb(UsageTable&& other);

    // refused (a sum) or invalid_input (the days).
    [[nodiscard]] const Error& error() const { return error_; }

    [[nodiscard]] std::size_t subject_count() const { return subjects_.size(); }

    // The sums over all subjects. Flushed.
    [[nodiscard]] SlotTotals slot_totals() const;

    // The rows in key order, out of the table itself; sorted when the first one is asked for.
    [[nodiscard]] std::unique_ptr<RowSource> into_rows() &&;

 private:
    friend class TableRows;

    static constexpr std::int32_t slots_per_cell = 8;
    static constexpr std::int32_t cells_per_day = Slot::per_day / slots_per_cell;
    static constexpr std::uint32_t none = UINT32_MAX;

    static constexpr std::size_t short_text_max = 16;

    // A text of up to 16 bytes is in `head` and `tail` whole; they overlap where it is shorter.
    struct SubjectKey {
        std::uint64_t head = 0;
        std::uint64_t tail = 0;
        std::uint64_t hash = 0;
    };
    // Followed by slots_per_cell times metric_count values.
    struct Cell {
        std::uint32_t subject;
        std::int32_t key;    // its first slot's index / slots_per_cell; 48 slots are 6 cells
        std::uint32_t used;  // bit k: the cell's k-th slot has a line
        std::uint32_t padding;
    };
    struct Subject {
        std::uint64_t head;
        std::uint64_t tail;
        const char* text;
        std::uint32_t length;
        std::uint32_t hash_high;
        std::uint32_t last_cell;  // none before the first one
        std::int32_t last_key;    // that cell's
    };

    using Values = std::array<std::int64_t, Dataset::metrics_max>;
    // A line that has not reached its subject yet.
    struct Gathered {
        SubjectKey key;
        std::uint32_t length;
        std::int32_t slot_index;
        Cell* cell;  // its subject's last one; null when it is of another
        Values values;
    };
    static constexpr std::size_t gathered_max = 32;
    // A line of another cell than its subject's last one.
    struct Strayed {
        std::uint32_t subject;
        std::int32_t slot_index;
        Values values;
    };
    static constexpr std::size_t strayed_max = 16;

    [[nodiscard]] bool is_flushed() const { return gathered_count_ + strayed_count_ == 0; }
    [[nodiscard]] bool book_gathered();
    void fetch_subjects() const;
    void find_subjects();
    [[nodiscard]] bool add_to_last_cells();
    [[nodiscard]] bool book_strayed();
    void fetch_cell(const Cell& cell) const;
    void fetch_cell_bucket(std::uint32_t subject, std::int32_t key) const;
    void fetch_likely_cell(std::uint32_t subject, std::int32_t key) const;

    [[nodiscard]] SubjectKey key_of(std::string_view subject) const;
    static std::string_view restore_text(const SubjectKey& key,
                                         std::size_t length,
                                         std::array<char, short_text_max>& text);
    // `long_text` is asked only of texts that the key does not hold whole.
    std::uint32_t find_or_add_subject(const SubjectKey& key,
                                      std::size_t length,
                                      std::string_view long_text);
    std::uint32_t add_subject(std::string_view text, const SubjectKey& key, std::size_t bucket);
    void grow_subject_buckets();
    const char* keep_text(std::string_view text);

    // Null, and none, when the limit of days stands against a new cell.
    Cell* find_or_add_cell(std::uint32_t subject, std::int32_t key);
    std::uint32_t add_cell(std::uint32_t subject, std::int32_t key, std::size_t bucket);
    [[nodiscard]] std::size_t cell_bucket(std::uint32_t subject, std::int32_t key) const;
    void grow_cell_buckets();
    [[nodiscard]] bool note_day(std::int32_t cell_key);

    [[nodiscard]] Cell& cell_at(std::uint32_t number) const;
    [[nodiscard]] static bool is_used(const Cell& cell, int slot_in_cell) {
        return (cell.used & (1U << static_cast<unsigned>(slot_in_cell))) != 0;
    }
    [[nodiscard]] std::int64_t* values_of(Cell& cell, int slot_in_cell) const;
    [[nodiscard]] bool add_to_cell(Cell& cell,
                                   int slot_in_cell,
                                   std::span<const std::int64_t> values);
    [[nodiscard]] bool absorb_cell(Cell& from, std::uint32_t subject);
    [[nodiscard]] std::string_view text_of(std::uint32_t subject) const;

    Limits limits_;
    std::size_t cell_words_;  // header included
    std::array<Gathered, gathered_max> gathered_;
    std::array<std::string, gathered_max> long_texts_{};  // of gathered ones beyond 16 bytes
    std::size_t gathered_count_ = 0;
    // One group may add all its lines to those that were waiting.
    std::array<Strayed, strayed_max + gathered_max> strayed_;
    std::size_t strayed_count_ = 0;
    std::vector<Subject> subjects_;
    std::vector<std::uint32_t> subject_buckets_;
    std::vector<std::uint32_t> cell_buckets_;
    std::uint32_t cell_count_ = 0;
    std::vector<std::unique_ptr<std::int64_t[]>> cell_chunks_;
    std::vector<std::unique_ptr<char[]>> text_chunks_;
    std::size_t text_chunk_size_ = 0;
    std::size_t text_used_ = 0;
    std::vector<std::int32_t> days_;  // sorted
    Error error_;
};

}  // namespace tidemark
