#include "base/json_depth.h"

#include <algorithm>

namespace tidemark {

bool is_nested_too_deep(std::string_view json) {
    std::size_t depth = 0;
    bool in_text = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char character = json[at];
        if (in_text) {
            at += character == '\\' ? 1U : 0U;
            in_text = character != '"';
        } else if (character == '"') {
            in_text = true;
        } else if (character == '[' || character == '{') {
            if (++depth > json_depth_max) {
                return true;
            }
        } else if (character == ']' || character == '}') {
            depth -= std::min<std::size_t>(depth, 1);
        }
    }
    return false;
}

}  // namespace tidemark
