# The two commands of this project: `make demo` and `make test`. Both make their own virtual
# environment; PYTHON names the interpreter it is made from.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test bench lint types format dev clean

demo: $(INSTALLED)
	$(BIN)/repo-stats demo

test: lint types
	$(BIN)/python -m pytest

# Measured commands, in turns, against a simulated GitHub; `make bench ARGS="--case tutorial"`.
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dev: $(INSTALLED)
	mkdir -p .dagster
	test -s .dagster/dagster.yaml || printf 'freshness:\n  enabled: true\n' > .dagster/dagster.yaml
	DAGSTER_HOME=$${DAGSTER_HOME:-$(CURDIR)/.dagster} $(BIN)/dagster dev

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache *.egg-info

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@
