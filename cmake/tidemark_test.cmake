include(GoogleTest)

# tidemark_test(unit/domain LABEL fast LINK tidemark_domain)
#
# One test program a folder of tests/, made of every .cc directly in it, so that no test file can
# be left out of the build. Each of its cases is a ctest of its own under the label given.
# PROPERTIES passes on to ctest (RUN_SERIAL, TIMEOUT, RESOURCE_LOCK ...).
function(tidemark_test folder)
    cmake_parse_arguments(ARG "" "LABEL" "LINK;PROPERTIES" ${ARGN})
    string(REPLACE "/" "_" name "test_${folder}")
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*.cc)
    add_executable(${name} ${sources})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE
        tidemark_compiler ${ARG_LINK} tidemark_test_support
        GTest::gtest GTest::gtest_main rapidcheck)
    target_compile_definitions(${name} PRIVATE
        TIDEMARK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
        TIDEMARK_BINARY="$<TARGET_FILE_DIR:tidemark>/tidemark")
    gtest_discover_tests(${name}
        TEST_PREFIX "${folder}/"
        DISCOVERY_TIMEOUT 60
        NO_PRETTY_VALUES  # a case's own name, not the bytes of its parameter
        PROPERTIES LABELS "${ARG_LABEL}" ${ARG_PROPERTIES})
endfunction()
