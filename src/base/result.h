#pragma once
// Result<T>: a value or an Error. Expected failures are values here; exceptions mean "cannot go on"
// and are caught once, at the top of the program or of a thread.

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace tidemark {

// Kinds are told apart by what the caller does next; add one only when a caller would act
// differently. The exit code of the command line follows from the kind (cli/exit_code.h).
enum class ErrorKind {
    invalid_input,  // what was given is wrong: correct it (HTTP 400, exit 2)
    not_found,      // a named thing is not there (HTTP 404, exit 1)
    refused,        // understood but unsafe or in conflict; nothing was changed (HTTP 409, exit 3)
    unavailable,    // the other side is busy or gone; the same call may succeed later (503, exit 1)
    corrupt,        // what was stored is not what must be there: stop and look (HTTP 500, exit 1)
};

std::string_view to_string(ErrorKind kind);

// A failure. `message` is lower case, names the thing and its value, and says what to do next
// where that is known: "feed 'fastly': unknown format 'fastli' (did you mean 'fastly'?)".
struct [[nodiscard]] Error {
    ErrorKind kind = ErrorKind::corrupt;
    std::string message;

    bool operator==(const Error&) const = default;
};

// The same error with what was being done put before its message: "aggregate a.log: ...".
Error with_context(std::string_view doing, Error error);

// std::expected's interface, but discarding one is a warning (an error here).
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
    using tl::expected<T, Error>::expected;
    // An Error converts by itself, so that functions can say `return Error{...}`.
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

}  // namespace tidemark

// Evaluates `expression`, a Result; on failure returns its error from the enclosing function.
#define TIDEMARK_RETURN_IF_ERROR(expression)                                   \
    do {                                                                       \
        if (auto result_of_step = (expression); !result_of_step.has_value()) { \
            return std::move(result_of_step).error();                          \
        }                                                                      \
    } while (false)

// Declares `target` from the value of `expression`, or returns its error from the function.
// `target` is a declaration, which cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define TIDEMARK_CONCATENATE_INNER(a, b) a##b
#define TIDEMARK_CONCATENATE(a, b) TIDEMARK_CONCATENATE_INNER(a, b)
#define TIDEMARK_ASSIGN_OR_RETURN(target, expression) \
    TIDEMARK_ASSIGN_OR_RETURN_INNER(                  \
        TIDEMARK_CONCATENATE(result_at_line_, __LINE__), target, expression)
#define TIDEMARK_ASSIGN_OR_RETURN_INNER(result, target, expression) \
    auto result = (expression);                                     \
    if (!result.has_value()) {                                      \
        return std::move(result).error();                           \
    }                                                               \
    target = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
