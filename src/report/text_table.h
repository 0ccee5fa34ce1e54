#pragma once
// Aligned columns of text, for people.

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

enum class TextAlign { left, right };

struct TextColumn {
    std::string name;
    TextAlign align = TextAlign::left;
};

class TextTable {
 public:
    explicit TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {}

    // One cell a column. Control characters are shown as '?', so that a hostile name cannot move
    // the cursor of a terminal.
    void add_row(std::vector<std::string> cells);

    // A header, a rule and the rows, two blanks apart, each line ended.
    [[nodiscard]] std::string to_string() const;

 private:
    std::vector<TextColumn> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// "1234567" as "1,234,567"; the text is an optional '-' and digits.
std::string with_thousands(std::string_view digits);

}  // namespace tidemark
