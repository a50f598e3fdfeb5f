# cJSON, from Debian's source package, as a library of its own: nothing of it is in this repository. Its objects go
# into perly_core. core/json/cjson_shim.h puts the core's number parser and arenas in place of libc's.
set(CJSON_DIR ${CMAKE_SOURCE_DIR}/build/deps/cjson)
if(NOT EXISTS ${CJSON_DIR}/cJSON.c)
    execute_process(COMMAND ${CMAKE_SOURCE_DIR}/toolchain/fetch-cjson.sh COMMAND_ERROR_IS_FATAL ANY)
endif()

add_library(cjson OBJECT ${CJSON_DIR}/cJSON.c)
target_include_directories(cjson SYSTEM PUBLIC ${CJSON_DIR})
target_include_directories(cjson PRIVATE ${CMAKE_SOURCE_DIR}/core)
# -w: its warnings are its authors' business. The strict pass has refused deeper nesting before.
target_compile_options(cjson PRIVATE -w -include json/cjson_shim.h)
target_compile_definitions(cjson PRIVATE CJSON_NESTING_LIMIT=65)
