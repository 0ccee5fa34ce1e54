#include "base/result.h"

namespace tidemark {

std::string_view to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid_input:
            return "invalid_input";
        case ErrorKind::not_found:
            return "not_found";
        case ErrorKind::refused:
            return "refused";
        case ErrorKind::unavailable:
            return "unavailable";
        case ErrorKind::corrupt:
            return "corrupt";
    }
    return "unknown";
}

Error with_context(std::string_view doing, Error error) {
    error.message.insert(0, std::string(doing) + ": ");
    return error;
}

}  // namespace tidemark
