# Everything from a fresh clone, on a machine that has Python 3.11 or later and Debian's packages.
# Another interpreter: make test PYTHON=python3.13. Another folder for the environment: VENV=/path.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV ?= .venv
# Tests run on this many processes; WORKERS=0 runs them one after another.
WORKERS ?= 2
# Which mutants are run; docs/decisions/0023 says what else there is.
MUTANTS ?= --sample 400
# The library with the tools it is compared with; apart, because some of those forbid versions that the library has.
PEERS ?= .venv-peers
RUN := $(VENV)/bin/

help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.with-demo libraries ## train, audit and document a model on real data, into demo/
	@if [ -e demo ]; then echo "removing the demo of an earlier run: demo/"; rm -rf demo; fi
	$(RUN)smartstart-gov demo demo

test: $(VENV)/.with-test libraries ## the tests, with the pages of documentation that people meet first
	$(RUN)python -m pytest -n $(WORKERS) --dist worksteal -m "not nightly"

quick: $(VENV)/.with-test ## the tests that need no system library and no patience
	$(RUN)python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not pdf and not nightly"

lint: $(VENV)/.with-dev ## style, types, import contracts, schemas, message catalogues
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)lint-imports
	$(RUN)python -m tools.reference --check
	$(RUN)python -m tools.schemas --check
	$(RUN)python -m tools.catalogues --check

docs: $(VENV)/.with-test libraries ## run every example of README.md and docs/, and build the web site in build/site
	$(RUN)python -m pytest -n $(WORKERS) --dist worksteal tests/docs
	$(RUN)python -m sphinx -W --keep-going -q -d build/.site docs build/site
	@echo "the site is build/site/index.html"

bench: $(PEERS)/.peers ## print how counting compares with its peers, as ratios; FULL=--full: to 100 million rows, and a drawing
	$(PEERS)/bin/python -m benchmarks.count
	$(PEERS)/bin/python -m benchmarks.tables $(FULL)
	$(PEERS)/bin/python -m benchmarks.many_groups
	$(PEERS)/bin/python -m benchmarks.points
	$(PEERS)/bin/python -m benchmarks.scores
	$(PEERS)/bin/python -m benchmarks.gate
	$(PEERS)/bin/python -m benchmarks.peers $(FULL)

honest-gate: $(PEERS)/.peers ## simulate the gate (an hour on two cores) and write docs/explanation/honest-gate.md
	$(PEERS)/bin/python -m benchmarks.honest_gate
	$(PEERS)/bin/python -m benchmarks.peers_gate

mutants: $(VENV)/.with-test libraries ## plant small bugs one by one: some test must notice each (a sample; MUTANTS=--all: every one, hours)
	$(RUN)python -m tools.mutants --workers $(WORKERS) $(MUTANTS)

faults: $(VENV)/.with-test libraries ## ask of every kind of fault that once was whether tests hold it off, one line each
	$(RUN)python -m tools.faults --workers $(WORKERS)

nightly: $(VENV)/.with-test libraries ## what takes too long for every change: simulations, long roads, whole grids, the other pages
	$(RUN)python -m pytest -n $(WORKERS) --dist worksteal -m nightly

libraries: ## install the system libraries of the documents where they are missing
	@bash tools/libraries.sh $(PYTHON)

constraints: ## renew constraints.txt from the newest versions that pyproject.toml allows
	@bash tools/constraints.sh $(PYTHON)

clean: ## remove what these commands made, the environment included
	rm -rf $(VENV) $(PEERS) demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.with-%: pyproject.toml constraints.txt
	@bash tools/environment.sh $(PYTHON) $(VENV) $*
	@touch $@

$(PEERS)/.peers: pyproject.toml constraints.txt tools/peers.sh
	@bash tools/peers.sh $(PYTHON) $(PEERS)
	@touch $@

.PHONY: help demo test quick lint docs bench honest-gate mutants faults nightly libraries constraints clean
