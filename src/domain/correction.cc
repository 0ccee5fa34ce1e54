#include "domain/correction.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::array kinds = {
    CorrectionKind::voided, CorrectionKind::replaced, CorrectionKind::replayed};

// How many bytes the character that begins with `lead` has; 0 when none does (RFC 3629, section 4).
std::size_t utf8_length(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead < 0xE0) {
        return 2;
    }
    if (lead >= 0xE0 && lead < 0xF0) {
        return 3;
    }
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

// Overlong forms and surrogates are left to the store; what matters here is a message that says so
// before anything is begun.
bool is_text(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(static_cast<unsigned char>(text[at]));
        if (length == 0 || text[at] == '\0' || at + length > text.size()) {
            return false;
        }
        for (std::size_t index = at + 1; index < at + length; ++index) {
            if ((static_cast<unsigned char>(text[index]) & 0xC0U) != 0x80U) {
                return false;
            }
        }
        at += length;
    }
    return true;
}

Result<void> check_note_text(std::string_view name, const std::string& text) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: empty; a correction says why it was made and by whom", name)};
    }
    if (text.size() > CorrectionNote::length_max) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: {} bytes, at most {} are kept",
                                 name,
                                 text.size(),
                                 CorrectionNote::length_max)};
    }
    if (!is_text(text)) {
        return Error{ErrorKind::invalid_input, fmt::format("{}: not UTF-8 text", name)};
    }
    return {};
}

}  // namespace

std::string_view to_string(CorrectionKind kind) {
    switch (kind) {
        case CorrectionKind::voided:
            return "voided";
        case CorrectionKind::replaced:
            return "replaced";
        case CorrectionKind::replayed:
            return "replayed";
    }
    return "";
}

Result<CorrectionKind> parse_correction_kind(std::string_view text) {
    const auto* const found = std::ranges::find(
        kinds, text, [](CorrectionKind kind) { return tidemark::to_string(kind); });
    if (found == kinds.end()) {
        return Error{ErrorKind::corrupt, fmt::format("correction: unknown kind '{}'", text)};
    }
    return *found;
}

Result<void> check_note(const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note_text("reason", note.reason));
    return check_note_text("by", note.by);
}

Result<BatchName> BatchName::parse(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    BatchName name;
    if (colon != std::string_view::npos && colon > 0) {
        const std::string_view digits = text.substr(colon + 1);
        name.dataset = text.substr(0, colon);
        const auto parsed =
            std::from_chars(digits.data(), digits.data() + digits.size(), name.batch_seq);
        if (parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() &&
            name.batch_seq > 0) {
            return name;
        }
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("batch '{}': expected DATASET:NUMBER, as in cdn:812 (tidemark batches "
                             "lists them)",
                             text)};
}

std::string BatchName::to_string() const {
    return fmt::format("{}:{}", dataset, batch_seq);
}

}  // namespace tidemark
