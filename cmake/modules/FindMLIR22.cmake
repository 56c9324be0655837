# Finds LLVM and MLIR 22 as shared libraries, with their tablegen and test tools.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# NDEBUG and RTTI must be what the libraries were built with: class layouts and
# vtables depend on them.
if(NOT LLVM_ENABLE_RTTI)
  message(FATAL_ERROR "Beeline needs an LLVM that was built with RTTI")
endif()
separate_arguments(definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")

add_library(BeelineMLIR INTERFACE)
target_include_directories(BeelineMLIR SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_definitions(BeelineMLIR INTERFACE ${definitions})
target_link_libraries(BeelineMLIR INTERFACE MLIR LLVM)
