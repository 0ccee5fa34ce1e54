#pragma once
// Parameters of statements in PostgreSQL's binary form, scalar or array.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::simulate {

// Object identifiers of the types that values have, fixed in PostgreSQL's catalogue.
inline constexpr unsigned type_unknown = 0;  // the server infers it
inline constexpr unsigned type_int8 = 20;
inline constexpr unsigned type_text = 25;
inline constexpr unsigned type_float8 = 701;
inline constexpr unsigned type_date = 1082;
inline constexpr unsigned type_timestamptz = 1184;

// The array type of an element type above.
unsigned array_type_of(unsigned element);

struct SqlParameter {
    unsigned type = type_unknown;
    bool binary = false;
    std::string content{};
};

// Network byte order.
void append_int32(std::string& to, std::int32_t value);
void append_int64(std::string& to, std::int64_t value);
void append_double(std::string& to, double value);

// Builds a one-dimensional array element by element.
class ArrayParameter {
 public:
    ArrayParameter(unsigned element, std::size_t count);
    void add(std::string_view binary);
    SqlParameter take();

 private:
    unsigned element_;
    std::string content_;
};

}  // namespace tidemark::simulate
