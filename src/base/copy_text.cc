#include "base/copy_text.h"

namespace tidemark {

void append_copy_field(std::string& to, std::string_view text) {
    for (const char character : text) {
        switch (character) {
            case '\\':
                to += "\\\\";
                break;
            case '\t':
                to += "\\t";
                break;
            case '\n':
                to += "\\n";
                break;
            case '\r':
                to += "\\r";
                break;
            default:
                to += character;
        }
    }
}

}  // namespace tidemark
