#include "store/erasure_store.h"

#include "base/content_hash.h"

namespace tidemark {

namespace {

bool part_of_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The subject stands in the text, not merely within a longer word.
bool names(std::string_view text, std::string_view subject) {
    for (std::size_t at = text.find(subject); at != std::string_view::npos;
         at = text.find(subject, at + 1)) {
        const std::size_t end = at + subject.size();
        const bool begins = at == 0 || !part_of_word(text[at - 1]) || !part_of_word(subject[0]);
        const bool ends =
            end == text.size() || !part_of_word(text[end]) || !part_of_word(subject.back());
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string digest_of_subject(std::string_view subject) {
    ContentHasher hasher;
    hasher.update("subject ");
    hasher.update(subject);
    return hasher.finish().to_string();
}

Result<void> check_erasure(std::string_view subject, const CorrectionNote& note) {
    if (subject.empty()) {
        return Error{ErrorKind::invalid_input, "erase: the subject is empty"};
    }
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    if (names(note.reason, subject) || names(note.by, subject)) {
        return Error{ErrorKind::invalid_input,
                     "erase: the reason names the subject, and is kept for good: say it otherwise"};
    }
    return {};
}

}  // namespace tidemark
