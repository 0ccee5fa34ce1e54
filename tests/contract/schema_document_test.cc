// docs/schema.md names every table, column and index of a database just made, and no other.

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "contract/store_steps.h"
#include "support/source_tree.h"

namespace tidemark::test {
namespace {

using Names = std::set<std::string>;

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');) {
        cells.push_back(cell);
    }
    return cells;
}

// The words in backquotes that stand before any colon or outside of one's explanation.
std::vector<std::string> quoted_in(const std::string& cell) {
    std::vector<std::string> names;
    const std::string told = cell.substr(0, cell.find(':'));
    for (std::size_t begin = told.find('`'); begin != std::string::npos;) {
        const std::size_t end = told.find('`', begin + 1);
        names.push_back(told.substr(begin + 1, end - begin - 1));
        begin = told.find('`', end + 1);
    }
    return names;
}

// What the document says of one store: "table.column" and the names of indexes.
struct Document {
    Names columns;
    Names indexes;
};

Document read_document(bool on_server) {
    std::ifstream file(source_directory() / "docs/schema.md");
    Document document;
    std::string table;
    bool in_columns = false;
    bool in_indexes = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) {
            table = line.starts_with("### ") ? quoted_in(line).front() : "";
        }
        if (!line.starts_with("|")) {
            in_columns = in_indexes = false;
            continue;
        }
        const std::vector<std::string> cells = cells_of(line);
        if (line.starts_with("| PostgreSQL | SQLite |")) {
            in_columns = !table.empty();
            in_indexes = !in_columns;
            continue;
        }
        const bool same = cells[1] == " same ";
        for (const std::string& name : quoted_in(cells[on_server || same ? 0 : 1])) {
            if (in_columns) {
                document.columns.insert(table + "." + name);
            } else if (in_indexes) {
                document.indexes.insert(name);
            }
        }
    }
    return document;
}

Names words_in(const std::string& text) {
    std::istringstream stream(text);
    Names words;
    for (std::string word; stream >> word;) {
        words.insert(word);
    }
    return words;
}

constexpr const char* postgres_columns =
    "SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name !~ '_[0-9]{8}$'";
constexpr const char* postgres_indexes =
    "SELECT string_agg(c.relname, ' ') FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
    " WHERE NOT i.indisprimary AND NOT c.relispartition";
constexpr const char* sqlite_columns =
    "SELECT group_concat(t.name || '.' || c.name, ' ') FROM sqlite_schema t,"
    " pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
constexpr const char* sqlite_indexes =
    "SELECT group_concat(name, ' ') FROM sqlite_schema WHERE type = 'index'"
    " AND name NOT LIKE 'sqlite_%'";

class SchemaDocument : public testing::TestWithParam<StoreFactory> {};

TEST_P(SchemaDocument, names_what_the_database_has) {
    const std::unique_ptr<TestDatabase> database = GetParam().make_database();
    const std::unique_ptr<Store> store = database->open();
    ASSERT_TRUE(store->prepare_dataset(cdn()).has_value());
    for (const Dataset& dataset : built_in_datasets()) {
        if (dataset.kind() == DatasetKind::gauge) {
            ASSERT_TRUE(store->prepare_dataset(dataset).has_value());
        }
    }
    const bool on_server = database->server() != nullptr;
    const Document document = read_document(on_server);
    EXPECT_EQ(document.columns,
              words_in(database->by_hand(on_server ? postgres_columns : sqlite_columns)));
    EXPECT_EQ(document.indexes,
              words_in(database->by_hand(on_server ? postgres_indexes : sqlite_indexes)));
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         SchemaDocument,
                         testing::Values(sqlite_store_factory(), postgres_store_factory()),
                         store_name);

}  // namespace
}  // namespace tidemark::test
