#pragma once
// Bytes as hexadecimal digits, small letters, and back.

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

std::string to_hexadecimal(std::string_view bytes);

// Nothing for an odd number of digits and for what is none; capital letters are none.
std::optional<std::string> from_hexadecimal(std::string_view digits);

}  // namespace tidemark
