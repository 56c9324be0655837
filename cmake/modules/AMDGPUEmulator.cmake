# Finds the emulator that runs code objects for AMD's devices, and builds the HIP
# library that stands in for AMD's. Sets BEELINE_AMDGPU_EMULATOR_BUILD to its
# folder, or to nothing.
set(BEELINE_AMDGPU_EMULATOR ${PROJECT_SOURCE_DIR}/../shared/amdgpu-emulator
  CACHE PATH "Where amdgpu-emulator is. Tests that need it are off without it.")
set(BEELINE_AMDGPU_EMULATOR_BUILD "")
if(EXISTS ${BEELINE_AMDGPU_EMULATOR}/hip/Makefile)
  set(BEELINE_AMDGPU_EMULATOR_BUILD ${PROJECT_BINARY_DIR}/amdgpu-emulator)
  find_program(MAKE make REQUIRED)
  add_custom_target(beeline-amdgpu-emulator ALL
    ${MAKE} --silent -C ${BEELINE_AMDGPU_EMULATOR}
      BUILD=${BEELINE_AMDGPU_EMULATOR_BUILD} CC=${CMAKE_C_COMPILER} CXX=${CMAKE_CXX_COMPILER}
    COMMENT "Building the stand-in for AMD's HIP library")
endif()
