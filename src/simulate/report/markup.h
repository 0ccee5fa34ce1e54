#pragma once
// Text within HTML and XML.

#include <string>
#include <string_view>

namespace tidemark::simulate {

// With & < > " ' as entities, and without control characters, which XML does not have.
std::string markup_text(std::string_view text);

}  // namespace tidemark::simulate
