# Start here: `make quickstart`, `make test`.

PYTHON ?= python3
VENV ?= .venv
# The device for `make bases`.
DEVICE ?= cpu
BIN := $(VENV)/bin
RUNS := $(VENV)/runs
INSTALLED := $(VENV)/installed

# If it is set, every process that a test starts compiles all modules again, which takes a quarter more time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: quickstart test test-long test-all lint format docs docs-serve bases bench bench-gpu fuzz chaos clean

quickstart: $(RUNS)  ## the whole experiment on the micro-world; prints the verdict and writes a report
	$(BIN)/scotoma run quickstart --workers 2

test: $(INSTALLED)  ## all tests that take seconds each; seven minutes in all
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: $(INSTALLED)  ## whole studies, including the paper's grid scaled down; about fifteen minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "long and not slow" tests/scenarios/test_zhang2025_grid.py tests

test-all: $(INSTALLED)  ## all tests
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,docs,pocket,quantised,ray,endpoint,trackers,harnesses]' 'transformers[serving]'
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m ""

lint: $(INSTALLED)  ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: $(VENV)/docs  ## builds the documentation as a site; open site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

docs-serve: $(VENV)/docs  ## serves the site on http://127.0.0.1:8000 and rebuilds it when a page in docs/ changes
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

bases: bases/small bases/large bases/gemma  ## bases of other sizes and of another family; hours on two cores, and can be stopped

bases/small: SIZE := --layers 3 --width 64 --heads 4
bases/large: SIZE := --layers 8 --width 256 --heads 8
bases/gemma: SIZE := --family gemma
bases/%: | $(INSTALLED)  # not remade when the environment changes
	$(BIN)/python scripts/pretrain_microworld.py $(SIZE) --device $(DEVICE) --out $@

bench: $(INSTALLED)  ## speed and memory on two cores, as ratios; half an hour
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,pocket]'
	$(BIN)/python -m bench

bench-gpu: $(INSTALLED)  ## the same on a CUDA device, with the shape of Llama-2-7B
	$(BIN)/python -m bench.gpu

fuzz: $(INSTALLED)  ## 50,000 damaged and hostile inputs for every reader; about ten minutes
	PYTHONPATH=tests $(BIN)/python -m fuzz --inputs 50000 --seed 0

chaos: $(INSTALLED)  ## a small study killed, stopped and damaged 60 times, then compared byte for byte; half an hour
	PYTHONPATH=tests $(BIN)/python -m chaos --rounds 60 --seed 0

format: $(INSTALLED)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# --no-compile: modules are compiled when they are imported; compiling all of them at once would take half a minute.
$(RUNS): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable .
	touch $@

$(INSTALLED): $(RUNS)  # adds what tests and style checks require
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(VENV)/docs: $(INSTALLED)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) site store reports
