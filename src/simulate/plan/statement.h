#pragma once
// A writer's SQL file: statements with `:name` placeholders, which become real parameters.
//
// A statement ends at a semicolon outside quotes, dollar quotes, comments and parentheses. `:name`
// becomes $1, $2 ...; `::type` stays a cast, and nothing within quotes or comments is looked at.
// One form is not PostgreSQL's own:
//
//     COPY cdn_batch (batch, site_id, bytes) FROM STDIN VALUES (:operation, :site_id, :bytes);
//
// sends a row of these values for every row of the transaction.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tidemark::simulate {

// What a statement does to its table, by its first words: what traffic is estimated from.
enum class Effect { insert, upsert, update, remove, select, other };

struct Statement {
    std::string sql;  // with $1, $2 ...; of a COPY up to FROM STDIN
    std::vector<std::string>
        parameters;  // the names of $1, $2 ..., each once; of a COPY its fields
    bool copy = false;
    Effect effect = Effect::other;
    std::string table;  // that it writes to, as written; empty when it writes to none
    std::vector<std::string> changed;  // columns that it sets in rows that are there
    int line = 0;                      // where it begins
    bool operator==(const Statement&) const = default;
};

// The statements in order. `file` names the text in messages and `first_line` is the line of its
// beginning. Fails with invalid_input for text without a statement, quotes or parentheses that do
// not end, a COPY of another form, and more than 1,000 parameters.
Result<std::vector<Statement>> parse_statements(std::string_view text,
                                                std::string_view file,
                                                int first_line = 1);

}  // namespace tidemark::simulate
