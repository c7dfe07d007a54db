# Two commands for everybody: `make demo` and `make test`. Both set up what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DEMO := .cache/demo

.PHONY: help setup engine images demo check fmt lint types floors unit test bench golden clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  \1\t\2/' | expand -t 12

$(STAMP): pyproject.toml
	@.ci/python $(VENV)
	@touch $@

setup: $(STAMP) ## make the virtual environment

engine:
	@.ci/engine

images: $(STAMP) engine ## build the base image
	@$(BIN)/runner images build base

demo: $(STAMP) engine ## run a recorded model on a real small project with a failing test
	@$(BIN)/runner run tests/demo/task.md --on-ask deny --state-dir $(DEMO)
	@echo; echo "The patch:"; $(BIN)/runner show --patch --state-dir $(DEMO)

check: lint types floors unit ## format, lint, types, floors, unit tests: green at every commit

fmt: $(STAMP) ## format the code
	@$(BIN)/ruff format runner tests
	@$(BIN)/ruff check --fix --quiet runner tests || true

lint: $(STAMP)
	@$(BIN)/ruff format --check --quiet runner tests || { echo "run: make fmt"; exit 1; }
	@$(BIN)/ruff check --quiet runner tests

types: $(STAMP)
	@$(BIN)/mypy

floors: $(STAMP)
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

unit: $(STAMP)
	@$(BIN)/pytest -q -m "not docker and not slow"

test: $(STAMP) engine images lint types floors ## everything, container engine included
	@$(BIN)/pytest -q

bench: $(STAMP) engine images ## measure against named peers in the same run
	@$(BIN)/python -m tests.bench

golden: $(STAMP) ## rewrite the golden files; read the diff before you commit
	@AGENT_RUNNER_GOLDEN=rewrite $(BIN)/pytest -q -m "not docker" tests

clean: ## remove everything that was made
	@rm -rf $(VENV) .cache dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache
