#include "simulate/run/sql_parameter.h"

#include <algorithm>
#include <array>
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

namespace {

// Most significant byte first.
template <typename Unsigned>
std::array<char, sizeof(Unsigned)> network_bytes(Unsigned value) {
    std::array<char, sizeof(Unsigned)> bytes{};
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        bytes[place] = static_cast<char>((value >> (8 * (bytes.size() - 1 - place))) & 0xFFU);
    }
    return bytes;
}

}  // namespace

void append_int32(std::string& to, std::int32_t value) {
    const auto bytes = network_bytes(static_cast<std::uint32_t>(value));
    to.append(bytes.data(), bytes.size());
}

void append_int64(std::string& to, std::int64_t value) {
    const auto bytes = network_bytes(static_cast<std::uint64_t>(value));
    to.append(bytes.data(), bytes.size());
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

void ArrayParameter::set_size(std::size_t element_begin) {
    const std::size_t size = content_.size() - element_begin - sizeof(std::int32_t);
    std::ranges::copy(network_bytes(static_cast<std::uint32_t>(size)),
                      content_.begin() + static_cast<std::ptrdiff_t>(element_begin));
}

SqlParameter ArrayParameter::take() {
    return {.type = array_type_of(element_), .binary = true, .content = std::move(content_)};
}

}  // namespace tidemark::simulate
