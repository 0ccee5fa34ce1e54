#include "sync/metadata_setter.h"

namespace tidemark {

std::string_view to_string(Publication publication) {
    switch (publication) {
        case Publication::published:
            return "published";
        case Publication::repeated:
            return "repeated";
        case Publication::stale:
            return "stale";
        case Publication::fenced:
            return "fenced";
        case Publication::old_generation:
            return "old_generation";
    }
    return "";
}

}  // namespace tidemark
