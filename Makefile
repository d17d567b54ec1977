# `make demo` and `make test` do all the set-up. What they need: Python 3.11 or newer, make, a network.
PYTHON ?= python3
BIN := .venv/bin
CONSTRAINTS := requirements/constraints.txt
# The version that has --group, to install the development tools that pyproject.toml names.
PIP_VERSION := 25.3
FUZZ_SECONDS ?= 600
# Files of tests side by side; a worker takes about a gigabyte of memory. Chosen tests run in one process, which starts sooner.
PYTEST := $(BIN)/python -m pytest -q $(if $(ARGS),$(ARGS),-n auto --maxprocesses 4 --dist loadfile)
SHEETS ?= $(notdir $(wildcard source/*))

# Sheets with training to check, and how: DATA is a folder with data sets as torchvision downloads them.
TRAINED ?= $(notdir $(patsubst %/training.toml,%,$(wildcard solutions/*/training.toml)))
BUDGET ?= full
DEVICE ?= cpu
RUNNER ?=
DATA ?=

.PHONY: help setup demo test test-all test-browser lint changelog programs benchmark attacks fuzz solutions train train-quick clean

help:
	@echo "make setup      the virtual environment .venv/ with the command .venv/bin/sheetgrader"
	@echo "make demo       a small class from start to end, in demo/"
	@echo "make test       linting, types and the quick tests; with ARGS=\"tests/course -k name\" just those tests"
	@echo "make test-all   the slow tests as well"
	@echo "make test-browser  the marking page in Chromium"
	@echo "make lint       style, types, and which room imports which"
	@echo "make changelog  what has changed since the last release"
	@echo "make benchmark  how fast it is"
	@echo "make attacks    run every known attack and write docs/attacks.md"
	@echo "make fuzz       feed what reads strangers' bytes with damaged ones, ten minutes each (FUZZ_SECONDS=600)"
	@echo "make solutions  run the reference solutions again and keep their notebooks with all outputs"
	@echo "make train      check the training of all sheets: BUDGET=full, DEVICE=cpu, DATA=folder with MNIST and FashionMNIST"
	@echo "make train-quick  the same in minutes; without DATA on generated images"
	@echo "make clean      remove what the others made"

setup: .venv/.set-up

.venv/.set-up: $(CONSTRAINTS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; name one with: make setup PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet pip==$(PIP_VERSION)
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) torch
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --group dev --group course
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --no-build-isolation --editable '.[ml]'
	@touch $@

demo: setup
	$(BIN)/sheetgrader demo

test: $(if $(ARGS),setup,lint programs)
	$(PYTEST) -m "not slow"

test-all: $(if $(ARGS),setup,lint programs)
	$(PYTEST)

# A tutor at the marking page, in a real browser.
test-browser: setup programs
	$(PYTEST) -m browser tests/browser

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What stands in the changelog at the next release.
changelog: setup
	@$(BIN)/towncrier build --draft --version "$$($(BIN)/python -c 'from importlib.metadata import version; print(version("sheetgrader"))')"

# Feedback pages are looked at in a real browser, a gradebook is kept in a real PostgreSQL, and training runs on a real Slurm.
programs:
	@missing=; command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$$missing chromium"; \
	ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v slurmctld >/dev/null || missing="$$missing slurmctld slurmd slurm-client munge"; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
		else \
			echo "Some tests will be skipped. What they need, on Debian: apt-get install$$missing"; \
		fi; \
	fi

benchmark: setup
	$(BIN)/python -m benchmarks.fork_to_answer
	$(BIN)/python -m benchmarks.ordinary_classes
	$(BIN)/python -m benchmarks.status_of_1200
	$(BIN)/python -m benchmarks.report_of_1200
	$(BIN)/python -m benchmarks.marking_page

attacks: setup
	$(BIN)/python -m tests.attacks.table

fuzz: setup
	$(BIN)/python -m pip install --quiet --group fuzz
	@set -e; for target in wire_values outputs notebooks pages connection images archives; do $(BIN)/python -m tests.fuzzing.coverage_guided $$target $(FUZZ_SECONDS); done

# As in a sandbox, torchvision is made to work beside a PyTorch that it was not built for.
KERNEL_START := --IPKernelApp.exec_lines=from sheetgrader.inside import torchvision_operators; torchvision_operators.install()

# In a copy, so that what a notebook writes does not end up in source/.
solutions: setup
	@set -e; for sheet in $(SHEETS); do \
		work=$$(mktemp -d); cp -R "source/$$sheet/." "$$work"; \
		$(BIN)/python -m jupyter nbconvert --to notebook --execute --log-level WARN --ExecutePreprocessor.timeout=600 \
			--ExecutePreprocessor.record_timing=False --ExecutePreprocessor.extra_arguments='$(KERNEL_START)' --output-dir "solutions/$$sheet" "$$work/$$sheet.ipynb"; \
		rm -rf "$$work"; echo "solutions/$$sheet/$$sheet.ipynb"; \
	done

train: setup
	@status=0; for sheet in $(TRAINED); do \
		echo "$$sheet"; $(BIN)/sheetgrader train "$$sheet" --budget $(BUDGET) --device $(DEVICE) $(if $(RUNNER),--runner $(RUNNER)) $(if $(DATA),--data "$(DATA)") || status=1; \
	done; exit $$status

# Without DATA on generated images, which need no network.
train-quick: setup
	@data="$(DATA)"; if [ -z "$$data" ]; then \
		data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; $(BIN)/python -m sheetgrader.training.evidence.small_data "$$data"; \
	fi; $(MAKE) --no-print-directory train BUDGET=quick DATA="$$data"

clean:
	rm -rf .venv demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
