#include "store/postgres/parameters.h"

namespace tidemark::postgres {

namespace {

// Type numbers of catalog pg_type.dat; they never change.
constexpr unsigned type_bytea = 17;
constexpr unsigned type_int8 = 20;
constexpr unsigned type_text = 25;
constexpr unsigned type_date = 1082;
constexpr unsigned type_bytea_array = 1001;
constexpr unsigned type_text_array = 1009;
constexpr unsigned type_int8_array = 1016;
constexpr unsigned type_date_array = 1182;
constexpr unsigned type_timestamptz = 1184;
constexpr unsigned type_timestamptz_array = 1185;
constexpr unsigned type_numeric_array = 1231;

// array_send of src/backend/utils/adt/arrayfuncs.c: dimensions, null flag, element type, then for
// each dimension its length and lower bound.
std::string array_header(unsigned element_type, std::size_t length) {
    std::string array;
    append_int32(array, 1);
    append_int32(array, 0);
    append_int32(array, static_cast<std::int32_t>(element_type));
    append_int32(array, static_cast<std::int32_t>(length));
    append_int32(array, 1);
    return array;
}

std::string array_of(unsigned element_type, std::span<const std::string> values) {
    std::string array = array_header(element_type, values.size());
    for (const std::string& value : values) {
        append_int32(array, static_cast<std::int32_t>(value.size()));
        array += value;
    }
    return array;
}

template <typename Unsigned>
void append_big_endian(std::string& to, Unsigned value) {
    char bytes[sizeof value];
    for (std::size_t index = 0; index < sizeof value; ++index) {
        bytes[index] = static_cast<char>(value >> (8 * (sizeof value - 1 - index)));
    }
    to.append(bytes, sizeof bytes);
}

std::string nullable_array(unsigned element_type,
                           std::span<const std::optional<std::int64_t>> values) {
    std::string array = array_header(element_type, values.size());
    array[7] = 1;  // the flag says that there may be nulls
    for (const std::optional<std::int64_t>& value : values) {
        if (value.has_value()) {
            append_int32(array, sizeof *value);
            append_int64(array, *value);
        } else {
            append_int32(array, -1);
        }
    }
    return array;
}

}  // namespace

std::int64_t microseconds_since_2000(Timestamp instant) {
    constexpr std::chrono::sys_days year_2000{std::chrono::days(days_to_2000)};
    return (instant - Timestamp(year_2000)).count();
}

void append_int16(std::string& to, std::int16_t value) {
    append_big_endian(to, static_cast<std::uint16_t>(value));
}

void append_int32(std::string& to, std::int32_t value) {
    append_big_endian(to, static_cast<std::uint32_t>(value));
}

void append_int64(std::string& to, std::int64_t value) {
    append_big_endian(to, static_cast<std::uint64_t>(value));
}

std::string to_bytes(const ContentHash& hash) {
    std::string bytes;
    append_big_endian(bytes, hash.high);
    append_big_endian(bytes, hash.low);
    return bytes;
}

Parameters& Parameters::text(std::string_view value) {
    values_.push_back({type_text, true, std::string(value)});
    return *this;
}

Parameters& Parameters::integer(std::int64_t value) {
    return integer(std::optional<std::int64_t>(value));
}

Parameters& Parameters::integer(std::optional<std::int64_t> value) {
    std::optional<std::string> content;
    if (value.has_value()) {
        append_int64(content.emplace(), *value);
    }
    values_.push_back({type_int8, true, std::move(content)});
    return *this;
}

Parameters& Parameters::day(UtcDay value) {
    std::string content;
    append_int32(content, value.days_since_epoch() - days_to_2000);
    values_.push_back({type_date, true, std::move(content)});
    return *this;
}

Parameters& Parameters::bytes(std::string_view value) {
    values_.push_back({type_bytea, true, std::string(value)});
    return *this;
}

Parameters& Parameters::hash(const ContentHash& value) {
    return bytes(to_bytes(value));
}

Parameters& Parameters::texts(std::span<const std::string> values) {
    values_.push_back({type_text_array, true, array_of(type_text, values)});
    return *this;
}

Parameters& Parameters::byte_strings(std::span<const std::string> values) {
    values_.push_back({type_bytea_array, true, array_of(type_bytea, values)});
    return *this;
}

Parameters& Parameters::integers(std::span<const std::int64_t> values) {
    std::string array = array_header(type_int8, values.size());
    for (const std::int64_t value : values) {
        append_int32(array, sizeof value);
        append_int64(array, value);
    }
    values_.push_back({type_int8_array, true, std::move(array)});
    return *this;
}

Parameters& Parameters::nullable_integers(std::span<const std::optional<std::int64_t>> values) {
    values_.push_back({type_int8_array, true, nullable_array(type_int8, values)});
    return *this;
}

Parameters& Parameters::nullable_times(std::span<const std::optional<Timestamp>> values) {
    std::vector<std::optional<std::int64_t>> microseconds;
    microseconds.reserve(values.size());
    for (const std::optional<Timestamp>& value : values) {
        microseconds.push_back(value.has_value() ? std::optional(microseconds_since_2000(*value))
                                                 : std::nullopt);
    }
    values_.push_back(
        {type_timestamptz_array, true, nullable_array(type_timestamptz, microseconds)});
    return *this;
}

Parameters& Parameters::days(std::span<const UtcDay> values) {
    std::string array = array_header(type_date, values.size());
    for (const UtcDay value : values) {
        append_int32(array, sizeof(std::int32_t));
        append_int32(array, value.days_since_epoch() - days_to_2000);
    }
    values_.push_back({type_date_array, true, std::move(array)});
    return *this;
}

Parameters& Parameters::totals(std::span<const Total> values) {
    std::string array = "{";
    for (const Total& value : values) {
        array += array.size() > 1 ? "," : "";
        array += value.to_string();
    }
    values_.push_back({type_numeric_array, false, array + "}"});
    return *this;
}

Parameters::Arrays Parameters::arrays() const {
    Arrays arrays;
    for (const Value& value : values_) {
        arrays.types.push_back(value.type);
        arrays.values.push_back(value.content.has_value() ? value.content->c_str() : nullptr);
        arrays.lengths.push_back(value.content.has_value() ? static_cast<int>(value.content->size())
                                                           : 0);
        arrays.formats.push_back(value.binary ? 1 : 0);
    }
    return arrays;
}

}  // namespace tidemark::postgres
