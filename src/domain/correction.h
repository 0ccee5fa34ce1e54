#pragma once
// Correction: what was done about a batch after it was stored, why, and by whom.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tidemark {

enum class CorrectionKind {
    voided,    // taken back: a batch with its rows negated
    replaced,  // taken back, and its right rows stored as another batch, both in one transaction
    replayed,  // rows of it that were rejected, mended and stored as another batch
};

std::string_view to_string(CorrectionKind kind);

// Fails with corrupt for a word that no kind has: it comes from a store.
Result<CorrectionKind> parse_correction_kind(std::string_view text);

// Why, and who says so. Texts for people: UTF-8 without NUL, neither empty nor longer than
// length_max bytes.
struct CorrectionNote {
    static constexpr std::size_t length_max = 1000;

    std::string reason;
    std::string by;

    bool operator==(const CorrectionNote&) const = default;
};

// Fails with invalid_input, naming what is wrong with the note.
Result<void> check_note(const CorrectionNote& note);

struct Correction {
    std::string dataset;
    std::int64_t batch_seq = 0;  // the batch that was corrected
    CorrectionKind kind = CorrectionKind::voided;
    std::optional<std::int64_t> voiding_seq;  // the batch that takes it back
    std::optional<std::int64_t> new_seq;      // the batch that brings the mended rows
    CorrectionNote note;
    Timestamp recorded_at{};
};

// A batch as the command line and messages name it: "cdn:812".
struct BatchName {
    std::string dataset;
    std::int64_t batch_seq = 0;

    // Fails with invalid_input for anything but DATASET:NUMBER with a number from 1.
    static Result<BatchName> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

}  // namespace tidemark
