#pragma once
// An option that names a UTC day.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/utc_day.h"

namespace tidemark {

// The day of "YYYY-MM-DD"; nothing where the text is empty: the option was not given. Fails with
// invalid_input, naming `option`.
Result<std::optional<UtcDay>> read_day(std::string_view option, const std::string& text);

}  // namespace tidemark
