# Every target does its own set-up: a virtual environment, pinned packages, system packages where needed.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TOOLS  := $(VENV)/.tools

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test test-clients check clean

help: ## Show this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(READY) ## A spoken conversation and a spoken translation, without sound hardware
	@$(BIN)/parley demo

test: check .system ## Everything: checks, properties, flows, engines, devices
	@$(BIN)/python -m pytest -q

test-clients: $(TOOLS) ## pipecat and LiveKit Agents against the server; installs 900 MB of them into the cache the first time
	@$(BIN)/python -m pytest -q tests/server/frameworks

check: $(TOOLS) ## Format, lint, types, spelling
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/codespell assistant models server clients tests README.md Makefile

clean: ## Remove what was built; training checkpoints stay
	rm -rf $(VENV) demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

# The package itself. llama-cpp-python is built from source for this processor's own instructions.
$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "parley: there is no $(PYTHON); install Python 3.11 or later, or name it: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) .ci/system.py build
	@test -x $(BIN)/pip || { $(PYTHON) .ci/system.py venv && $(PYTHON) -m venv $(VENV); }
	@echo "Installing Parley into $(VENV); llama.cpp is compiled for this processor, which takes some minutes the first time."
	@$(BIN)/pip install -q -e .
	@touch $@

$(TOOLS): $(READY)
	@$(BIN)/pip install -q -e '.[dev,otel,score,recipe,cluster]'
	@touch $@

.system:
	@$(PYTHON) .ci/system.py test
.PHONY: .system
