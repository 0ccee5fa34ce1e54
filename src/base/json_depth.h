#pragma once
// How deep a JSON text from outside may nest.

#include <cstddef>
#include <string_view>

namespace tidemark {

// More than anybody means, and far less than the stack holds: what copies and writes a document
// calls itself for each level, so that a megabyte of '[' would end the process.
inline constexpr std::size_t json_depth_max = 100;

// Whether lists and objects of a JSON text are nested deeper than json_depth_max; of a text that is
// no JSON it says nothing.
bool is_nested_too_deep(std::string_view json);

}  // namespace tidemark
