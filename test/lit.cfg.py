import ctypes
import os

import lit.formats

config.name = "Beeline"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "models", "lib"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.build, "test")

config.environment["PATH"] = os.pathsep.join([
    os.path.join(config.build, "bin"), config.llvm_tools, os.environ["PATH"]])
# LLVM's libraries are not instrumented: what our code poisons of a container or an
# allocator that they share (the headers do so), theirs does not unpoison. And
# LLVM's globals live as long as the process.
config.environment["ASAN_OPTIONS"] = ":".join([
    "detect_container_overflow=0", "allow_user_poisoning=0", "detect_leaks=0"])
config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
if os.path.exists(os.path.join(config.build, "bin", "beeline-compile")):
    config.available_features.add("beeline-compile")
if config.sanitize:
    config.available_features.add("sanitize")

# Kernels for AMD's devices run on the CPU where the emulator was found.
if config.amdgpu_emulator_build:
    config.available_features.add("amdgpu-emulator")
    config.environment["AMDGPU_EMULATOR_CACHE"] = os.path.join(
        config.amdgpu_emulator_build, "cache")
    config.substitutions += [
        ("%emulator_source", config.amdgpu_emulator),
        ("%emulator", config.amdgpu_emulator_build),
        # Runs a program with the emulator's HIP library. Few instructions are executed,
        # so clang is told, by its own variable, not to optimize what they become.
        ("%emulate", f"env LD_LIBRARY_PATH={config.amdgpu_emulator_build} "
                     "CCC_OVERRIDE_OPTIONS='#O0' PYTHONDONTWRITEBYTECODE=1"),
    ]
else:
    lit_config.note("nothing runs AMD's code objects: there is no emulator at "
                    + config.amdgpu_emulator + " (BEELINE_AMDGPU_EMULATOR)")

def has_nvidia_gpu():
    try:
        return ctypes.CDLL("libcuda.so.1").cuInit(0) == 0
    except OSError:
        return False


if has_nvidia_gpu():
    config.available_features.add("nvidia-gpu")

config.substitutions += [
    # Remarks as diagnostics, which -verify-diagnostics sees.
    ("%remarks", "--remarks-filter=beeline.* --remark-policy=all "
                 "--remark-format=emitRemark"),
    ("%models", os.path.join(config.test_source_root, "Integration", "models")),
    ("%beeline_lib", os.path.join(config.build, "lib", "libBeeline.so")),
    ("%runtime_library", os.path.join(config.build, "lib", "libBeelineRuntime.a")),
    ("%runtime_test", os.path.join(config.build, "test", "Runtime", "runtime-test")),
    ("%fake_driver", os.path.join(config.build, "test", "Runtime", "FakeDriver.so")),
    ("%old_fake_driver",
     os.path.join(config.build, "test", "Runtime", "OldFakeDriver.so")),
    ("%test_dialect", os.path.join(config.build, "lib", "BeelineTestDialect.so")),
    ("%cmake", config.cmake),
    ("%cxx", config.cxx),
    ("%cc", config.cc),
    ("%source", config.source),
    ("%build", config.build),
    # With numpy and ml_dtypes; `make python` makes it.
    ("%python", os.path.join(config.source, ".venv", "bin", "python")),
]
