#include "report/text_table.h"

#include <algorithm>

#include "base/check.h"

namespace tidemark {

namespace {

// Characters of UTF-8 text, not bytes: continuation bytes take no room.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

void append_cell(std::string& line, std::string_view cell, TextAlign align, std::size_t width) {
    const std::string padding(width - std::min(width, width_of(cell)), ' ');
    line += align == TextAlign::right ? padding : "";
    line += cell;
    line += align == TextAlign::left ? padding : "";
}

}  // namespace

void TextTable::add_row(std::vector<std::string> cells) {
    TIDEMARK_CHECK(cells.size() == columns_.size());
    for (std::string& cell : cells) {
        std::ranges::replace_if(
            cell,
            [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; },
            '?');
    }
    rows_.push_back(std::move(cells));
}

std::string TextTable::to_string() const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        std::size_t width = width_of(columns_[column].name);
        for (const auto& row : rows_) {
            width = std::max(width, width_of(row[column]));
        }
        widths.push_back(width);
    }
    std::string text;
    const auto append_line = [&](const auto& cell_of) {
        std::string line;
        for (std::size_t column = 0; column < columns_.size(); ++column) {
            line += column == 0 ? "" : "  ";
            append_cell(line, cell_of(column), columns_[column].align, widths[column]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    };
    append_line([&](std::size_t column) { return columns_[column].name; });
    append_line([&](std::size_t column) { return std::string(widths[column], '-'); });
    for (const auto& row : rows_) {
        append_line([&](std::size_t column) { return row[column]; });
    }
    return text;
}

std::string with_thousands(std::string_view digits) {
    const std::size_t sign = digits.starts_with('-') ? 1 : 0;
    std::string text(digits.substr(0, sign));
    for (std::size_t i = sign; i < digits.size(); ++i) {
        if (i > sign && (digits.size() - i) % 3 == 0) {
            text += ',';
        }
        text += digits[i];
    }
    return text;
}

}  // namespace tidemark
