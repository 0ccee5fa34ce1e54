#include "domain/run.h"

namespace tidemark {

std::string_view to_string(RunOutcome outcome) {
    switch (outcome) {
        case RunOutcome::running:
            return "running";
        case RunOutcome::succeeded:
            return "succeeded";
        case RunOutcome::failed:
            return "failed";
    }
    return "unknown";
}

}  // namespace tidemark
