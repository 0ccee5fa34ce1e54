#pragma once
// A run's verdict and figures for a terminal.

#include <string>

#include "simulate/report/verdict.h"

namespace tidemark::simulate {

std::string text_report(const Figures& figures, const Verdict& verdict);

}  // namespace tidemark::simulate
