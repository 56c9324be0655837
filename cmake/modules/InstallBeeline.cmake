# Lets other projects use Beeline by find_package(Beeline), from the build tree
# or from where it was installed.
include(CMakePackageConfigHelpers)
set(config_directory ${CMAKE_INSTALL_LIBDIR}/cmake/Beeline)

install(TARGETS Beeline BeelineMLIR BeelineRuntime EXPORT BeelineTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/runtime/python/beeline
  DESTINATION ${CMAKE_INSTALL_DATADIR}/beeline/python FILES_MATCHING PATTERN "*.py")
install(EXPORT BeelineTargets NAMESPACE Beeline:: DESTINATION ${config_directory})
export(EXPORT BeelineTargets NAMESPACE Beeline::
  FILE ${PROJECT_BINARY_DIR}/lib/cmake/Beeline/BeelineTargets.cmake)

configure_file(${PROJECT_SOURCE_DIR}/cmake/BeelineConfig.cmake.in
  ${PROJECT_BINARY_DIR}/lib/cmake/Beeline/BeelineConfig.cmake @ONLY)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/lib/cmake/Beeline/BeelineConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/lib/cmake/Beeline/BeelineConfig.cmake
  ${PROJECT_BINARY_DIR}/lib/cmake/Beeline/BeelineConfigVersion.cmake
  DESTINATION ${config_directory})

foreach(tree ${PROJECT_SOURCE_DIR}/runtime/include/beeline
             ${PROJECT_SOURCE_DIR}/include/beeline ${PROJECT_BINARY_DIR}/include/beeline)
  install(DIRECTORY ${tree} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
    PATTERN "CMakeFiles" EXCLUDE)
endforeach()
