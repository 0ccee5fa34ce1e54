#include <cstddef>
#include <cstdint>

#include "fuzz/combined_claims.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    tidemark::test::check_combined_line({reinterpret_cast<const char*>(bytes), size});
    return 0;
}
