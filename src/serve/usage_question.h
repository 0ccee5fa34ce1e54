#pragma once
// What GET /v1/usage is asked, read from its parameters.

#include <cstdint>
#include <span>
#include <variant>

#include "http/problem.h"
#include "http/target.h"
#include "report/usage_answer.h"
#include "serve/endpoint.h"
#include "serve/routes.h"

namespace tidemark {

// The work and the memory of one answer: a question for more rows is refused.
constexpr std::int64_t usage_rows_max = 100'000;

// The rows by the day or slot that the answer can have.
std::int64_t rows_asked(const UsageRequest& request);

// The question, or the first parameter that is wrong. `parameters` are those of the route.
std::variant<UsageQuestion, http::Problem> read_usage_question(
    const http::Target& target, std::span<const Parameter> parameters, const Setting& setting);

}  // namespace tidemark
