#include "rows/csv_line.h"

namespace tidemark {

std::optional<std::vector<std::string_view>> CsvLine::cut(std::string_view line) {
    unquoted_.clear();
    unquoted_.reserve(line.size());  // so that the fields in it stay where they are
    std::vector<std::string_view> fields;
    while (true) {
        if (!line.starts_with('"')) {
            const std::size_t comma = line.find(',');
            const std::string_view field = line.substr(0, comma);
            if (field.find('"') != std::string_view::npos) {
                return std::nullopt;
            }
            fields.push_back(field);
            if (comma == std::string_view::npos) {
                return fields;
            }
            line.remove_prefix(comma + 1);
            continue;
        }
        const std::size_t begin = unquoted_.size();
        line.remove_prefix(1);
        while (true) {
            const std::size_t quote = line.find('"');
            if (quote == std::string_view::npos) {
                return std::nullopt;
            }
            unquoted_.append(line.substr(0, quote));
            line.remove_prefix(quote + 1);
            if (!line.starts_with('"')) {
                break;
            }
            unquoted_ += '"';
            line.remove_prefix(1);
        }
        fields.push_back(std::string_view(unquoted_).substr(begin));
        if (line.empty()) {
            return fields;
        }
        if (line.front() != ',') {
            return std::nullopt;
        }
        line.remove_prefix(1);
    }
}

}  // namespace tidemark
