#pragma once
// What the tables and indexes of a database take, and how full they are.

#include <vector>

#include "base/result.h"
#include "simulate/run/run_folder.h"
#include "simulate/run/session.h"

namespace tidemark::simulate {

// Every table of the user's schemas, by name. Reads all of them and their indexes. The leaf density
// needs the extension pgstattuple, which is created where the server has it.
Result<std::vector<TableStorage>> measure_storage(Session& session);

}  // namespace tidemark::simulate
