# `make help` lists what there is. Every target makes its own environment in .venv from the hash-locked requirements.
# ARGS is passed on: make sandbox ARGS="--port 0", make test ARGS="tests/unit -k ledger".

PYTHON ?= python3
UV ?= uv
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.installed
LOCK := $(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11.5 --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup sandbox demo test simulate check fmt bench faults openapi sdk docs lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv from the locked requirements (done by itself when needed)

$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' \
		|| { echo "Python 3.11.5 or newer is needed; name it: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python lacks venv; run: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the locked requirements into .venv (a minute or two, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e sdk/python
	@touch $@

sandbox: $(STAMP) ## Run the whole platform on this machine, with test banks and test money
	$(BIN)/tongbao-sandbox run $(ARGS)

demo: $(STAMP) ## Play the main story: a signed payment, a webhook, a refund, a statement
	$(BIN)/tongbao-sandbox demo $(ARGS)

test: $(STAMP) ## Run all tests, on SQLite and PostgreSQL, with a real browser
	@.ci/services postgresql redis chromium fonts
	$(BIN)/python -m pytest -q -n auto --dist loadfile $(ARGS)

simulate: $(STAMP) ## Run seeds of the simulation: ARGS="--seeds 10000 --jobs 2"
	$(BIN)/python -m tests.simulation $(ARGS)

check: $(STAMP) ## Lint, format, types, import contracts, architecture, generated files up to date
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/architecture
	$(BIN)/python -m tongbao_platform.processes.openapi --check
	$(BIN)/python sdk/generator/generate.py --check
	$(BIN)/python -m tongbao_portal.build --check

fmt: $(STAMP) ## Format the code and repair what the linter can repair
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

bench: $(STAMP) ## Measure, against pgbench on the same machine
	@.ci/services postgresql
	$(BIN)/python -m benchmarks $(ARGS)

faults: $(STAMP) ## Kill, cut, lock and fill under load for ten minutes, then look for lost money (ARGS="--minutes 2")
	@.ci/services postgresql
	$(BIN)/python -m tests.faults $(ARGS)

openapi: $(STAMP) ## Write openapi/ from the code
	$(BIN)/python -m tongbao_platform.processes.openapi --write

sdk: openapi ## Write the generated part of the SDK and the reference pages from openapi/
	$(BIN)/python sdk/generator/generate.py --write
	$(BIN)/python -m tongbao_portal.build --write

docs: $(STAMP) ## Build the developer portal into site/
	$(BIN)/python sdk/generator/generate.py --check
	$(BIN)/python -m tongbao_portal.build --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet $(ARGS)

lock: ## Renew requirements/*.txt (needs uv)
	$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt -c requirements/runtime.txt

clean: ## Remove what was built or cached; .venv stays
	rm -rf var site dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
