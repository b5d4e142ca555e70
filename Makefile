# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Every target works from a fresh clone: it sets up what it needs first. `make help` lists them.
SHELL := /bin/sh
ROOT := $(CURDIR)
VENV ?= .venv
BIN := $(ROOT)/$(VENV)/bin
TREE := $(ROOT)/.cache/collections
LINK := $(TREE)/ansible_collections/gbz/zorgid
# The newest ansible-core needs Python 3.12; on 3.11 the lock with ansible-core 2.19 serves.
CORE ?=
FUZZ_SECONDS ?= 300
PWSH_PART ?= all
export PWSH_PART
export ANSIBLE_COLLECTIONS_PATH := $(TREE)
export ANSIBLE_HOME := $(ROOT)/.cache/ansible
export PYTHONPATH := $(ROOT)/sandbox
export PATH := $(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-clean guides test fast pytest lint unit integration molecule docs-check import sanity bench matrix fuzz soak browser kills pwsh build lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.stamp $(LINK) ## make the virtual environment and the collection path

$(VENV)/.stamp: requirements.txt requirements-2.19.txt
	VENV="$(VENV)" CORE="$(CORE)" tools/make-venv
	touch $@

$(LINK):
	mkdir -p $(@D)
	ln -sfn ../../../.. $@

demo: setup ## onboard a care group against the sandbox, from nothing to "all employees can log in"
	python tools/demo.py

demo-clean: setup ## stop the demo's sandbox and forget its state
	python tools/demo.py --clean

guides: setup ## run every command of docs/guides against the sandbox (minutes; not part of `make test`)
	python tools/guides.py

test: setup ## all that must be green before a commit (< 10 minutes on 2 cores)
	tools/test-both

lint: setup ## ruff, mypy, ansible-lint (production), shellcheck, licences
	ruff check .
	ruff format --check .
	tools/typecheck
	ansible-lint
	shellcheck tools/find-python tools/make-venv tools/typecheck tools/sanity tools/matrix tools/test-both tools/lock tools/pwsh tools/windows/ask .ci/run
	reuse lint --quiet

pytest: setup ## every test of the collection and the sandbox but the long ones
	python -m pytest -q -n 2 -m 'not slow' tests

fast: setup ## the tests that need nothing but Python: no server, database or program
	python -m pytest -q -n 2 --pure -r fE -m 'not slow' tests/unit

unit: setup ## unit tests only
	python -m pytest -q -n 2 -m 'not slow' tests/unit

integration: setup ## only the tests against the sandbox, over real sockets
	python -m pytest -q -n 2 -m 'not slow' tests/sandbox tests/integration

molecule: setup ## role and idempotence (the scenario powershell is part of `make pwsh`)
	molecule test --all --exclude powershell

docs-check: setup ## module documentation and changelog fragments
	antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
	antsibull-changelog lint

build: setup ## the collection's archive in .cache/dist
	rm -rf .cache/dist
	ansible-galaxy collection build --force --output-path .cache/dist

import: build ## what Galaxy checks on import
	cd .cache/dist && python -m galaxy_importer.main gbz-zorgid-*.tar.gz

sanity: setup ## ansible-test sanity in a copy outside the checkout
	tools/sanity

bench: setup ## measured ratios: certificates, documents, dossiers, accounts, the browser, whole passes (a quarter of an hour)
	python -m tests.benchmarks

matrix: ## unit and integration tests and the demo on the newest and the oldest supported ansible-core
	tools/matrix

fuzz: setup ## hostile input for all that reads foreign input: FUZZ_SECONDS=300 for all of it together, about 50 at least
	python -m tests.fuzz --seconds $(FUZZ_SECONDS)

pwsh: setup ## the script for Windows in real PowerShell: the whole table, Pester, PSScriptAnalyzer, the road to "accepted"
	tools/pwsh

soak: setup ## long runs: memory, many organisations, whole roads (8 minutes)
	python -m pytest -q -n 2 --dist worksteal -m 'slow and not kills and not browser' tests

browser: setup ## a real browser at work in every look of the sandbox's portal (4 minutes)
	python -m pytest -q -n 2 --dist loadfile -m browser tests

kills: setup ## runs and processes that are killed at every boundary, and hundreds of times (6 minutes)
	python -m pytest -q -n 2 --dist worksteal -m kills tests

lock: ## renew the hashed locks (needs uv)
	tools/lock

clean: ## remove everything that was made here
	-[ -x $(BIN)/python ] && $(BIN)/python tools/demo.py --clean
	rm -rf .venv .venv-* .cache .ansible tests/output
