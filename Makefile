# What people and CI run. `make help` lists the targets; each does its own set-up into .venv.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/sh

# The first Python of 3.11 or newer; `make PYTHON=/path/to/python3 …` names another.
PYTHON ?= $(shell scripts/find-python)
BIN := .venv/bin
WORKERS ?= auto
COVERAGE := .make/coverage
REPORTS := reports
# Test folders of a run of their own; `tools` takes every other one. Only the gateway's tests are measured for
# coverage: its gates are the gateway's, and tracing doubles the time of a test.
UNIT := tests/unit tests/contract
OWN_RUN := $(UNIT) tests/integration tests/security tests/benchmarks
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)
COVERED := --cov --cov-report=

.PHONY: help setup up scenarios test lint format types unit tools integration security coverage e2e load bench lock clean

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set-up -----------------------------------------------------------------------------------------------

setup: .make/project .make/chromium .make/redis ## Makes .venv with the pinned packages, and sees that there are a Chromium and a Redis

.make/packages: requirements.lock scripts/find-python
	@scripts/make-venv "$(PYTHON)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@mkdir -p $(@D) && touch $@

.make/project: .make/packages pyproject.toml
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --config-settings editable_mode=compat -e .
	@mkdir -p $(@D) && touch $@

.make/chromium: .make/packages scripts/ensure-chromium
	@mkdir -p $(@D)
	@scripts/ensure-chromium $(BIN)/python > $@

.make/redis: scripts/ensure-redis
	@mkdir -p $(@D)
	@scripts/ensure-redis > $@

# --- the two commands to begin with -----------------------------------------------------------------------

up: .make/project ## Starts gateway (:8000), simulator (:8100) and worker, migrated and seeded; Ctrl-C stops them
	@$(BIN)/askpro up

scenarios: .make/project ## Runs the incident suite in the virtual world; report in reports/scenarios/index.html
	@mkdir -p $(REPORTS)/scenarios $(COVERAGE)
	@$(BIN)/askpro scenarios run --html $(REPORTS)/scenarios \
		--junit $(REPORTS)/scenarios/junit.xml --json $(REPORTS)/scenarios/scenarios.json

# --- everything a change must pass ------------------------------------------------------------------------

test: lint types unit tools integration security coverage scenarios e2e load ## Runs every check that a change must pass

lint: .make/project ## Looks at format and lint of all Python files
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

format: .make/project ## Formats all Python files and repairs what lint can repair
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: .make/project ## Checks the types (mypy, strict)
	@$(BIN)/mypy

unit: .make/project .make/redis ## Runs the gateway's tests that need no whole gateway
	@mkdir -p $(COVERAGE) $(REPORTS)/unit
	@COVERAGE_FILE=$(COVERAGE)/unit $(PYTEST) $(COVERED) --junit-xml $(REPORTS)/unit/junit.xml $(UNIT)

tools: .make/project ## Runs the tests of the bench: simulator, harness, load, fixtures, import rules, teeth and mutants
	@mkdir -p $(REPORTS)/tools
	@$(PYTEST) --junit-xml $(REPORTS)/tools/junit.xml $(addprefix --ignore=,$(OWN_RUN)) tests

integration: .make/project .make/redis ## Runs the tests that drive the gateway and its database as a whole
	@mkdir -p $(COVERAGE) $(REPORTS)/integration
	@$(if $(wildcard tests/integration),COVERAGE_FILE=$(COVERAGE)/integration $(PYTEST) $(COVERED) \
		--junit-xml $(REPORTS)/integration/junit.xml tests/integration,echo "integration: no tests yet")

security: .make/project ## Runs the tests on tenants, rights, injection and personal data
	@mkdir -p $(COVERAGE) $(REPORTS)/security
	@$(if $(wildcard tests/security),COVERAGE_FILE=$(COVERAGE)/security $(PYTEST) $(COVERED) \
		--junit-xml $(REPORTS)/security/junit.xml tests/security,echo "security: no tests yet")

coverage: .make/project ## Adds up the coverage of the last test runs and holds it against the gates
	@scripts/coverage-report $(BIN) $(COVERAGE) $(REPORTS)/coverage

e2e: .make/project .make/chromium ## Plays people's journeys in a real Chromium
	@mkdir -p $(REPORTS)/e2e
	@CHROMIUM="$$(cat .make/chromium)" $(BIN)/python -m pytest e2e --junit-xml $(REPORTS)/e2e/junit.xml

load: .make/project ## Runs the load gate: the profile `baseline`, 30 seconds
	@mkdir -p $(REPORTS)/load
	@$(BIN)/askpro load run baseline --duration 30 --time-scale 0.05 \
		--out $(REPORTS)/load/baseline.json --html $(REPORTS)/load/baseline.html

bench: .make/project ## Measures single functions of the gateway
	@$(if $(wildcard tests/benchmarks),$(BIN)/python -m pytest tests/benchmarks,echo "bench: no benchmarks yet")

# --- upkeep -----------------------------------------------------------------------------------------------

lock: .make/packages ## Pins anew what pyproject.toml asks for (UPGRADE=1 takes the newest versions)
	@scripts/lock $(BIN) $(if $(UPGRADE),--upgrade)

clean: ## Removes .venv, stamps, reports and caches
	@rm -rf .venv .make reports build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
