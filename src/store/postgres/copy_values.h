#pragma once
// The values of a copied row in the text form of COPY.

#include <string>

#include "store/copying.h"

namespace tidemark::postgres {

// How a value that travels as an integer or as bytes is written.
enum class CopyForm { number, text, bytes, hash, day, instant, numbers, days, flag };

// Adds one field; a value that is not there as \N, days that are not there as none.
void append_copy_value(std::string& to, CopyForm form, const CopyValue& value);

}  // namespace tidemark::postgres
