# For BSD make, the next line is a rule, and the one after it ends the run with its text.
ifdef GNU:make
.error This Makefile is for GNU make, which may have the name gmake here
endif

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?=#              builds .venv, 3.11 or newer; that of .venv unless given, or python3
PORT ?= 8000#           of the mock server
PAIRS ?= all#           of make interop: all, quick, or names with commas
BASE ?=#                of make spec-diff: a tag, branch or commit; the last tag unless given
ARGS ?=#                further options of what is run
BIN := .venv/bin
GO = $(if $(shell command -v go),,go)#  the group that has it, where there is none

unexport PYTHONHOME PYTHONPATH # they would hide the packages of .venv

# make conform TARGET=... sets DRS_TARGET, and so on; a variable of that name in the environment does not.
KNOBS := TARGET TARGETS PROJECT_ID FOREIGN_PROJECT_ID READY_JOBS PROFILE RATE SEED TIMEOUT REPORT_DIR
OTHERS := PYTHON PORT PAIRS BASE ARGS
GIVEN := $(strip $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
STRAY := $(filter-out $(KNOBS) $(OTHERS),$(GIVEN))
$(if $(STRAY),$(error unknown variable: $(STRAY); there are $(KNOBS) $(OTHERS), and DRS_... in the environment))
$(foreach knob,$(KNOBS),$(if $(filter command,$(origin $(knob))),$(eval export DRS_$(knob) := $$($(knob)))))

.PHONY: help
help: ## Print this list; the other targets are described in the Makefile
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 - \2/p' Makefile | awk -F' - ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Create .venv from the lock files
	@scripts/setup "$(PYTHON)" run dev

.PHONY: conform
conform: ## Check TARGET=url, the TARGETS of a file, or the built-in mock
	@scripts/setup "$(PYTHON)" run
	@$(BIN)/drs-conform $(ARGS)

.PHONY: mock
mock: ## Serve the mock on PORT
	@scripts/setup "$(PYTHON)" run
	@exec $(BIN)/drs-mock --port "$(PORT)" $(ARGS)

.PHONY: spec
spec: ## Check openapi.yaml with linters and the house rules
	@scripts/setup "$(PYTHON)" run dev peers
	@$(BIN)/python -m scripts.spec $(ARGS)

.PHONY: spec-diff
spec-diff: # Print what changed in openapi.yaml since BASE=ref or the last tag, and the version that this requires
	@scripts/setup "$(PYTHON)" run dev $(GO)
	@$(BIN)/python -m scripts.specdiff --base="$(BASE)" $(ARGS)

.PHONY: generate
generate: setup ## Generate the Python client from openapi.yaml
	@$(BIN)/python -m scripts.generate

.PHONY: drift
drift: setup ## Fail if the client is not what openapi.yaml generates
	@$(BIN)/python -m scripts.generate --check

.PHONY: format
format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only .

.PHONY: lint
lint: setup ## Check formatting, style, types and import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: test
test: setup chromium ## Run the tests of the project
	@$(BIN)/pytest -n 4 --dist worksteal conformance/selftest conformance/selftest/browser

.PHONY: peers
peers: ## Test the mock and the suite against software of others
	@scripts/setup "$(PYTHON)" run dev peers $(GO)
	@$(BIN)/pytest -n 4 --dist loadfile conformance/selftest/peers

.PHONY: clients
clients: setup # Test the client on each Python, 3.11 to 3.15, with both HTTP libraries
	@$(BIN)/python -m nox --noxfile scripts/noxfile.py $(ARGS)

.PHONY: chromium
chromium:
	@scripts/setup "$(PYTHON)" run dev browser
	@scripts/setup-browser

.PHONY: browser
browser: chromium # Test the pages in Chromium
	@$(BIN)/pytest conformance/selftest/browser

.PHONY: screenshot
screenshot: chromium # Take conformance/docs/report.png again
	@$(BIN)/python scripts/screenshot.py

.PHONY: interop
interop: # Test other generators on openapi.yaml, PAIRS=all, quick or names; writes conformance/docs/interop.md
	@scripts/setup "$(PYTHON)" run dev peers interop
	@[ "$(PAIRS)" = quick ] || scripts/setup-interop
	@$(BIN)/python -m scripts.interop "$(PAIRS)"

.PHONY: servers
servers: # Judge servers on the frameworks of others, and their proxies; ARGS=--write writes conformance/docs/servers.md
	@scripts/setup "$(PYTHON)" run dev peers $(GO)
	@scripts/setup-servers
	@$(BIN)/python -m conformance.selftest.servers $(ARGS)

.PHONY: docs
docs: setup # Build the API reference, dist/reference.html
	@$(BIN)/python scripts/docs.py

.PHONY: dist
dist: setup ## Build wheels, bundled documents and JSON Schemas in dist/
	@$(BIN)/python scripts/dist.py $(ARGS)

.PHONY: prove
prove: setup ## Run the suite on all faults and conforming servers, and write conformance/docs/proof.md
	@$(BIN)/pytest -n 3 conformance/selftest/proof/whole --write-proof --seeds 2 --named --stacks all --mutants all $(ARGS)

.PHONY: bench
bench: # Time the suite and the client against others; ARGS=--help prints the options
	@scripts/setup "$(PYTHON)" run dev peers
	@$(BIN)/python -m scripts.benchmark $(ARGS)

.PHONY: check
check: lint spec drift test peers ## Run everything that CI runs
	@$(MAKE) interop PAIRS=quick
	@$(MAKE) conform

.PHONY: lock
lock: setup # Refresh the lock files
	@scripts/lock

.PHONY: clean
clean: ## Remove everything that can be generated again
	@rm -rf .venv .nox .npm .interop .servers reports dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
