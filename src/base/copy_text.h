#pragma once
// The text format of PostgreSQL's COPY. Source: its manual, COPY, "Text Format".

#include <string>
#include <string_view>

namespace tidemark {

// Adds the text as one field: a backslash before itself and before tabs and line ends, which would
// end the field or the row.
void append_copy_field(std::string& to, std::string_view text);

}  // namespace tidemark
