# One word per task; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/complete
# Single-threaded libraries inside two test or sweep processes: two cores are shared, not fought for.
THREADS := OMP_NUM_THREADS=1
DEMO := experiment=demo
# Files are handed out as they stand; else those with few, long tests would come last, on one core.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

.DEFAULT_GOAL := help
.PHONY: help setup demo check format test test-slow test-all clean

help: ## list the tasks
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMP) ## build .venv once, with the pinned packages

$(STAMP): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cirrhosis needs Python 3.11 or newer")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup ## the whole road on a synthetic cohort, in minutes
	@echo "The cohort is synthetic; its numbers say nothing about patients."
	$(BIN)/cirrhosis phantom $(DEMO)
	$(BIN)/cirrhosis split $(DEMO)
	$(BIN)/cirrhosis prepare $(DEMO)
	$(THREADS) $(BIN)/cirrhosis train -m $(DEMO) sequences=all fold=all
	$(BIN)/cirrhosis fuse $(DEMO)
	$(BIN)/cirrhosis train $(DEMO) model=resnet18 variant=resnet18 sequences=chosen fold=0 threads=2
	$(BIN)/cirrhosis evaluate $(DEMO)
	$(BIN)/cirrhosis report $(DEMO)

check: setup ## format, lint, types, layers, configuration
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/conf

format: setup ## write the format and the safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: setup ## the suite without its slow part
	$(THREADS) $(PYTEST) tests/contracts tests/statistics --cov=cirrhosis.contracts --cov=cirrhosis.statistics \
		--cov-branch --cov-report=term:skip-covered --cov-fail-under=95
	$(THREADS) $(PYTEST) --ignore=tests/contracts --ignore=tests/statistics

test-slow: setup ## only the slow part
	$(THREADS) $(BIN)/pytest -m slow

test-all: test test-slow ## everything

clean: ## remove .venv, caches and what the commands wrote
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage outputs
