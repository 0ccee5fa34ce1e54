#pragma once
// A run as one HTML file: the verdict first, then every writer and the database on one time axis.
// Everything is in the file; it asks no network for anything.

#include <string>

#include "simulate/report/verdict.h"

namespace tidemark::simulate {

std::string html_report(const Figures& figures, const Verdict& verdict);

}  // namespace tidemark::simulate
