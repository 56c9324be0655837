# The commands of CONTRIBUTING.md; each does the set-up that it needs.
PRESET ?= release
BUILD := $(if $(filter sanitize,$(PRESET)),build-sanitize,build)
LLVM := /usr/lib/llvm-22

.PHONY: all build demo check deps python bench format docs clean

all: build

# Debian's packages. Installs what is missing, as root or through sudo.
deps:
	@utils/install-deps.sh

build: deps
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET)
	@cmake --build --preset $(PRESET)

# What Beeline is for, on GLM-5's attention prologue.
demo: build
	@python3 utils/demo.py $(BUILD)/bin

# All tests. The last line is "N passed, M failed".
check: build
	@python3 utils/check.py $(BUILD)/test

# The time of the pass beside parsing and CSE: docs/performance.md.
bench: build
	@python3 utils/bench-pass.py $(BUILD)/bin

format:
	@git ls-files '*.h' '*.cpp' | xargs $(LLVM)/bin/clang-format -i

# The generated reference in docs/.
docs: build
	@cmake --build --preset $(PRESET) --target beeline-docs

clean:
	rm -rf build build-sanitize
