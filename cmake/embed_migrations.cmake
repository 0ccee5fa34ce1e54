# Numbered SQL files become one generated source a dialect, so that the binary carries its schema.
#
# Each dialect gets `<dialect>_migrations`, a source that defines
# tidemark::<dialect>_migrations(): every file's number, name and text, in order
# (store/migration.h).
function(embed_migrations dialect)
    file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/store/${dialect}/migrations/*.sql)
    list(SORT files)
    set(output ${CMAKE_BINARY_DIR}/generated/${dialect}_migrations.cc)
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -DDIALECT=${dialect} -DOUTPUT=${output} "-DFILES=${files}"
                -P ${PROJECT_SOURCE_DIR}/cmake/write_migrations.cmake
        DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/write_migrations.cmake
        VERBATIM)
    set(${dialect}_migrations ${output} PARENT_SCOPE)
endfunction()

embed_migrations(sqlite)
embed_migrations(postgres)
