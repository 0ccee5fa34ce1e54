# tidemark_library(store/sqlite DEPENDS store PRIVATE SQLite::SQLite3)
#
# One static library a folder of src/, made of every .cc directly in it. DEPENDS names the layers
# it may use; what is not named does not link, and tools/check_style.py refuses the include.
function(tidemark_library folder)
    cmake_parse_arguments(ARG "" "" "DEPENDS;PUBLIC;PRIVATE;SOURCES" ${ARGN})
    string(REPLACE "/" "_" name "tidemark_${folder}")
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cc)
    add_library(${name} STATIC ${sources} ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC tidemark_compiler ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
    foreach(layer ${ARG_DEPENDS})
        string(REPLACE "/" "_" layer_name "tidemark_${layer}")
        target_link_libraries(${name} PUBLIC ${layer_name})
    endforeach()
endfunction()
