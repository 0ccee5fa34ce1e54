#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tidemark {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "tidemark: %s:%d: must hold, but does not: %s\n", file, line, condition);
    std::abort();
}

}  // namespace tidemark
