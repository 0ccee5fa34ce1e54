#include "simulate/report/schema_causes.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

// Rows that come together lie together by such a column, and are strangers by the other.
constexpr double ordered_least = 0.9;
constexpr double scattered_most = 0.5;
// So few that no update at all stays in its page.
constexpr double hot_none = 0.01;

// "public.t" for "t", "T" or "public.t", as statements name it.
bool names_table(std::string_view written, std::string_view table) {
    return written == table || table.substr(table.find('.') + 1) == written;
}

// The columns of a table that any writer's statement changes in rows that are there.
std::vector<std::string> changed_columns(const Plan& plan, std::string_view table) {
    std::vector<std::string> columns;
    for (const Writer& writer : plan.writers) {
        for (const Statement& statement : writer.statements) {
            if (names_table(statement.table, table)) {
                columns.insert(columns.end(), statement.changed.begin(), statement.changed.end());
            }
        }
    }
    return columns;
}

bool was_written(const Figures& figures, const IndexFact& index) {
    return std::ranges::any_of(figures.database.tables, [&index](const TableFigures& table) {
        return table.name == index.table && table.inserted > 0;
    });
}

}  // namespace

std::string cause_of_full_pages(const Figures& figures) {
    for (const IndexFact& index : figures.facts.indexes) {
        if (index.columns.size() < 2 || !was_written(figures, index) ||
            std::abs(index.correlations.front()) > scattered_most) {
            continue;
        }
        const auto ordered = std::ranges::find_if(
            index.correlations, [](double value) { return value >= ordered_least; });
        if (ordered != index.correlations.end()) {
            const std::string& column =
                index.columns[static_cast<std::size_t>(ordered - index.correlations.begin())];
            return fmt::format(
                "key order: index {} of {} begins with {}, so rows that come together lie on a "
                "page each; one that begins with {} keeps them together",
                index.name,
                index.table,
                index.columns.front(),
                column);
        }
    }
    return "rows of one transaction lie on many pages, or checkpoints are frequent";
}

std::string cause_of_cold_updates(const Figures& figures,
                                  std::string_view table,
                                  double hot_share) {
    const std::vector<std::string> changed = changed_columns(figures.plan, table);
    for (const IndexFact& index : figures.facts.indexes) {
        if (index.table != table) {
            continue;
        }
        const auto found = std::ranges::find_if(index.columns, [&changed](const std::string& name) {
            return std::ranges::find(changed, name) != changed.end();
        });
        if (found != index.columns.end()) {
            return fmt::format(
                "index {} has column {}, which updates change, so each of them "
                "writes to every index",
                index.name,
                *found);
        }
    }
    return hot_share < hot_none ? "no update is HOT: an index has a column that is updated"
                                : "pages are full when rows change: a lower fillfactor, or vacuum "
                                  "cannot keep up";
}

}  // namespace tidemark::simulate
