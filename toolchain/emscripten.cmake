# Debian's Emscripten, used as a compiler only: no JavaScript glue, no WASI, no libc that does I/O.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER emcc)
set(CMAKE_AR emar)
set(CMAKE_RANLIB emranlib)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_EXECUTABLE_SUFFIX_C .wasm)
set(PERLY_WASM emscripten)

set(CMAKE_C_FLAGS_INIT "-msimd128 -fno-exceptions")
# A negative threshold inlines what has one caller, or becomes smaller; -O2 files have inlined before.
# Undefined symbols are the ports; toolchain/check_abi.mjs holds the list that is left against wasm/ABI.md.
# Read at each configuration, unlike CMAKE_EXE_LINKER_FLAGS_INIT: a build folder that exists follows.
set(PERLY_LINK_OPTIONS
    -sSTANDALONE_WASM --no-entry -sERROR_ON_UNDEFINED_SYMBOLS=0 -sWARN_ON_UNDEFINED_SYMBOLS=0 -sTOTAL_STACK=131072
    -sINITIAL_MEMORY=1048576 -sALLOW_MEMORY_GROWTH=1 -sMALLOC=emmalloc -sFILESYSTEM=0 -Wl,--stack-first
    -Wl,-mllvm,-inline-threshold=-50)
