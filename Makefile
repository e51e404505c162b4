# The verbs of this repository. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check lint types contracts shape tests parts docs bench wheel repin clean

PORT ?= 8700
DATA ?= ./data

# The first Python of this machine that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$each >/dev/null 2>&1 && $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& { echo $$each; break; }; done)

VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
PINNED := install --require-hashes --no-deps

# No file of this repository names a registry: whoever pins or installs uses the one his machine is set up for.
PIN := $(VENV)/bin/uv pip compile --quiet --no-header --no-annotate --generate-hashes --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 $(UPGRADE)

# What is installed carries a checksum of the files that name it: a second start finds its stamp and is quick.
sum = $(shell cat $(1) | cksum | tr ' ' '-')
RUN_STAMP := $(VENV)/.installed-run-$(call sum,pyproject.toml requirements/build.txt requirements/run.txt)
DEV_STAMP := $(VENV)/.installed-dev-$(call sum,pyproject.toml requirements/build.txt requirements/dev.txt)

# Node and npm come from a wheel that requirements/dev.txt pins, so no test needs one from the system.
NODE_FOLDER := tests/compat/node
NODE_STAMP := $(NODE_FOLDER)/node_modules/.installed-$(call sum,$(NODE_FOLDER)/package-lock.json)

# Programs that some tests drive and no wheel brings; Debian's package has the program's name.
PARTS := $(shell grep -rlqi chromium tests --include=*.py && echo chromium) $(if $(wildcard src/posthorn/log/jetstream.py),nats-server)

CODE := $(wildcard src tests benchmarks docs)

help:  ## Lists these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_STAMP)  ## Installs what is needed and starts Posthorn; PORT=8700 DATA=./data
	@exec $(VENV)/bin/posthorn serve --port "$(PORT)" --data "$(DATA)"

test: $(DEV_STAMP) $(NODE_STAMP) parts lint types contracts tests  ## Installs what the tests need and runs everything; what CI runs

check: $(DEV_STAMP) lint types contracts shape  ## The fast part: format, lint, types, import contracts, guards

lint: $(DEV_STAMP)  ## Format and lint
	$(VENV)/bin/ruff format --check $(CODE)
	$(VENV)/bin/ruff check $(CODE)

types: $(DEV_STAMP)  ## pyright, strict
	$(VENV)/bin/pyright

contracts: $(DEV_STAMP)  ## Who may import whom
	$(VENV)/bin/lint-imports

shape: $(DEV_STAMP)  ## The guards of tests/house: shape, names, docs, dead code
	$(VENV)/bin/pytest -q tests/house

tests: $(DEV_STAMP) $(NODE_STAMP) parts
	$(VENV)/bin/coverage run -m pytest -q
	@echo "lines and branches covered, in percent: $$($(VENV)/bin/coverage report --format=total)"
	@$(VENV)/bin/coverage report >$(VENV)/coverage.txt || { cat $(VENV)/coverage.txt; exit 1; }

parts:
	@for part in $(PARTS); do \
		command -v $$part >/dev/null 2>&1 && continue; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			echo "installing $$part"; apt-get update -qq && apt-get install -y -qq --no-install-recommends $$part >/dev/null || exit 1; \
		else \
			echo "The tests need $$part. On Debian: sudo apt-get install $$part" >&2; exit 1; \
		fi; \
	done

docs: $(DEV_STAMP)  ## Writes docs/reference, docs/architecture.md's map and schema.sql anew from the code
	$(VENV)/bin/python docs/generate.py

bench: $(DEV_STAMP)  ## Measures, as ratios to the limits of this machine
	$(VENV)/bin/python -m benchmarks

wheel: $(DEV_STAMP)  ## Builds dist/posthorn-*.whl
	$(VENV)/bin/python -m hatchling build -t wheel

repin: $(DEV_STAMP)  ## Pins requirements/*.in anew; UPGRADE=--upgrade takes newer versions
	$(PIP) install uv
	$(PIN) requirements/dev.in -o requirements/dev.txt
	$(PIN) -c requirements/dev.txt requirements/run.in -o requirements/run.txt
	$(PIN) -c requirements/dev.txt requirements/build.in -o requirements/build.txt

clean:  ## Removes everything that was built or installed; never the data folder
	rm -rf $(VENV) build dist .coverage .coverage.* .pytest_cache .ruff_cache .import_linter_cache .hypothesis $(NODE_FOLDER)/node_modules
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Posthorn needs Python 3.11 or later; none was found. Name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): | $(VENV)/bin/python
	$(PIP) $(PINNED) -r requirements/build.txt
	$(PIP) $(PINNED) -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@rm -f $(VENV)/.installed-run-*
	@touch $@

$(DEV_STAMP): | $(VENV)/bin/python
	$(PIP) $(PINNED) -r requirements/build.txt
	$(PIP) $(PINNED) -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@rm -f $(VENV)/.installed-dev-*
	@touch $@

$(NODE_STAMP): $(DEV_STAMP)
	$(VENV)/bin/python $(NODE_FOLDER)/install.py
	@touch $@
