#pragma once
// The write traffic of a plan: what it asks of a database, before there is one.
//
// Rows follow from the plan alone and are exact on average. Bytes are an estimate from the widths
// of the values, good to a factor of about three: the order of the key, the indexes and the
// checkpoints decide the rest (one row just after a checkpoint can cost a page of 8 kB), and only a
// run measures those.

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/plan/plan.h"

namespace tidemark::simulate {

struct WriterTraffic {
    std::string writer{};
    double runs_per_day = 0;  // of all instances
    double rows_per_day = 0;
    double transactions_per_day = 0;
    double statements_per_day = 0;
    double wal_bytes_per_day = 0;
    double table_bytes_per_year = 0;  // what a year adds, before vacuum and indexes beyond the key
};

// One a writer, in the plan's order.
std::vector<WriterTraffic> traffic_of(const Plan& plan);

// Bytes of the row that a statement sends, without headers.
double row_width(const Plan& plan,
                 const Statement& statement,
                 const std::map<std::string, Value>& values);

}  // namespace tidemark::simulate
