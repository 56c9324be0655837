# How Beeline's own code is compiled: warnings, sanitizers, and what keeps a
# build on two cores short (ccache, lld, precompiled MLIR headers).
add_library(BeelineOptions INTERFACE)
target_compile_options(BeelineOptions INTERFACE
  -Wall -Wextra -Wno-unused-parameter -fvisibility-inlines-hidden)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  # The sloppiness that ccache's manual asks for with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(BeelineOptions INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  target_link_options(BeelineOptions INTERFACE -fuse-ld=lld)
endif()

if(BEELINE_SANITIZE)
  # LLVM's libraries are not instrumented: -fsanitize=vptr would want their
  # type information in our objects.
  set(flags -fsanitize=address,undefined -fno-sanitize=vptr
            -fno-sanitize-recover=all -fno-omit-frame-pointer -shared-libsan)
  target_compile_options(BeelineOptions INTERFACE ${flags})
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libclang_rt.asan-x86_64.so
    OUTPUT_VARIABLE asan_library OUTPUT_STRIP_TRAILING_WHITESPACE)
  cmake_path(GET asan_library PARENT_PATH asan_directory)
  target_link_options(BeelineOptions INTERFACE ${flags} -Wl,-rpath,${asan_directory})
endif()
