# The commands of CONTRIBUTING.md; each does the set-up that it needs.
PRESET ?= release
BUILD := $(if $(filter sanitize,$(PRESET)),build-sanitize,build)
LLVM := /usr/lib/llvm-22

.PHONY: all build demo check deps python bench bench-cpu format docs clean

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

# The time of the pass beside parsing and CSE: docs/performance.md.
bench: build
	@python3 utils/bench-pass.py $(BUILD)/bin

# The time of the reference beside numpy: docs/performance.md.
bench-cpu: build python
	@$(PYTHON) utils/bench-cpu.py $(BUILD)/bin

format:
	@git ls-files '*.h' '*.cpp' '*.c' | xargs $(LLVM)/bin/clang-format -i

# The generated reference in docs/.
docs: build
	@cmake --build --preset $(PRESET) --target beeline-docs

clean:
	rm -rf build build-sanitize
