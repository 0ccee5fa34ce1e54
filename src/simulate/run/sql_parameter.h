#pragma once
// Parameters of statements in PostgreSQL's binary form, scalar or array.

#include <cstdint>
#include <string>
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
    // `append` is called once, with the text to which it adds the element in binary form.
    template <typename Append>
    void add(Append&& append) {
        const std::size_t begin = content_.size();
        append_int32(content_, 0);  // its size, which is not known yet
        append(content_);
        set_size(begin);
    }
    SqlParameter take();

 private:
    void set_size(std::size_t element_begin);

    unsigned element_;
    std::string content_;
};

}  // namespace tidemark::simulate
