# The commands of CONTRIBUTING.md; each does the set-up that it needs.
PRESET ?= release
BUILD := $(if $(filter sanitize,$(PRESET)),build-sanitize,build)
LLVM := /usr/lib/llvm-22

.PHONY: all build demo check deps python bench bench-cpu bench-compile gpu-layers check-gpu \
        check-emulator bench-gpu fuzz fuzz-differential format docs clean

all: build

# Debian's packages. Installs what is missing, as root or through sudo.
deps:
	@utils/install-deps.sh

# numpy and ml_dtypes, the reference that nobody here wrote.
PYTHON := .venv/bin/python
python: .venv/installed
.venv/installed: test/Reference/requirements.txt | deps
	@python3 -m venv .venv
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

build: deps
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET)
	@cmake --build --preset $(PRESET)

# What Beeline is for, on GLM-5's attention prologue.
demo: build python
	@$(PYTHON) utils/demo.py $(BUILD)/bin

# All tests. The last line is "N passed, M failed".
check: build python
	@python3 utils/check.py $(BUILD)/test

# Random modules and what the pass must do with them: docs/testing.md.
SEED ?= 1
MODULES ?= 10000
fuzz-differential: build
	@$(BUILD)/bin/elision-tester --seed=$(SEED) --modules=$(MODULES)

# The time of the pass beside parsing and CSE: docs/performance.md.
bench: build
	@python3 utils/bench-pass.py $(BUILD)/bin

# The time of the reference beside numpy: docs/performance.md.
bench-cpu: build python
	@$(PYTHON) utils/bench-cpu.py $(BUILD)/bin

# The time from a layer's row-wise ops to code: docs/performance.md.
bench-compile: build
	@python3 utils/bench-compile.py $(BUILD)/bin

# Layers for the two below, which need only them, runtime/python and utils/: a machine
# with the GPU has no need of Beeline or LLVM. TARGET=gfx950: for AMD's.
TARGET ?= sm_90
gpu-layers: build python
	@$(PYTHON) utils/build-gpu-layers.py $(BUILD)/bin --target=$(TARGET)
	@$(PYTHON) utils/check-linear.py $(BUILD)/gpu-layers --target=$(TARGET) --build=$(BUILD)/bin

# Every byte of the kernels against the CPU's. python3 has numpy.
check-gpu:
	@python3 utils/check-gpu.py $(BUILD)/gpu-layers --target=$(TARGET)
	@python3 utils/check-linear.py $(BUILD)/gpu-layers --target=$(TARGET)

# The kernels for AMD's chips on a CPU: all combinations of what `make check` pairs.
# Takes half an hour; --functions= and --columns= (ARGS) take parts.
EMULATOR = $(shell sed -n s/^BEELINE_AMDGPU_EMULATOR:PATH=//p $(BUILD)/CMakeCache.txt)
check-emulator: build python
	@$(PYTHON) utils/check-emulator.py $(BUILD)/bin $(EMULATOR) --full $(ARGS)

# The time of the kernels beside PyTorch and Triton, which python3 has:
# docs/performance.md.
bench-gpu:
	@python3 utils/bench-gpu.py $(BUILD)/gpu-layers
	@python3 utils/bench-launches.py $(BUILD)/gpu-layers

# A million mutated modules through all passes: docs/testing.md.
INPUTS ?= 1000000
fuzz: build
	@nice -n 15 $(BUILD)/bin/beeline-fuzz test --inputs=$(INPUTS) --seed=$(SEED) \
	  -o $(BUILD)/fuzz-findings

format:
	@git ls-files '*.h' '*.cpp' '*.c' | xargs $(LLVM)/bin/clang-format -i

# The generated reference in docs/.
docs: build
	@cmake --build --preset $(PRESET) --target beeline-docs

clean:
	rm -rf build build-sanitize
