# Needs Python 3.11 or newer (with venv and pip), make and git; everything else is installed here.

# The system's own first: distributions build it with optimizations, pyenv does not unless told to,
# and the tests take a fifth longer.
RECENT := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in /usr/bin/python3 python3; do \
  $$python -c "$(RECENT)" 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
JOBS ?= 2

# From the environment, else from .env, else as given
setting = $(or $($(1)),$(shell sed -n 's/^$(1)=//p' .env 2>/dev/null),$(2))

.PHONY: run test test-sqlite test-postgresql test-slow lint bench bench-quick bench-audit

## run: the portal with demo data on http://localhost:$PORT (8000), on SQLite or DATABASE_URL
run: export PORT := $(call setting,PORT,8000)
run: export DEBUG := $(call setting,DEBUG,true)
run: export SITE_URL := $(call setting,SITE_URL,http://localhost:$(call setting,PORT,8000))
run: .venv/.installed
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py createcachetable --verbosity 0
	@$(BIN)/python manage.py load_demo
	@echo "The portal is at http://localhost:$$PORT (Ctrl-C stops it)"
	@exec $(BIN)/honcho start --no-prefix --app-root . --env /dev/null --procfile leadportal/Procfile

## test: everything on SQLite, and what depends on the database on a PostgreSQL of its own, too
test: test-sqlite test-postgresql

# Compiled once, and not by each of the workers and of the processes that they start.
test-sqlite test-postgresql test-slow: export PYTHONDONTWRITEBYTECODE :=

test-sqlite: .venv/.installed-dev
	env -u DATABASE_URL $(BIN)/pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

test-postgresql: .venv/.installed-dev
	$(BIN)/python -m tests.postgres $(BIN)/pytest -n $(JOBS) --dist worksteal \
	  -m "(database or postgresql) and not slow" $(PYTEST_ARGS)

## test-slow: what takes long: several processes, other browsers, whole installations, all sweeps
test-slow: .venv/.installed-dev
	env -u DATABASE_URL $(BIN)/pytest -m slow $(PYTEST_ARGS)
	$(BIN)/python -m tests.postgres $(BIN)/pytest -m "slow and database" $(PYTEST_ARGS)

## lint: style, types, templates, imports, migrations, deployment settings
lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DEBUG=true $(BIN)/mypy .
	git ls-files -z -- 'templates/*.html' | xargs -0r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/lint-imports
	DEBUG=true $(BIN)/python -W error manage.py makemigrations --check --dry-run
	env -u DEBUG ENV_FILE=/dev/null SITE_URL=https://partners.example.com SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	  $(BIN)/python -W error manage.py check --deploy --fail-level WARNING

## bench: every benchmark, at up to a million leads, into benchmarks/RESULTS.md (BENCH_ARGS="--keep FOLDER")
bench: .venv/.installed-dev
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

## bench-quick: the same at 1,000 and 100,000 leads, into benchmarks/RESULTS-quick.md
bench-quick: .venv/.installed-dev
	$(BIN)/python -m benchmarks --quick --output benchmarks/RESULTS-quick.md $(BENCH_ARGS)

## bench-audit: the audit of a ledger of a million entries, into benchmarks/AUDIT.md
bench-audit: .venv/.installed-dev
	$(BIN)/python -m benchmarks --only audit --database PostgreSQL --output benchmarks/AUDIT.md $(BENCH_ARGS)

# The stamps' age tells whether the lock has changed since.
.venv/.installed: requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.installed

$(BIN)/python:
	@$(or $(PYTHON),false) -c "$(RECENT)" || { echo "Python 3.11 or newer, with venv and pip, is needed: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv
