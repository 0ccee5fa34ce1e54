# Flags live on this target, so third-party code never sees them; every library and test links it.
add_library(tidemark_compiler INTERFACE)
target_compile_features(tidemark_compiler INTERFACE cxx_std_20)
target_include_directories(tidemark_compiler INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(tidemark_compiler INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
    $<$<CONFIG:Debug>:-D_GLIBCXX_ASSERTIONS>)

# GCC 12 warns of overlapping copies inside std::string where there are none (GCC bug 105651).
target_compile_options(tidemark_compiler INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

set(TIDEMARK_SANITIZE "" CACHE STRING "sanitizers to build with, as -fsanitize takes them")
if(TIDEMARK_SANITIZE)
    target_compile_options(tidemark_compiler INTERFACE
        -fsanitize=${TIDEMARK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    # ThreadSanitizer does not follow Asio's fences, of which GCC warns; they order nothing of ours.
    target_compile_options(tidemark_compiler INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    target_link_options(tidemark_compiler INTERFACE -fsanitize=${TIDEMARK_SANITIZE})
endif()

option(TIDEMARK_COVERAGE "instrument for gcov" OFF)
if(TIDEMARK_COVERAGE)
    target_compile_options(tidemark_compiler INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(tidemark_compiler INTERFACE --coverage)
endif()

option(TIDEMARK_FUZZ "build the libFuzzer drivers (clang)" OFF)
if(TIDEMARK_FUZZ)
    # The libraries too: the fuzzer is led by what it reaches in them.
    target_compile_options(tidemark_compiler INTERFACE -fsanitize=fuzzer-no-link)
    # RapidJSON 1.1 adds to a null pointer before it first expands, of which clang complains.
    set_source_files_properties(${PROJECT_SOURCE_DIR}/src/report/usage_json.cc PROPERTIES
        COMPILE_OPTIONS -fno-sanitize=pointer-overflow)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
    target_link_options(tidemark_compiler INTERFACE -fuse-ld=mold)
endif()
