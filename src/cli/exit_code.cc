#include "cli/exit_code.h"

namespace tidemark {

ExitCode exit_code_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid_input:
            return ExitCode::wrong_usage;
        case ErrorKind::refused:
            return ExitCode::refused;
        case ErrorKind::not_found:
        case ErrorKind::unavailable:
        case ErrorKind::corrupt:
            break;
    }
    return ExitCode::failed;
}

}  // namespace tidemark
