# Everything starts here: `make quickstart`, `make test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: quickstart test test-all lint format clean

quickstart: $(INSTALLED)  ## the whole experiment on the micro-world: verdict here, report in a folder
	$(BIN)/scotoma run quickstart --workers 2

test: $(INSTALLED)  ## all tests but the slow ones
	$(BIN)/python -m pytest

test-all: $(INSTALLED)  ## all tests
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,pocket]'
	$(BIN)/python -m pytest -m "not gpu"

lint: $(INSTALLED)  ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) store reports
