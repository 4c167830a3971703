# The commands of this project; `make help` lists them.
#
# Settings from the environment: PORT (8000), LEADQUAL_VAR (var), LEADQUAL_DEMO (0: no demo data),
# DATABASE_URL, CELERY_BROKER_URL and the others that leadqual/settings.py names. PYTHON chooses
# the interpreter.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install --require-hashes

# Tests keep their state apart: their worker must not take the tasks of a running product.
TEST_VAR := $(or $(LEADQUAL_VAR),var)/test
TESTS ?=
PACKAGES := accounts leadqual scoring sla handoff

# A virtual environment whose interpreter is gone (an upgraded system) is made anew.
ifneq ($(shell $(BIN)/python -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null),True)
.PHONY: $(VENV)/.made
endif

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*  ## ' Makefile | sed -E 's/:.*  ## /\t/' | \
	while IFS="$$(printf '\t')" read -r target what; do printf '  make %-8s %s\n' "$$target" "$$what"; done

.PHONY: run
run: $(VENV)/.run node_modules/.installed  ## set up what is missing, then serve the product (PORT, LEADQUAL_VAR)
	@$(BIN)/python -m leadqual.run

.PHONY: stop
stop:  ## end a product or database that still runs in the background (LEADQUAL_VAR)
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m leadqual.run stop; fi
	@if [ -x $(BIN)/python ]; then LEADQUAL_VAR=$(TEST_VAR) $(BIN)/python -m leadqual.run stop; fi

.PHONY: test
test: $(VENV)/.dev node_modules/.installed  ## every test, browser tests included (TESTS="-k words" for some)
	@LEADQUAL_VAR=$(TEST_VAR) $(BIN)/python manage.py prepare --files
	@LEADQUAL_VAR=$(TEST_VAR) $(BIN)/python -m tests -n auto $(TESTS)

.PHONY: check
check: $(VENV)/.dev node_modules/.installed  ## format, lint, types, floors, deployment, migrations, templates, locks
	@LEADQUAL_VAR=$(TEST_VAR) BIN=$(BIN) PACKAGES="$(PACKAGES)" sh .ci/check

.PHONY: format
format: $(VENV)/.dev  ## rewrite the code as `make check` wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# One database for each size; `make clean` leaves them, as all of VAR.
LEADS ?= 20000
ONLY ?=
DOCUMENT ?=

.PHONY: bench
bench: $(VENV)/.dev  ## measure speed on a database of its own (LEADS=1000000 for the figures of docs/performance.md)
	@env -u DATABASE_URL -u CELERY_BROKER_URL -u EMAIL_URL LEADQUAL_VAR=$(or $(LEADQUAL_VAR),var)/bench/$(LEADS) \
		$(BIN)/python manage.py bench --leads $(LEADS) --only "$(ONLY)" $(if $(DOCUMENT),--document)

.PHONY: lock
lock: $(VENV)/.dev  ## the three lock files anew, from pyproject.toml, and package-lock.json (UPGRADE=1: newest versions)
	@UPGRADE=$(UPGRADE) UV=$(BIN)/uv sh .ci/lock
	@$(NPM) npm install --package-lock-only

.PHONY: clean
clean:  ## remove what can be made again: environment, packages, caches; not your data
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the commands stand on; each stamp is newer than the lock that it was made from ----

$(VENV)/.made:
	@sh .ci/python $(VENV) $(PYTHON)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.txt
	@echo "Python packages …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements-dev.txt
	@echo "Python packages, with those for tests …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.node: $(VENV)/.made requirements-node.txt
	@echo "Node, as this machine has no npm of version 7 or newer …"
	@$(PIP) -r requirements-node.txt
	@touch $@

# npm of the machine if it can read our lock (lockfileVersion 3), else the one of the wheel.
ifeq ($(shell npm --version 2>/dev/null | awk -F. '{print ($$1 >= 7)}'),1)
NPM :=
else
NPM := PATH="$(CURDIR)/$(BIN):$$PATH"
node_modules/.installed: $(VENV)/.node
endif

node_modules/.installed: package.json package-lock.json .npmrc
	@echo "Front-end packages …"
	@$(NPM) npm ci --loglevel=error
	@touch $@
