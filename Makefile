# Everything starts from a fresh clone, on a machine with Python 3.11 or later and Debian's packages.
# To use another interpreter: make test PYTHON=python3.13. To put the environment elsewhere: VENV=/path.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV ?= .venv
# Tests run in this many processes; WORKERS=0 runs them one after another.
WORKERS ?= 2
# Which mutants to run; docs/decisions/0023 lists the other options.
MUTANTS ?= --sample 400
# The library with the tools it is compared with; a separate environment, because some of them forbid versions that the library uses.
PEERS ?= .venv-peers
RUN := $(VENV)/bin/

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.with-demo libraries ## train, audit, document, sign and gate two worked examples, into demo/
	@if [ -e demo ]; then echo "removing the demo from an earlier run: demo/"; rm -rf demo; fi
	$(RUN)smartstart-gov demo demo

# Tests start hundreds of processes: compiled modules are kept for the next one, and threads that wait for others sleep.
test quick nightly docs: export PYTHONDONTWRITEBYTECODE :=
test quick nightly docs: export OPENBLAS_NUM_THREADS := 1
test quick nightly docs: export OMP_WAIT_POLICY := passive

test: $(VENV)/.with-test libraries ## run the tests, with the documentation pages that people see first
	$(RUN)python -m pytest -n $(WORKERS) --dist worksteal -m "not nightly"

quick: $(VENV)/.with-test ## run the fast tests, which need no system library
	$(RUN)python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not pdf and not nightly"

lint: $(VENV)/.with-dev ## check style, types, import contracts, schemas and message catalogues
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

bench: $(PEERS)/.peers ## compare the speed of counting with other tools, as ratios; FULL=--full: up to 100 million rows, with a chart
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

mutants: $(VENV)/.with-test libraries ## plant small bugs one by one; a test must notice each (a sample; MUTANTS=--all: all of them, takes hours)
	$(RUN)python -m tools.mutants --workers $(WORKERS) $(MUTANTS)

faults: $(VENV)/.with-test libraries ## check that the tests still catch every kind of past fault, one line each
	$(RUN)python -m tools.faults --workers $(WORKERS)

nightly: $(VENV)/.with-test libraries ## run what is too slow for every change: simulations, end-to-end tests, full grids, the other pages
	$(RUN)python -m pytest -n $(WORKERS) --dist worksteal -m nightly

libraries: ## install the system libraries for the documents, if missing
	@bash tools/libraries.sh $(PYTHON)

constraints: ## update constraints.txt to the newest versions that pyproject.toml allows
	@bash tools/constraints.sh $(PYTHON)

clean: ## remove everything these commands made, including the environment
	rm -rf $(VENV) $(PEERS) demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.with-%: pyproject.toml constraints.txt
	@bash tools/environment.sh $(PYTHON) $(VENV) $*
	@touch $@

$(PEERS)/.peers: pyproject.toml constraints.txt tools/peers.sh
	@bash tools/peers.sh $(PYTHON) $(PEERS)
	@touch $@

.PHONY: help demo test quick lint docs bench honest-gate mutants faults nightly libraries constraints clean
