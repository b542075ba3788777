# Everything that these targets make lies in .venv and .work, or in the cache folder of the control plane
# (~/.cache/tenantry, or TENANTRY_CACHE), and never in the tree.

PYTHON ?= python3
BACKEND ?=
DEPTH ?= 4
ONLY ?=
FLEET ?=
SOAK ?=
MUTANTS ?=
JOBS ?= 4
SECONDS ?= 300
CALLS ?= 200000
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CRDS := crds
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
	@$(PYTEST) tests/unit tests/explorer tests/datasource tests/apiserver tests/chart tests/cluster tests/monitoring \
	  tests/server tests/fuzz tests/demo tests/docs tests/scenarios

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

.PHONY: explore
explore: $(INSTALLED) ## Try every order of events on small tenants; DEPTH=3 is quicker, ONLY=chain takes some cases
	@$(BIN)/python -m tests.explorer --depth $(DEPTH) --only "$(ONLY)"

.PHONY: mutants
mutants: $(INSTALLED) ## Change the engine in small ways and see whether tests notice; MUTANTS="*keep*" takes some
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,mutants]'
	@mkdir -p .work/mutants && cp pyproject.toml .work/mutants
	@rm -rf $(addprefix .work/mutants/,src tests docs compositecontrollers)
	@cp -r hooks .work/mutants/src && cp -r tests docs compositecontrollers .work/mutants
	@cd .work/mutants && $(CURDIR)/$(BIN)/mutmut run --max-children $(JOBS) $(MUTANTS); $(CURDIR)/$(BIN)/mutmut results

.PHONY: bench
bench: $(INSTALLED) ## Measure hooks, gunicorn, and syncs and writes for each tenant
	@$(BIN)/python -m tests.bench

.PHONY: fuzz
fuzz: $(INSTALLED) ## Send the webhooks what nobody should; SECONDS=3600 tries for longer
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

.PHONY: endurance
endurance: $(INSTALLED) ## Call hooks 200,000 times and see that the workers' memory stays flat; CALLS=1000000 for longer
	@$(BIN)/python -m tests.server.endurance --calls $(CALLS)

.PHONY: docs
docs: $(INSTALLED) ## Build the documentation as a site, in .work/site
	@NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true PYTHONPATH=hooks $(BIN)/mkdocs build --quiet
	@echo "file://$(CURDIR)/.work/site/index.html"

.PHONY: transcripts
transcripts: $(INSTALLED) ## Run the commands of all documents, and write what they print
	@PYTHONPATH=hooks $(BIN)/python -m tests.docs.transcripts

.PHONY: bench-fleet
bench-fleet: $(INSTALLED) programs ## Measure 1,000 tenants on a real control plane, and webhooks by rows; FLEET="--write docs/performance.md" keeps it
	@$(BIN)/python -m tests.bench.fleet --floor $(FLEET)
	@$(BIN)/python -m tests.bench.fleet --only-create --idle 0 --section plain $(FLEET)
	@$(BIN)/python -m tests.bench.fleet --only-create --idle 0 --secrets --section secrets $(FLEET)
	@$(BIN)/python -m tests.bench.fleet.rows $(FLEET)

.PHONY: bench-fleet-10k
bench-fleet-10k: $(INSTALLED) programs ## Let 10,000 tenants come to rest: in the sandbox, and with METACONTROLLER_BIN on a real control plane
	@$(BIN)/python -m tests.bench.fleet.converge $(FLEET)
ifneq ($(METACONTROLLER_BIN),)
	@$(BIN)/python -m tests.bench.fleet --tenants 10000 --objects 3 --buckets 256 --only-create --timeout 3300 --section 10k $(FLEET)
endif

.PHONY: soak
soak: $(INSTALLED) programs ## Minutes of disorder on a real control plane, then everything must be in order; SOAK="--seed 7 --minutes 10"
	@$(BIN)/python -m tests.soak $(SOAK)

.PHONY: programs
programs: $(INSTALLED) ## Build the programs that tests run, where they are not there yet: databases, the control plane, helm and kustomize
	@$(BIN)/python -m tests.controlplane.programs >/dev/null
	@$(BIN)/python -m tests.databases.programs
	@$(BIN)/python -m tests.monitoring.programs

##@ Work on it

.PHONY: crds
crds: $(INSTALLED) ## Write the CRDs anew from the models in hooks/tenantry/kinds
	@$(BIN)/tenantry crds --directory $(CRDS)

.PHONY: dashboards
dashboards: $(INSTALLED) ## Write the chart's Grafana dashboards anew from tests/monitoring/dashboards
	@$(BIN)/python -m tests.monitoring.dashboards

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
