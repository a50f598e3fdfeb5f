# clang and wasi-libc: a reactor, for hosts that are not JavaScript and as a second opinion on every result.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_AR llvm-ar-14)
set(CMAKE_RANLIB llvm-ranlib-14)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_EXECUTABLE_SUFFIX_C .wasm)
set(PERLY_WASM wasi)

set(CMAKE_C_FLAGS_INIT "-msimd128 --sysroot=/usr")
# A negative threshold inlines what has one caller, or becomes smaller; -O2 files have inlined before.
# Read at each configuration, unlike CMAKE_EXE_LINKER_FLAGS_INIT: a build folder that exists follows.
set(PERLY_LINK_OPTIONS
    -mexec-model=reactor -Wl,--allow-undefined -Wl,--stack-first -Wl,-z,stack-size=131072 -Wl,--strip-debug
    -Wl,-mllvm,-inline-threshold=-50 -Wl,--initial-memory=1048576 -Wl,--max-memory=2147483648)
