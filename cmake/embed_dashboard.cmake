# The dashboard of web/ becomes a generated source, so that the binary carries its page:
# tidemark::dashboard_assets() (src/dashboard/assets.h). npm runs only when web/ changed.
find_program(NPM_PROGRAM npm REQUIRED)
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/web/src/* ${PROJECT_SOURCE_DIR}/web/tools/*)
set(dashboard_assets ${CMAKE_BINARY_DIR}/generated/dashboard_assets.cc)
add_custom_command(
    OUTPUT ${dashboard_assets}
    COMMAND ${PROJECT_SOURCE_DIR}/tools/build_dashboard ${dashboard_assets}
    DEPENDS ${web_sources} ${PROJECT_SOURCE_DIR}/tools/build_dashboard
            ${PROJECT_SOURCE_DIR}/web/index.html ${PROJECT_SOURCE_DIR}/web/package.json
            ${PROJECT_SOURCE_DIR}/web/package-lock.json ${PROJECT_SOURCE_DIR}/web/tsconfig.json
            ${PROJECT_SOURCE_DIR}/web/vite.config.js
    COMMENT "Building the dashboard"
    VERBATIM)
