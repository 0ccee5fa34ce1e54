# The usage service's plan with its SQL becomes a generated source, so that the binary can run it
# wherever it stands: simulate::shipped_files() (src/simulate/plan/shipped_plans.h).
file(GLOB example_files CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/examples/usage_service.toml ${PROJECT_SOURCE_DIR}/examples/sql/*.sql)
list(SORT example_files)
set(shipped_plans ${CMAKE_BINARY_DIR}/generated/shipped_files.cc)
add_custom_command(
    OUTPUT ${shipped_plans}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${shipped_plans} -DFOLDER=${PROJECT_SOURCE_DIR}/examples
            "-DFILES=${example_files}" -P ${PROJECT_SOURCE_DIR}/cmake/write_examples.cmake
    DEPENDS ${example_files} ${PROJECT_SOURCE_DIR}/cmake/write_examples.cmake
    VERBATIM)
