#pragma once
// The identifiers that appear in generated logs: subjects, media, objects.

#include <cstdint>
#include <string>

namespace tidemark {

// Spreads a number over 64 bits; a bijection (the finaliser of MurmurHash3, public domain).
constexpr std::uint64_t mix(std::uint64_t value) {
    value ^= value >> 33U;
    value *= 0xFF51AFD7ED558CCDU;
    value ^= value >> 33U;
    value *= 0xC4CEB9FE1A85EC53U;
    return value ^ (value >> 33U);
}

// A site's key: 8 of [0-9A-Za-z], different for different indexes, the same for every seed, so
// that several feeds speak of the same sites.
std::string site_name(std::uint32_t index);

// A property's analytics id: 22 of [A-Za-z0-9+_], as players send it.
std::string analytics_name(std::uint32_t index);

// Writes `count` (at most 10) of [0-9A-Za-z] made from the bits of `value`; two letters are twice
// as frequent as the others.
char* write_letters(std::uint64_t value, int count, char* out);

}  // namespace tidemark
