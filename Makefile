# Everything that these targets make lies in .venv and .work, or in the cache folder of the control plane
# (~/.cache/tenantry, or TENANTRY_CACHE), and never in the tree.

PYTHON ?= python3
BACKEND ?=
JOBS ?= 4
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CRDS := charts/tenantry/crds
SOURCES := hooks tests
# Tests wait more than they compute. Each process has clusters of its own: with little memory, take fewer.
PYTEST := $(BIN)/pytest -n $(JOBS) --dist worksteal

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export RUFF_CACHE_DIR := .work/ruff
export MYPY_CACHE_DIR := .work/mypy

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

##@ Try it

.PHONY: install
install: $(INSTALLED) ## Create .venv with Tenantry and its development tools, in the versions of constraints.txt

.PHONY: demo
demo: $(INSTALLED) ## See a database table become running tenants, on this machine alone
	@$(BIN)/tenantry demo

.PHONY: cluster
cluster: $(INSTALLED) ## Run a real control plane with Tenantry on it, in the foreground, to use with kubectl
	@$(BIN)/python -m tests.controlplane

##@ Check it

.PHONY: test
test: lint programs ## Every check there is: style, types, layers, CRDs, unit tests, and scenarios on all backends
	@$(PYTEST) tests/unit tests/apiserver tests/demo tests/scenarios

.PHONY: lint
lint: $(INSTALLED) ## Style, types, layers, and whether the CRDs are those of the models
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@PYTHONPATH=hooks $(BIN)/lint-imports --cache-dir .work/import-linter
	@$(BIN)/tenantry crds --directory $(CRDS) --check

.PHONY: unit
unit: $(INSTALLED) ## Unit tests alone
	@$(PYTEST) tests/unit

.PHONY: scenarios
scenarios: $(INSTALLED) ## Scenarios alone; BACKEND=sandbox, apiserver or metacontroller picks one backend
	@$(PYTEST) tests/scenarios $(if $(BACKEND),--backend=$(BACKEND))

.PHONY: bench
bench: $(INSTALLED) ## Measure hooks, gunicorn, and syncs and writes for each tenant
	@$(BIN)/python -m tests.bench

.PHONY: programs
programs: $(INSTALLED) ## Build etcd, kube-apiserver and kube-controller-manager where they are not built yet
	@$(BIN)/python -m tests.controlplane.programs >/dev/null

##@ Work on it

.PHONY: crds
crds: $(INSTALLED) ## Write the CRDs anew from the models in hooks/tenantry/kinds
	@$(BIN)/tenantry crds --directory $(CRDS)

.PHONY: format
format: $(INSTALLED) ## Sort imports and lay out the code
	@$(BIN)/ruff check --fix --select I .
	@$(BIN)/ruff format .

.PHONY: clean
clean: ## Remove all that was made in the tree
	rm -rf $(VENV) .work .coverage .hypothesis .pytest_cache build hooks/tenantry.egg-info
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else \
	  f"Tenantry needs Python 3.11 to 3.13, and $(PYTHON) is {sys.version.split()[0]}: name another one, PYTHON=python3.12")'
	@echo "Installing into $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@mkdir -p .work && touch $@
