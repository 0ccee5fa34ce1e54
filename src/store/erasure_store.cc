#include "store/erasure_store.h"

#include "base/content_hash.h"

namespace tidemark {

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
    if (note.reason.find(subject) != std::string::npos ||
        note.by.find(subject) != std::string::npos) {
        return Error{ErrorKind::invalid_input,
                     "erase: the reason names the subject, and is kept for good: say it otherwise"};
    }
    return {};
}

}  // namespace tidemark
