# make demo and make test are all that a newcomer needs; each does its own set-up in .venv.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo run test check bench bench-ingest docs clean

demo: $(VENV)/.core ## A simulated valley and its page; PORT=8123 sets the port
	$(BIN)/landwatch demo --port $(PORT)

run: $(VENV)/.core ## The cameras of landwatch.toml
	$(BIN)/landwatch run --config landwatch.toml

test: $(VENV)/.dev ## All tests
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.dev ## Style, types, structure, and generated pages up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/structure
	$(BIN)/python scripts/generate.py --check
	$(BIN)/python scripts/messages.py --check

bench: $(VENV)/.dev ## What each step costs a picture
	$(BIN)/python -m benchmarks

bench-ingest: $(VENV)/.dev ## What taking pictures costs, beside other clients; takes minutes
	$(BIN)/python -m benchmarks ingest

docs: $(VENV)/.dev ## Write the generated pages anew
	$(BIN)/python scripts/generate.py

clean: ## Remove what the others made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Landwatch needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	# A virtual camera for the tests; what it depends on would shadow the OpenCV that Landwatch uses.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'ipycam>=1.3,<2'
	touch $@ $(VENV)/.core
