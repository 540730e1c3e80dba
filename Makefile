# Liên Thông. `make` lists the targets.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE ?= copy
export PYTHONDONTWRITEBYTECODE ?=
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
PORT ?= 8000

.PHONY: help setup run test test-full check bench new-system format lock clean
help: ## list the targets
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

# --- set-up -----------------------------------------------------------------------------------------------------------
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Cần Python từ 3.12; đang có " + sys.version.split()[0]) if sys.version_info < (3, 12) else None'
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .tools "uv>=0.9,<1"

.venv/.synced: requirements/dev.txt pyproject.toml | $(UV)
	test -x $(BIN)/python || $(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	$(UV) pip sync --quiet --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

build/.assets: package-lock.json package.json $(wildcard frontend/*) .venv/.synced
	$(BIN)/python tools/assets.py
	touch $@

setup: .venv/.synced build/.assets ## set up everything that run and test need
	@$(BIN)/python tools/preflight.py

# --- the two commands of the README -----------------------------------------------------------------------------------
run: setup ## start Liên Thông with its demo world on http://localhost:8000
	$(BIN)/lienthong run --port $(PORT)

test: setup check ## every check and test, as CI runs them
	$(BIN)/python tools/preflight.py --tests
	$(BIN)/python tools/run_tests.py

test-full: setup check ## the whole suite: three time zones, long fuzz, full chaos
	$(BIN)/python tools/preflight.py --tests
	$(BIN)/python tools/run_tests.py --full

check: setup ## format, lint, layers, types, templates, migrations, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint --check --lint src
	$(BIN)/deptry src
	$(BIN)/lienthong manage makemigrations --check --dry-run
	LIENTHONG_ENV=check $(BIN)/lienthong manage check --deploy --fail-level WARNING

format: setup ## format code and templates
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --reformat --quiet src || true

# --- figures ----------------------------------------------------------------------------------------------------------
bench: setup ## run every benchmark and print a table (QUICK=1 for the short form)
	$(BIN)/python benchmarks/run_all.py

bench-%: setup ## run one benchmark: make bench-codec QUICK=1
	$(BIN)/python benchmarks/$*.py

new-system: setup ## start a new system: make new-system CODE=archive
	$(BIN)/lienthong new-system $(CODE)

lock: $(UV) ## write requirements/*.txt from pyproject.toml; UPGRADE=1 takes the newest of everything
	$(UV) pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.12 --generate-hashes --no-header pyproject.toml -o requirements/base.txt
	$(UV) pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.12 --generate-hashes --no-header -c requirements/base.txt --group dev pyproject.toml -o requirements/dev.txt
	$(UV) pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.12 --generate-hashes --no-header --group bench -o requirements/bench.txt

clean: ## remove what set-up built (the data folder stays)
	rm -rf .venv .tools build node_modules
