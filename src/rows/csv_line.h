#pragma once
// One line of CSV, cut into its fields.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

// RFC 4180, section 2, of one line: commas part the fields; a quoted field may hold commas, and
// quotes doubled; line ends within quotes are not for a format whose rows are lines. One thread at
// a time.
class CsvLine {
 public:
    // The fields, borrowed from the line or from here until the next call; nothing for quotes that
    // are not as they should be.
    std::optional<std::vector<std::string_view>> cut(std::string_view line);

 private:
    std::string unquoted_;  // fields whose doubled quotes were made single
};

}  // namespace tidemark
