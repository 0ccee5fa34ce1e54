#include "simulate/run/sql_parameter.h"

#include <bit>
#include <utility>

namespace tidemark::simulate {

unsigned array_type_of(unsigned element) {
    switch (element) {
        case type_int8:
            return 1016;
        case type_float8:
            return 1022;
        case type_date:
            return 1182;
        case type_timestamptz:
            return 1185;
        default:
            return 1009;  // text[]
    }
}

void append_int32(std::string& to, std::int32_t value) {
    const auto bits = static_cast<std::uint32_t>(value);
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        to += static_cast<char>((bits >> (shift - 8)) & 0xFFU);
    }
}

void append_int64(std::string& to, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    append_int32(to, static_cast<std::int32_t>(bits >> 32U));
    append_int32(to, static_cast<std::int32_t>(bits & 0xFFFFFFFFU));
}

void append_double(std::string& to, double value) {
    append_int64(to, std::bit_cast<std::int64_t>(value));
}

ArrayParameter::ArrayParameter(unsigned element, std::size_t count) : element_(element) {
    append_int32(content_, count == 0 ? 0 : 1);  // dimensions
    append_int32(content_, 0);                   // no NULLs
    append_int32(content_, static_cast<std::int32_t>(element));
    if (count > 0) {
        append_int32(content_, static_cast<std::int32_t>(count));
        append_int32(content_, 1);  // the first subscript
    }
}

void ArrayParameter::add(std::string_view binary) {
    append_int32(content_, static_cast<std::int32_t>(binary.size()));
    content_ += binary;
}

SqlParameter ArrayParameter::take() {
    return {.type = array_type_of(element_), .binary = true, .content = std::move(content_)};
}

}  // namespace tidemark::simulate
