#pragma once
// Parameters of one SQL statement, in the forms that libpq wants.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/content_hash.h"
#include "domain/total.h"
#include "domain/utc_day.h"

namespace tidemark::postgres {

// PostgreSQL counts days from 2000-01-01, which is this many days after 1970-01-01.
inline constexpr std::int32_t days_to_2000 = 10957;

// Its instants are microseconds from then.
std::int64_t microseconds_since_2000(Timestamp instant);

// Values bound to $1, $2, ... in the order added. Texts and arrays travel in binary form: a NUL
// byte in them reaches the server, which refuses it, instead of cutting the text short here.
class Parameters {
 public:
    Parameters& text(std::string_view value);
    Parameters& integer(std::int64_t value);
    Parameters& integer(std::optional<std::int64_t> value);
    Parameters& day(UtcDay value);
    Parameters& bytes(std::string_view value);
    Parameters& hash(const ContentHash& value);
    Parameters& texts(std::span<const std::string> values);
    Parameters& byte_strings(std::span<const std::string> values);
    Parameters& integers(std::span<const std::int64_t> values);
    Parameters& days(std::span<const UtcDay> values);
    Parameters& nullable_integers(std::span<const std::optional<std::int64_t>> values);
    Parameters& nullable_times(std::span<const std::optional<Timestamp>> values);
    Parameters& totals(std::span<const Total> values);

    [[nodiscard]] int size() const { return static_cast<int>(values_.size()); }

    // The arrays of PQexecParams; they live until the next value is added.
    struct Arrays {
        std::vector<unsigned> types;
        std::vector<const char*> values;
        std::vector<int> lengths;
        std::vector<int> formats;
    };
    [[nodiscard]] Arrays arrays() const;

 private:
    struct Value {
        unsigned type;
        bool binary;
        std::optional<std::string> content;
    };
    std::vector<Value> values_;
};

// Network byte order, as binary COPY and binary parameters want it.
void append_int16(std::string& to, std::int16_t value);
void append_int32(std::string& to, std::int32_t value);
void append_int64(std::string& to, std::int64_t value);

// 16 bytes, the high half first.
std::string to_bytes(const ContentHash& hash);

}  // namespace tidemark::postgres
