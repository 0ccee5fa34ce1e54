#pragma once
// Into which table and columns each part of a copy goes.

#include <string>
#include <vector>

#include "domain/dataset.h"
#include "store/copying.h"
#include "store/postgres/copy_values.h"

namespace tidemark::postgres {

struct CopyColumn {
    std::string sql;
    CopyForm form;
};

// Where the rows of a part go; `extra` are columns that the part does not have, and their values.
struct CopyDestination {
    std::string table;
    std::vector<CopyColumn> columns;
    std::string extra_columns{};
    std::string extra_values{};
};

// Of a part that belongs to no dataset's own tables.
CopyDestination copy_destination(CopyPartKind kind);

// Of batch rows, daily rows, and a gauge's events, repeats and rows.
CopyDestination copy_destination(CopyPartKind kind, const Dataset& dataset);

}  // namespace tidemark::postgres
