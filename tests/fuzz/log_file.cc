#include <cstddef>
#include <cstdint>

#include "fuzz/log_file_claims.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    tidemark::test::check_log_file({reinterpret_cast<const char*>(bytes), size});
    return 0;
}
